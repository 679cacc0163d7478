"""The arguments of one call while they stream in, as text, as an object, or as JSON inside a string."""

from __future__ import annotations

import json
import re

from claw.late import pattern

_SIGNIFICANT = pattern(r'\\.|["{}\[\]\\]', re.DOTALL)
_DEEPEST = 3
"""How often an object may be wrapped in a string."""


class Arguments:
    """`feed` gives what may be told at once, `end` the rest. What may turn out to stand for something else is held: a
    string that holds the object, an empty object before the real one, null.
    """

    def __init__(self) -> None:
        self.begun = False
        self._held: str | None = ""
        self._depth = 0
        self._in_string = False
        self._half_escape = False
        self._opened = False

    @property
    def whole(self) -> bool:
        """Whether what has come is one whole value."""
        return self._opened and self._depth == 0 and not self._in_string

    def feed(self, value: object) -> str:
        new = _text(value)
        if not new:
            return ""
        self.begun = True
        if self._held is None:
            self._scan(new)
            return new
        if self._held.strip() == "{}" and new.lstrip().startswith("{"):
            self._held, self._opened = "", False
        self._scan(new)
        self._held += new
        if _is_undecided(self._held.strip()):
            return ""
        said, self._held = self._held, None
        return said

    def end(self) -> str:
        held, self._held = self._held or "", None
        return "" if held.strip() == "null" else _unwrapped(held)

    def _scan(self, new: str) -> None:
        if self._half_escape:
            new, self._half_escape = new[1:], False
        for match in _SIGNIFICANT.finditer(new):
            mark = match[0]
            if self._in_string:
                self._in_string = mark != '"'
                self._half_escape = mark == "\\"
            elif mark == '"':
                self._in_string = self._opened = True
            elif mark in "{[":
                self._depth += 1
                self._opened = True
            elif mark in "}]":
                self._depth -= 1


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _is_undecided(text: str) -> bool:
    return text.startswith('"') or "{}".startswith(text) or "null".startswith(text)


def _unwrapped(text: str) -> str:
    inner = text
    for _ in range(_DEEPEST):
        try:
            value = json.loads(inner)
        except (ValueError, RecursionError):
            return text
        if isinstance(value, dict):
            return inner
        if not isinstance(value, str):
            return text
        inner = value
    return text
