"""The piece of a text that is nearly what was looked for: alike but for quotes, Unicode form or blanks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from msgspec import Struct

from claw.late import pattern

_QUOTES = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032`\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    }
)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_BLANKS = pattern(r"[^\S\n]+")

LONGEST = 100_000
"""Characters of a text that is searched for something near."""


class Near(Struct, frozen=True):
    """Where it is, and by what it differs."""

    start: int
    stop: int
    by: str


def nearest(text: str, piece: str) -> Near | None:
    """The first whole lines of `text` that are those of `piece` but for one or more of these differences."""
    lines = text.split("\n")
    wanted = piece.strip("\n").split("\n")
    if len(text) > LONGEST or not piece.strip():
        return None
    for by, plain in _WAYS:
        simple = [plain(line) for line in lines]
        target = [plain(line) for line in wanted]
        for at in range(len(lines) - len(target) + 1):
            if _fits(simple[at : at + len(target)], target):
                start = sum(len(line) + 1 for line in lines[:at])
                return Near(start, start + len("\n".join(lines[at : at + len(target)])), by)
    return None


def _fits(lines: list[str], target: list[str]) -> bool:
    """The first and the last line may be a part of theirs."""
    if len(target) == 1:
        return target[0] in lines[0]
    return lines[0].endswith(target[0]) and lines[-1].startswith(target[-1]) and lines[1:-1] == target[1:-1]


def _quotes(line: str) -> str:
    return line.translate(_QUOTES).translate(_DASHES)


def _form(line: str) -> str:
    return unicodedata.normalize("NFKC", line)


def _blanks(line: str) -> str:
    return _BLANKS.sub(" ", line).strip()


_WAYS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("its quotes or dashes", _quotes),
    ("its Unicode form", _form),
    ("its blanks", _blanks),
    ("its quotes, its Unicode form and its blanks", lambda line: _blanks(_form(_quotes(line)))),
)
