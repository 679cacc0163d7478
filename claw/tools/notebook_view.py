"""A notebook as a model is shown it: each cell with its id, and what it has given, images as images."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from claw.events.content import ImageBlock, ResultBlock, TextBlock
from claw.events.results import size_of_data
from claw.late import pattern
from claw.tools.media import shown_media
from claw.tools.notebooks import Broken, Cell, Notebook, joined, parsed_notebook

OUTPUT = 10_000
"""Characters of one output that are shown, as in Claude Code."""
MOST_IMAGES = 20
MOST_BYTES = 10 * 2**20
"""Of the images of one notebook."""

_COLOURS = pattern(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def blocks(book: Notebook, name: str, room: int) -> tuple[ResultBlock, ...]:
    """Texts of no more than `room` bytes altogether, and images where the cells have them."""
    shown: list[ResultBlock] = []
    images = _Images(name)
    text = ""
    left = room
    for number, cell in enumerate(book.cells):
        for piece in (_head(cell, book), *_outputs(cell, number, name, images)):
            if not isinstance(piece, str):
                shown += [TextBlock(text=text)] * bool(text) + [piece]
                text = ""
                continue
            left -= len(piece.encode()) + 1
            if left < 0:
                note = (
                    f"(From cell {cell.id} on, number {number + 1} of {len(book.cells)}, there is no room. Show "
                    f"others with jq in Bash, as `jq '.cells[{number}]' {name}`, or lines with offset and limit.)"
                )
                return (*shown, TextBlock(text=f"{text}{note}"))
            text += f"{piece}\n"
    return (*shown, TextBlock(text=text.removesuffix("\n"))) if text else tuple(shown)


def _head(cell: Cell, book: Notebook) -> str:
    kind = "" if cell.kind == "code" else f"<cell_type>{cell.kind}</cell_type>"
    language = f"<language>{book.language}</language>" if cell.kind == "code" and book.language != "python" else ""
    return f'<cell id="{cell.id}">{kind}{language}{cell.source}</cell id="{cell.id}">'


def _outputs(cell: Cell, number: int, name: str, images: _Images) -> Iterator[str | ImageBlock]:
    outputs = cell.value.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        if not isinstance(output, dict):
            continue
        said = _text(output)
        if said.strip():
            more = len(said) - OUTPUT
            note = f"\n[{more} more characters: jq '.cells[{number}].outputs' {name} shows them]" if more > 0 else ""
            yield said[:OUTPUT].strip("\n") + note
        data = output.get("data")
        given = data if isinstance(data, dict) else {}
        yield from (images.shown(joined(given[media_type])) for media_type in _IMAGES if media_type in given)


def _text(output: dict[str, Any]) -> str:
    """What an output says in words."""
    match output.get("output_type"):
        case "stream":
            return _COLOURS.sub("", joined(output.get("text")))
        case "error":
            trace = output.get("traceback")
            lines = [line for line in trace if isinstance(line, str)] if isinstance(trace, list) else []
            return _COLOURS.sub("", "\n".join(lines)) or f"{output.get('ename')}: {output.get('evalue')}"
    data = output.get("data")
    if not isinstance(data, dict):
        return ""
    words = next(
        (data[kind] for kind in ("text/plain", "text/markdown", "text/latex", "text/html") if kind in data), ""
    )
    return _COLOURS.sub("", joined(words))


class _Images:
    """Images, as far as there is room for them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._count = self._bytes = 0

    def shown(self, data: str) -> str | ImageBlock:
        try:
            decoded = base64.b64decode("".join(data.split()), validate=True)
        except (binascii.Error, ValueError):
            return "[an image whose data is no base64]"
        media = shown_media(decoded, self._name)
        image = media[-1] if isinstance(media, tuple) else None
        if not isinstance(image, ImageBlock):
            return (
                f"[an image that {media}]"
                if isinstance(media, str)
                else "[data that is said to be an image and is none]"
            )
        self._count += 1
        self._bytes += size_of_data(image.data)
        if self._count > MOST_IMAGES or self._bytes > MOST_BYTES:
            return "[an image, left out: the notebook has too many to show]"
        return image


def shown_notebook(text: str, name: str, room: int) -> tuple[ResultBlock, ...] | str:
    """A notebook's text as blocks, or in words why it is none."""
    try:
        book = parsed_notebook(text)
    except Broken as broken:
        return f"is no notebook that can be shown by its cells: {broken}"
    return blocks(book, name, room) or (TextBlock(text=f"({name} is a notebook without cells.)"),)
