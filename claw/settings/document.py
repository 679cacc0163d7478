"""A settings file as it was written: what it says, and on which line."""

from __future__ import annotations

import codecs
import json
import os
from pathlib import Path
from typing import Any, TypeAlias, cast

from msgspec import Struct

from claw.errors import ClawError, UsageError
from claw.events.permission import Layer
from claw.execution.files import read_whole
from claw.late import load, pattern
from claw.settings import jsonc

Where: TypeAlias = tuple[str | int, ...]
"""Keys and indexes that lead to a value."""


class Document(Struct, frozen=True):
    """One file. `name` is how people call it, `root` the folder where `/x` in its path rules starts (see `Rule`).

    `problems` has a sentence for each thing in it that could not be read as JSON has it.
    """

    name: str
    layer: Layer
    root: str
    plain: dict[str, Any]
    lines: dict[Where, int]
    problems: tuple[str, ...] = ()

    def at(self, *where: str | int) -> str:
        """`file:line` of a value, or of what holds it."""
        known = (where[:length] for length in range(len(where), -1, -1))
        return f"{self.name}:{next((self.lines[path] for path in known if path in self.lines), 1)}"


def read_document(path: Path, name: str, layer: Layer, root: str) -> Document | None:
    """The file at `path`, TOML or JSON, or None where there is none.

    Of JSON comments, needless commas, a key given twice, of both bytes that are no text: what can be read counts, and
    the rest is said.
    Raises UsageError (with file, line and column) for what is neither at all, and for JSON that is no object and says
    something: nobody knows what it denies.
    """
    try:
        os.stat(path)
        file = read_whole(os.path.realpath(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ClawError as error:
        raise UsageError(f"{name}: {error.message}") from None
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from None
    text, lost = jsonc.text_of(file.data)
    problems = [f"{name}:{lost}: some bytes are no text; rules that hold them cannot be read."] if lost else []
    if path.suffix == ".toml":
        plain: dict[str, Any] = load("claw.settings.toml", "parsed")(text, name)
        return Document(name, layer, root, plain, load("claw.settings.toml", "lines")(text), tuple(problems))
    return _json_document(text, name, layer, root, problems)


def _json_document(text: str, name: str, layer: Layer, root: str, problems: list[str]) -> Document:
    text = jsonc.bare(text)
    if not text.strip(" \t\r\n\0"):
        return Document(name, layer, root, {}, {}, (*problems, f"{name}:1: the file says nothing."))
    plain, doubled = jsonc.parsed(text, name)
    lines = _lines(text)
    problems += [f"{name}:{lines.get((key,), 1)}: the key {key!r} is given twice." for key in dict.fromkeys(doubled)]
    if plain and not isinstance(plain, dict):
        start = len(text) - len(text.lstrip())
        raise jsonc.refused(text, name, start, "the file holds no JSON object: an object stands in { and }")
    if not isinstance(plain, dict):
        return Document(name, layer, root, {}, {}, (*problems, f"{name}:1: not in effect: the file is no JSON object."))
    return Document(name, layer, root, plain, lines, tuple(problems))


def without_mark(data: bytes, name: str) -> tuple[str, bytes]:
    """The text of a file that is to be written again, and the byte order mark before it. Raises UsageError."""
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    try:
        return data[len(mark) :].decode("utf-8"), mark
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}: the file is not UTF-8 (byte {error.start})") from None


_TOKEN = pattern(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,\n]|[^\s{}\[\]:,"]+')


def _lines(text: str) -> dict[Where, int]:
    """The line on which each value of a valid JSON text begins, by its keys and indexes."""
    found: dict[Where, int] = {}
    path: list[str | int] = []
    line = 1
    expects_key = False
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token == "\n":
            line += 1
        elif token in "}]":
            path.pop()
            expects_key = False
        elif token == ",":
            expects_key = isinstance(path[-1], str)
            if not expects_key:
                path[-1] = cast(int, path[-1]) + 1
        elif token == ":":
            expects_key = False
        elif expects_key:
            path[-1] = json.loads(token)
        else:
            found[tuple(path)] = line
            if token in "{[":
                path.append("" if token == "{" else 0)
                expects_key = token == "{"
    return found
