"""Jupyter notebooks: their cells, found in the file's text so that a change of one leaves the others' bytes alone.

The format is nbformat 4 (https://nbformat.readthedocs.io/en/latest/format_description.html): an object with `cells`, a
list, of which each has a `cell_type` and a `source`, since minor version 5 an `id`; a code cell also `outputs` and an
`execution_count`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from claw.errors import ToolError
from claw.late import pattern

Kind: TypeAlias = Literal["code", "markdown"]

_DECODER = json.JSONDecoder()
_BLANK = pattern(r"[ \t\r\n]*")
_UNIT = pattern(r"\A\s*\{\r?\n([ \t]+)\S")
_INDEX = pattern(r"cell-(\d+)")
WITH_IDS = 5
"""The first minor version whose cells have ids."""
MOST_LISTED = 20
"""Cells that are named where one is not found."""


class Cell(Struct, frozen=True):
    """`start` and `stop` in the text; `id` is its own or, where it has none, `cell-` and its number from 0."""

    start: int
    stop: int
    value: dict[str, Any]
    id: str

    @property
    def kind(self) -> str:
        return str(self.value.get("cell_type"))

    @property
    def source(self) -> str:
        return joined(self.value.get("source"))


class Notebook(Struct, frozen=True):
    """`begin` and `end` are those of the list of cells, brackets included."""

    text: str
    cells: tuple[Cell, ...]
    begin: int
    end: int
    minor: int
    language: str

    def place(self, cell_id: str, name: str) -> int:
        """The number of the cell, from 0. Raises ToolError that names the cells there are."""
        for number, cell in enumerate(self.cells):
            if cell.id == cell_id:
                return number
        index = _INDEX.fullmatch(cell_id)
        if index and int(index[1]) < len(self.cells):
            return int(index[1])
        listed = ", ".join(f"{cell.id} ({cell.kind})" for cell in self.cells[:MOST_LISTED]) or "none"
        more = f", and {len(self.cells) - MOST_LISTED} more" if len(self.cells) > MOST_LISTED else ""
        raise ToolError(f"There is no cell {cell_id!r} in {name}. Its cells: {listed}{more}.")


class Broken(Exception):
    """It is no notebook of this format; why, as the end of a sentence."""


def joined(value: Any) -> str:
    """A text as a notebook holds it: whole, or as a list of its lines."""
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def parsed_notebook(text: str) -> Notebook:
    """Raises Broken."""
    try:
        top = {key: (value, start, stop) for key, value, start, stop in _members(text, _after_blanks(text, 0))}
        version = top.get("nbformat", (None, 0, 0))[0]
        if version != 4:
            raise Broken(f"its nbformat is {version!r}, not 4; `jupyter nbconvert --to notebook` converts older ones")
        if "cells" not in top or not isinstance(top["cells"][0], list):
            raise Broken("it has no list of cells")
        _, begin, end = top["cells"]
        cells = tuple(_cells(text, begin))
        metadata = top.get("metadata", ({}, 0, 0))[0]
        minor = top.get("nbformat_minor", (0, 0, 0))[0]
    except (ValueError, RecursionError) as error:
        raise Broken(f"it is no valid JSON ({str(error)[:100]})") from None
    return Notebook(text, cells, begin, end, minor if isinstance(minor, int) else 0, _language(metadata))


def _language(metadata: Any) -> str:
    for part, key in (("language_info", "name"), ("kernelspec", "language")):
        said = metadata.get(part) if isinstance(metadata, dict) else None
        if isinstance(said, dict) and isinstance(said.get(key), str):
            return str(said[key])
    return "python"


def _after_blanks(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    assert found
    return found.end()


def _members(text: str, at: int) -> Iterator[tuple[str, Any, int, int]]:
    """Of the object that begins here: each key with its value, and where in the text that is. Raises ValueError."""
    at = _opened(text, at, "{")
    while text[at : at + 1] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _after_blanks(text, at)
        if not isinstance(key, str) or text[at : at + 1] != ":":
            raise ValueError(f"a key is expected at character {at}")
        start = _after_blanks(text, at + 1)
        value, stop = _DECODER.raw_decode(text, start)
        yield key, value, start, stop
        at = _next(text, stop, "}")


def _cells(text: str, at: int) -> Iterator[Cell]:
    at = _opened(text, at, "[")
    number = 0
    while text[at : at + 1] != "]":
        value, stop = _DECODER.raw_decode(text, at)
        if not isinstance(value, dict):
            raise Broken(f"cell {number} is no object")
        own = value.get("id")
        yield Cell(at, stop, value, own if isinstance(own, str) and own else f"cell-{number}")
        number += 1
        at = _next(text, stop, "]")


def _opened(text: str, at: int, sign: str) -> int:
    if text[at : at + 1] != sign:
        raise ValueError(f"{sign} is expected at character {at}")
    return _after_blanks(text, at + 1)


def _next(text: str, at: int, end: str) -> int:
    """Where the next part begins, or the end is."""
    at = _after_blanks(text, at)
    if text[at : at + 1] == ",":
        at = _after_blanks(text, at + 1)
        if text[at : at + 1] != end:
            return at
    elif text[at : at + 1] == end:
        return at
    raise ValueError(f"a comma or {end} is expected at character {at}")


# --- changes ---------------------------------------------------------------------------------------------------------


def replaced(book: Notebook, number: int, source: str, kind: Kind | None) -> str:
    """The text with another source in this cell. What a code cell has given before is not what it gives now."""
    cell = book.cells[number]
    layout = _Layout(book)
    wanted = kind or cell.kind
    new = _with_source(cell.value, source, wanted)
    members = {key: (start, stop) for key, _, start, stop in _members(book.text, cell.start)}
    if wanted != cell.kind or set(new) != set(members):
        return _spliced(book.text, [(cell.start, cell.stop, layout.written(new, cell.start))])
    changed = [key for key in new if new[key] != cell.value[key]]
    return _spliced(book.text, [(*members[key], layout.written(new[key], members[key][0])) for key in changed])


def _with_source(old: dict[str, Any], source: str, kind: str) -> dict[str, Any]:
    as_list = isinstance(old.get("source"), list)
    new = {**old, "cell_type": kind, "source": source.splitlines(keepends=True) if as_list else source}
    if kind == "code":
        new.pop("attachments", None)
        return {**new, "execution_count": None, "outputs": []}
    return {key: value for key, value in new.items() if key not in ("execution_count", "outputs")}


def inserted(book: Notebook, number: int, source: str, kind: Kind) -> tuple[str, str]:
    """The text with one more cell, which gets this number; and the cell's id."""
    layout = _Layout(book)
    as_list = not any(isinstance(cell.value.get("source"), str) for cell in book.cells)
    cell: dict[str, Any] = {"cell_type": kind}
    cell |= {"execution_count": None} if kind == "code" else {}
    cell |= {"id": _new_id(book)} if book.minor >= WITH_IDS else {}
    cell |= {"metadata": {}}
    cell |= {"outputs": []} if kind == "code" else {}
    cell |= {"source": source.splitlines(keepends=True) if as_list else source}
    told = str(cell.get("id", f"cell-{number}"))
    if not book.cells:
        return _spliced(book.text, [(book.begin, book.end, layout.written([cell], book.begin))]), told
    before = book.cells[number - 1] if number else None
    near = before or book.cells[0]
    written = layout.written(cell, near.start)
    apart = f",{layout.line_of(near.start)}"
    at, piece = (before.stop, apart + written) if before else (near.start, written + apart)
    return _spliced(book.text, [(at, at, piece)]), told


def deleted(book: Notebook, number: int) -> str:
    """The text without this cell."""
    cells = book.cells
    if len(cells) == 1:
        return _spliced(book.text, [(book.begin, book.end, "[]")])
    if number + 1 < len(cells):
        return _spliced(book.text, [(cells[number].start, cells[number + 1].start, "")])
    return _spliced(book.text, [(cells[number - 1].stop, cells[number].stop, "")])


def _new_id(book: Notebook) -> str:
    taken = {cell.id for cell in book.cells}
    while (made := secrets.token_hex(4)) in taken:
        pass
    return made


def _spliced(text: str, pieces: list[tuple[int, int, str]]) -> str:
    for start, stop, new in sorted(pieces, reverse=True):
        text = text[:start] + new + text[stop:]
    return text


class _Layout:
    """How the file writes JSON: its indentation, its line ends, whether in ASCII alone."""

    def __init__(self, book: Notebook) -> None:
        self._text = book.text
        unit = _UNIT.match(book.text)
        self._unit = unit[1] if unit else None
        self._end = "\r\n" if "\r\n" in book.text else "\n"
        self._ascii = book.text.isascii() and "\\u" in book.text
        self._separators = (", ", ": ") if '": ' in book.text else (",", ":")

    def written(self, value: Any, at: int) -> str:
        """The value as it would stand here."""
        if self._unit is None:
            return json.dumps(value, ensure_ascii=self._ascii, separators=self._separators)
        lines = json.dumps(value, ensure_ascii=self._ascii, indent=self._unit).split("\n")
        return self.line_of(at).join(lines)

    def line_of(self, at: int) -> str:
        """The end of a line, and the indentation of the line that this stands in; a blank where all is in one line."""
        if self._unit is None:
            return self._separators[0][1:]
        line = self._text[self._text.rfind("\n", 0, at) + 1 : at]
        return self._end + line[: len(line) - len(line.lstrip(" \t"))]
