"""Results of calls as an API takes them: what it does not take, or not so much of, is said in a text."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from msgspec.structs import replace

from claw.events.base import Blob
from claw.events.content import (
    AnyBlock,
    Data,
    DocumentBlock,
    ImageBlock,
    Message,
    ResourceLinkBlock,
    ResultBlock,
    TextBlock,
    ToolResultBlock,
)
from claw.events.request import DOCUMENTS, IMAGES, Request
from claw.events.results import label, left_out, size_of_data
from claw.providers.base import LoadBlob, text_of

IMAGE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""What all three APIs take."""
PDF = "application/pdf"

MOST_IMAGES = 20
"""In one request; Anthropic takes more only of images that are smaller."""
MOST_PAGES = 100
"""Of all documents of one request, as Anthropic takes them with a window of 200 000 tokens."""
MOST_BYTES = 15 * 2**20
"""Of images and documents in one request, which in base64 are a third more: Anthropic takes 32 MB, others 20."""

FORMAT = "a model is sent no data of this type"
FAULTY = "its data is no base64"
REFUSED_IMAGE = "this model or its server takes no images"
REFUSED_DOCUMENT = "this model or its server takes no documents; a command such as pdftotext shows the text"
TOO_MANY = "newer ones take all the room that one request has for images and documents; look at it again if need be"

Media: TypeAlias = ImageBlock | DocumentBlock


def presented(request: Request, load: LoadBlob, *, documents: bool) -> list[Message]:
    """The messages, the contents of their results inline: texts, images of the usual types and, where the API takes
    `documents`, PDFs. Anything else is a text, and so are images and documents that the server has refused, and the
    oldest of those that are more than one request holds. A document that is text is one.
    """
    shown = _Shown(request.parameters.without, documents=documents)
    messages = list(request.messages)
    changing = [place for place, message in enumerate(messages) if not all(map(_is_inline, message.blocks))]
    for place in reversed(changing):
        shown_last = tuple(_present(block, shown) for block in reversed(messages[place].blocks))
        messages[place] = replace(messages[place], blocks=shown_last[::-1])
    for place in changing:
        loaded = tuple(_loaded(block, load) for block in messages[place].blocks)
        messages[place] = replace(messages[place], blocks=loaded)
    return messages


def _is_inline(block: AnyBlock) -> bool:
    """Whether nothing is to be done for it, as for nearly all: it is no result, or one of inline texts."""
    return not isinstance(block, ToolResultBlock) or all(
        [isinstance(part, TextBlock) and isinstance(part.text, str) for part in block.content]
    )


class _Shown:
    """What has been put into the request so far, from its end."""

    def __init__(self, without: tuple[str, ...], *, documents: bool) -> None:
        self._images = IMAGES not in without
        self._documents = documents and DOCUMENTS not in without
        self._count = self._pages = self._bytes = 0

    def why_not(self, block: Media) -> str:
        """Why it is not sent; empty: it is, and counts."""
        if isinstance(block, ImageBlock):
            if block.media_type not in IMAGE_TYPES:
                return FORMAT
            if not self._images:
                return REFUSED_IMAGE
        elif block.media_type != PDF:
            return FORMAT
        elif not self._documents:
            return REFUSED_DOCUMENT
        if isinstance(block.data, str) and _decoded(block.data) is None:
            return FAULTY
        count = self._count + isinstance(block, ImageBlock)
        pages = self._pages + (max(1, block.pages) if isinstance(block, DocumentBlock) else 0)
        size = self._bytes + size_of_data(block.data)
        if count > MOST_IMAGES or pages > MOST_PAGES or size > MOST_BYTES:
            return TOO_MANY
        self._count, self._pages, self._bytes = count, pages, size
        return ""


def _present(block: AnyBlock, shown: _Shown) -> AnyBlock:
    if not isinstance(block, ToolResultBlock):
        return block
    return replace(block, content=tuple(one for part in reversed(block.content) for one in _sent(part, shown))[::-1])


def _sent(block: ResultBlock, shown: _Shown) -> Iterator[ResultBlock]:
    """What is sent of it, from its end."""
    if isinstance(block, TextBlock) or _is_text(block):
        yield block
    elif isinstance(block, ResourceLinkBlock):
        yield TextBlock(text=label(block))
    elif not (why := shown.why_not(block)):
        yield block
    elif why == REFUSED_DOCUMENT and isinstance(block, DocumentBlock) and block.text:
        for picture in reversed(block.pictures):
            yield from _sent(picture, shown)
        yield _words_of(block)
    else:
        yield TextBlock(text=left_out(block, why))


def _words_of(block: DocumentBlock) -> ResultBlock:
    """What the document says, in its place."""
    if isinstance(block.text, Blob):
        return replace(block, media_type="text/plain", data=block.text, text="", pictures=())
    return TextBlock(text=f"{label(block)}\n{block.text}")


def _loaded(block: AnyBlock, load: LoadBlob) -> AnyBlock:
    if not isinstance(block, ToolResultBlock):
        return block
    return replace(block, content=tuple(_inline(part, load) for part in block.content))


def _inline(block: ResultBlock, load: LoadBlob) -> ResultBlock:
    match block:
        case TextBlock():
            return replace(block, text=text_of(block.text, load))
        case DocumentBlock() if _is_text(block):
            data = load(block.data) if isinstance(block.data, Blob) else _decoded(block.data) or b""
            return TextBlock(text=f"{label(block)}\n{data.decode('utf-8', 'replace')}")
        case ImageBlock() | DocumentBlock() if isinstance(block.data, Blob):
            return replace(block, data=base64.b64encode(load(block.data)).decode())
        case _:
            return block


def _is_text(block: ResultBlock) -> bool:
    return isinstance(block, DocumentBlock) and block.media_type.startswith("text/")


def _decoded(data: str) -> bytes | None:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None


# --- for the encoders -------------------------------------------------------------------------------------------------


def data_url(media_type: str, data: Data) -> str:
    """Inline data as an address that holds it."""
    return f"data:{media_type};base64,{data}"


def named(block: DocumentBlock) -> str:
    """A file's name, which OpenAI wants."""
    return block.title or "document.pdf"


def spoken(blocks: Iterable[ResultBlock]) -> list[str]:
    """The texts of a result whose blocks are inline, blank ones left out."""
    return [str(block.text) for block in blocks if isinstance(block, TextBlock) and str(block.text).strip()]


def as_text(blocks: Sequence[ResultBlock], instead: Callable[[Media], str]) -> str:
    """The result where it can only be one text; `instead` of an image or a document, that."""
    if len(blocks) == 1 and isinstance(blocks[0], TextBlock):
        return str(blocks[0].text)
    parts = (instead(block) if isinstance(block, Media) else str(_text(block)) for block in blocks)
    return "\n\n".join(part for part in parts if part.strip())


def _text(block: ResultBlock) -> Any:
    return block.text if isinstance(block, TextBlock) else label(block)


def following(block: Media) -> str:
    """What a result says in which an image or a document cannot stand: it comes in the message behind."""
    return f"{label(block)[:-1]}: it follows in the next message]"


def media_of(message: Message) -> list[tuple[ToolResultBlock, Media]]:
    """The images and documents of the message's results, with the result that each belongs to."""
    results = (block for block in message.blocks if isinstance(block, ToolResultBlock))
    return [(result, part) for result in results for part in result.content if isinstance(part, Media)]
