"""What the protocol's content is made of: texts and pictures, made harmless and bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from claw.cli.sanitize import clean
from claw.events.base import Blob, Content
from claw.events.content import DocumentBlock, ImageBlock, ResultBlock, TextBlock
from claw.events.results import label
from claw.late import pattern

Piece: TypeAlias = dict[str, Any]
Load: TypeAlias = Callable[[Blob], str]

MOST_SHOWN = 32_000
"""Characters of one call's result, or of its output until now."""
LARGEST_IMAGE = 1_400_000
"""Characters of base64 of a picture that is shown."""


def text(words: str) -> Piece:
    return {"type": "text", "text": words}


def content(words: str) -> Piece:
    """A text as a part of what a call is shown by."""
    return {"type": "content", "content": text(words)}


def fenced(words: str, language: str = "") -> str:
    """A text that Markdown shows as it is."""
    longest = max((len(run) for run in _TICKS.findall(words)), default=0)
    fence = "`" * max(3, longest + 1)
    end = "" if words.endswith("\n") else "\n"
    return f"{fence}{language}\n{words}{end}{fence}"


_TICKS = pattern("`+")


def beginning(words: str, most: int = MOST_SHOWN) -> str:
    if len(words) <= most:
        return words
    return f"{words[:most]}\n[… {len(words) - most} more characters; the session's log has them]"


def end(words: str, most: int = MOST_SHOWN) -> str:
    if len(words) <= most:
        return words
    return f"[{len(words) - most} characters before this …]\n{words[-most:]}"


def loaded(said: Content, load: Load) -> str:
    return load(said) if isinstance(said, Blob) else said


def words_of(blocks: Iterable[ResultBlock], load: Load) -> str:
    """The texts of a result; what is none is named."""
    return "\n".join(loaded(block.text, load) if isinstance(block, TextBlock) else label(block) for block in blocks)


def shown(blocks: Iterable[ResultBlock], load: Load, *, as_it_is: bool) -> list[Piece]:
    """A result as what a call is shown by. `as_it_is`: its texts are no Markdown."""
    found = []
    for block in blocks:
        if isinstance(block, ImageBlock) and isinstance(block.data, str) and len(block.data) <= LARGEST_IMAGE:
            picture = {"type": "image", "mimeType": block.media_type, "data": block.data}
            found.append({"type": "content", "content": picture})
            continue
        said = loaded(block.text, load) if isinstance(block, TextBlock) else label(block)
        said = clean(beginning(said))
        if said:
            found.append(content(fenced(said) if as_it_is and not isinstance(block, DocumentBlock) else said))
    return found
