"""Settings files in TOML: what they say, and on which line."""

from __future__ import annotations

import datetime
import json
import math
import re
import tomllib
from typing import Any

from claw.errors import UsageError
from claw.settings.document import Where
from claw.settings.jsonc import refused

MOST = 1024 * 1024
"""Characters of a file that is read: reading one takes time by its size."""
DEEPEST = 128

_PLACE = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)")
_DEEP = re.compile(r"[\[{]")
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{},=.\n]|[^\s\[\]{},=.#"\']+',
    re.DOTALL,
)


def parsed(text: str, name: str) -> dict[str, Any]:
    """What it says, in the values that JSON has. Raises UsageError with file, line and column."""
    if len(text) > MOST:
        raise UsageError(f"{name} is longer than {MOST // 1024} KiB", hint=f"${{EDITOR:-vi}} {name}")
    try:
        return {key: _plain(value, 1) for key, value in tomllib.loads(text).items()}
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.search(str(error))
        line, column = (int(found[1]), int(found[2])) if found and found[1] else (0, 0)
        why = _PLACE.sub("", str(error))
        position = len(text.rstrip())
        if line:
            position = sum(len(one) + 1 for one in text.split("\n")[: line - 1]) + column - 1
        raise refused(text, name, position, f"this is no TOML: {why[:1].lower()}{why[1:]}") from None
    except (RecursionError, OverflowError):
        deepest = max((match.start() for match in _DEEP.finditer(text)), default=0)
        raise refused(text, name, deepest, f"arrays and tables are nested deeper than {DEEPEST} levels") from None


def _plain(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise RecursionError
    match value:
        case dict():
            return {key: _plain(item, depth + 1) for key, item in value.items()}
        case list():
            return [_plain(item, depth + 1) for item in value]
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case float() if not math.isfinite(value):
            return None
    return value


def lines(text: str) -> dict[Where, int]:
    """The line on which each value of a valid TOML text stands, by its keys and indexes."""
    reader = _Lines(text)
    reader.read()
    return reader.found


class _Lines:
    def __init__(self, text: str) -> None:
        self.found: dict[Where, int] = {}
        self._tokens: list[tuple[str, int]] = []
        line = 1
        for match in _TOKEN.finditer(text):
            token = match[0]
            if not token.startswith("#"):
                self._tokens.append((token, line))
            line += token.count("\n")
        self._tokens.append(("", line))
        self._next = 0
        self._counts: dict[Where, int] = {}

    def read(self) -> None:
        table: Where = ()
        while (token := self._peek()) != "":
            if token == "\n":
                self._next += 1
            elif token == "[":
                table = self._header()
            else:
                self._pair(table)

    def _peek(self) -> str:
        return self._tokens[self._next][0]

    def _take(self) -> str:
        token = self._peek()
        self._next += token != ""
        return token

    def _say(self, where: Where) -> None:
        line = self._tokens[self._next][1]
        for length in range(1, len(where) + 1):
            self.found.setdefault(where[:length], line)

    def _header(self) -> Where:
        self._take()
        many = self._peek() == "["
        if many:
            self._take()
        keys = self._keys("]")
        where = self._inside(keys[:-1])
        where = (*where, keys[-1])
        if many:
            index = self._counts.get(where, 0)
            self._counts[where] = index + 1
            where = (*where, index)
        self._next -= 1
        self._say(where)
        while self._peek() == "]":
            self._take()
        return where

    def _inside(self, keys: Where) -> Where:
        """The table that these keys lead to; of a list of tables the last one."""
        where: Where = ()
        for key in keys:
            where = (*where, key)
            if where in self._counts:
                where = (*where, self._counts[where] - 1)
        return where

    def _keys(self, end: str) -> Where:
        """Those before this sign, which is taken, too."""
        keys: list[str] = []
        while (token := self._take()) not in (end, ""):
            if token != ".":
                keys.append(_unquoted(token))
        return tuple(keys)

    def _pair(self, table: Where) -> None:
        start = self._next
        keys = self._keys("=")
        self._next, after = start, self._next
        self._say((*table, *keys))
        self._next = after
        self._value((*table, *keys))

    def _value(self, where: Where) -> None:
        self._say(where)
        token = self._take()
        if token == "[":
            index = 0
            while (token := self._peek()) not in ("]", ""):
                if token in (",", "\n"):
                    self._take()
                else:
                    self._value((*where, index))
                    index += 1
            self._take()
        elif token == "{":
            while (token := self._peek()) not in ("}", ""):
                if token in (",", "\n"):
                    self._take()
                else:
                    self._pair(where)
            self._take()
        else:
            # A number or a date may be several tokens.
            while self._peek() not in (",", "]", "}", "\n", ""):
                self._take()


def _unquoted(token: str) -> str:
    if token.startswith('"'):
        try:
            return str(json.loads(token))
        except ValueError:
            return token[1:-1]
    return token[1:-1] if token.startswith("'") else token
