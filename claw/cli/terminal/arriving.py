"""A call while its arguments stream: its tool, what has come of the argument that tells most, and how much came."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import msgspec

from claw.cli.terminal import amounts
from claw.cli.terminal.calls import headline
from claw.events.tools import Shown
from claw.late import pattern

KEPT = 4_000
"""Characters of that argument that are looked at."""

_MARK = pattern(r'["{}\[\],:]')
_INSIDE = pattern(r'(?:[^"\\]+|\\.)*', re.DOTALL)
_ESCAPE = "\\"
_FILE = pattern(r"^\*\*\* (?:Add|Update|Delete) File: (.+)$", re.MULTILINE)
_SAID = "said"


@dataclass(slots=True)
class Arriving:
    """Takes the text of the arguments, a JSON object, in pieces. No text makes it fail: what is no JSON is counted.

    A piece costs nothing until it is `told`, and each character is looked at once.
    """

    name: str
    shown: Shown = field(default_factory=Shown)
    count: int = 0
    """Characters so far."""
    _unread: list[str] = field(default_factory=list)
    _depth: int = 0
    _key: str = ""
    """The last name in the object itself."""
    _value: bool = False
    """What comes next in the object itself is a value."""
    _inside: bool = False
    """In a text."""
    _said: str = ""
    """The text so far, as it is written in JSON."""
    _found: str | None = None
    """What has come of the argument, as it is written in JSON."""
    _whole: bool = False
    """No more of it comes, or is looked at."""

    def take(self, text: str) -> None:
        """The next piece."""
        self.count += len(text)
        if self._wanted and not self._whole:
            self._unread.append(text)

    def told(self, ellipsis: str) -> tuple[str, str]:
        """`Write(notes.md` with an ellipsis while that grows, and `12 KB`; nothing in it is unseen."""
        self._read()
        found = _meant(self._found) if self._found is not None else ""
        if self.shown.patch:
            found = ", ".join(_FILE.findall(found))
        said = headline(self.name, {_SAID: found} if found else None, Shown(line=_SAID))
        if not found or not self._whole:
            said = f"{said.removesuffix(')').removesuffix('…')}{ellipsis})"
        return said, amounts.size(self.count)

    @property
    def _wanted(self) -> str:
        return self.shown.patch or self.shown.line

    def _read(self) -> None:
        text, self._unread = "".join(self._unread), []
        at = 0
        while at < len(text) and not self._whole:
            at = self._in_text(text, at) if self._inside else self._outside(text, at)

    def _in_text(self, text: str, at: int) -> int:
        match = _INSIDE.match(text, at)
        end = match.end() if match is not None else at
        room = KEPT - len(self._said)
        self._said += text[at : min(end, at + room)]
        if self._telling:
            self._found = self._said
            self._whole = len(self._said) >= KEPT
        if end == len(text):
            return end
        if text[end] == _ESCAPE:  # what it escapes comes with the next piece
            self._unread.append(_ESCAPE)
            return end + 1
        self._inside = False
        if self._telling:
            self._whole = True
        elif self._depth == 1 and not self._value:
            self._key = _meant(self._said)
        return end + 1

    def _outside(self, text: str, at: int) -> int:
        match = _MARK.search(text, at)
        if match is None:
            return len(text)
        match match[0]:
            case '"':
                self._inside, self._said = True, ""
            case "{" | "[":
                self._depth += 1
            case "}" | "]":
                self._depth -= 1
            case ":" if self._depth == 1:
                self._value = True
            case "," if self._depth == 1:
                self._value = False
        return match.end()

    @property
    def _telling(self) -> bool:
        """Whether the text that is read now is the argument's."""
        return self._depth == 1 and self._value and self._key == self._wanted


def _meant(written: str) -> str:
    """What a text in JSON says, without an escape that is cut off at its end."""
    while True:
        try:
            said: str = msgspec.json.decode(f'"{written}"'.encode("utf-8", "replace"), type=str)
            return said
        except msgspec.DecodeError:
            before, escape, _ = written.rpartition(_ESCAPE)
            if not escape or len(written) - len(before) > 12:
                return written
            written = before
