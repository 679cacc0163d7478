"""What the blocks of a result weigh in a request, how they are said in words, and how they are made fewer."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from claw.events.base import Blob, Content
from claw.events.content import Data, DocumentBlock, ImageBlock, ResourceLinkBlock, ResultBlock, TextBlock

BYTES_PER_TOKEN = 4
"""Rule of thumb for prose and code; a character of Chinese or Japanese has three bytes and is most of a token."""

PIXELS_PER_TOKEN = 750
"""Of Claude; the newer models of OpenAI take 850 or so."""
MOST_TOKENS_OF_IMAGE = 4_800
"""A larger image is made smaller before a model sees it: by Anthropic to 4784 tokens, by OpenAI to about 3000."""
TOKENS_OF_UNKNOWN_IMAGE = 1_600
TOKENS_OF_PAGE = 3_000
"""A page of a PDF is sent as its text and as an image: Anthropic says 1500 to 3000 tokens."""

Cut: TypeAlias = Callable[[Content, int], Content]
"""The text, cut to so many bytes."""


def texts(*contents: Content) -> tuple[ResultBlock, ...]:
    """A result of these texts; an empty one is left out."""
    return tuple(TextBlock(text=content) for content in contents if content)


def size_of(content: Content) -> int:
    """Bytes of a text, wherever it lies."""
    if isinstance(content, Blob):
        return content.size
    return len(content) if content.isascii() else len(content.encode())


def size_of_data(data: Data) -> int:
    """Bytes of what is no text."""
    return data.size if isinstance(data, Blob) else len(data.rstrip("=")) * 3 // 4


def weight(block: ResultBlock) -> int:
    """Bytes that a text would have which takes as many tokens as this block. For an image by its pixels, for a PDF by
    its pages, or by its bytes where nobody has counted them.
    """
    match block:
        case TextBlock():
            return size_of(block.text)
        case ImageBlock():
            pixels = block.width * block.height
            tokens = -(-pixels // PIXELS_PER_TOKEN) if pixels else TOKENS_OF_UNKNOWN_IMAGE
            return min(tokens, MOST_TOKENS_OF_IMAGE) * BYTES_PER_TOKEN
        case DocumentBlock():
            return block.pages * TOKENS_OF_PAGE * BYTES_PER_TOKEN or size_of_data(block.data)
        case ResourceLinkBlock():
            return size_of(label(block))


def weight_of(blocks: Iterable[ResultBlock]) -> int:
    return sum([size_of(block.text) if isinstance(block, TextBlock) else weight(block) for block in blocks])


def label(block: ImageBlock | DocumentBlock | ResourceLinkBlock) -> str:
    """As people and text-only models see it: `[image/png, 12 kB]`."""
    match block:
        case ImageBlock():
            return f"[{block.media_type}, {amount(size_of_data(block.data))}]"
        case DocumentBlock():
            name = f"{block.title}: " if block.title else ""
            pages = f", {block.pages} page{'s' * (block.pages > 1)}" if block.pages else ""
            return f"[{name}{block.media_type}, {amount(size_of_data(block.data))}{pages}]"
        case ResourceLinkBlock():
            size = "" if block.size is None else amount(block.size)
            said = ", ".join(part for part in (block.media_type, size) if part)
            name = f"{block.name}: " if block.name else ""
            return f"[{name}{block.uri}{f' ({said})' if said else ''}]"


def in_words(blocks: Iterable[ResultBlock], load: Callable[[Content], str]) -> str:
    """The whole as one text: each text, and the label of what is none."""
    return "\n\n".join(load(block.text) if isinstance(block, TextBlock) else label(block) for block in blocks)


def fitted(blocks: tuple[ResultBlock, ...], limit: int, cut: Cut, why: str) -> tuple[ResultBlock, ...]:
    """The blocks, where they weigh no more than `limit`. Otherwise what is no text may keep half of that, the heaviest
    being left out first: whole, with a sentence in its place that says `why`. The texts share the rest.
    """
    if weight_of(blocks) <= limit:
        return blocks
    kept = list(blocks)
    heaviest = sorted((place for place, block in enumerate(kept) if not isinstance(block, TextBlock)), key=_by(kept))
    for place in heaviest:
        if weight_of(block for block in kept if not isinstance(block, TextBlock)) <= limit // 2:
            break
        kept[place] = TextBlock(text=left_out(kept[place], why))
    if weight_of(kept) <= limit:
        return tuple(kept)
    room = limit - weight_of(block for block in kept if not isinstance(block, TextBlock))
    most = level([weight(block) for block in kept if isinstance(block, TextBlock)], room)
    return tuple(replace(b, text=cut(b.text, most)) if isinstance(b, TextBlock) else b for b in kept)


def left_out(block: ResultBlock, why: str) -> str:
    """What stands in the place of a block that is no text."""
    assert not isinstance(block, TextBlock)
    return f"{label(block)[:-1]}, left out here: {why}]"


def level(sizes: Sequence[int], room: int) -> int:
    """The greatest size such that all, cut to it, fit into the room."""
    left, waiting = room, len(sizes)
    for size in sorted(sizes):
        if size * waiting > left:
            return max(0, left // waiting)
        left, waiting = left - size, waiting - 1
    return max(sizes, default=0)


def _by(blocks: Sequence[ResultBlock]) -> Callable[[int], int]:
    return lambda place: -weight(blocks[place])


def amount(count: int) -> str:
    """So many bytes, in words."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.0f} kB" if count < 999_500 else f"{count / 1_000_000:.1f} MB"
