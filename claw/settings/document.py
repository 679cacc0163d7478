"""A settings file as it was written: what it says, and on which line."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

import msgspec

from claw import _native
from claw.errors import ClawError, UsageError
from claw.events.permission import Layer
from claw.toolbox.files import File, read_whole

Where: TypeAlias = tuple[str | int, ...]
"""Keys and indexes that lead to a value."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file. `name` is how people call it, `root` the folder where `/x` in its path rules starts (see `Rule`)."""

    name: str
    layer: Layer
    root: str
    plain: Any
    lines: dict[Where, int]

    def at(self, *where: str | int) -> str:
        """`file:line` of a value."""
        return f"{self.name}:{self.lines.get(where, 1)}"


def read_document(path: Path, name: str, layer: Layer, root: str) -> Document | None:
    """The file at `path`, or None where there is none. Raises UsageError (with file and line) for what is no JSON."""
    where = os.path.realpath(path)
    if not os.path.isdir(os.path.dirname(where)):
        return None
    try:
        file = read_whole(where)
    except FileNotFoundError:
        return None
    except ClawError as error:
        raise UsageError(f"{name}: {error.message}") from None
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from None
    text, plain = parsed(file, name)
    return Document(name, layer, root, plain, _lines(text))


def parsed(file: File, name: str) -> tuple[str, Any]:
    """The file's text and what it says. Raises UsageError; a key given twice is an error, not the last one's win."""
    try:
        text = file.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = file.data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}: the file is not UTF-8 (byte {error.start})") from None
    if not text.strip():
        raise UsageError(f"{name}:1: the file is empty; write {{}} where nothing is set")
    return text, msgspec.msgpack.decode(_native.parse_document(text, name))


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,\n]|[^\s{}\[\]:,"]+')


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
