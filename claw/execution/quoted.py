"""Names and complaints from elsewhere, as claw's own notes to a model quote them: on one line, with nothing in them
that is not seen.
"""

from __future__ import annotations

import re

from claw.late import pattern

_SIMPLE = pattern(r"[\w./+@%~=-]+", re.ASCII)
MOST_NAME = 200
"""Characters of a name that are told."""
MOST_WORDS = 1_000
"""Characters of a complaint that are told."""


def name(text: str) -> str:
    """A file's or a branch's name; in quotation marks where it could be taken for something else."""
    shown = one_line(text, MOST_NAME)
    return shown if _SIMPLE.fullmatch(text) else '"' + shown.replace('"', '\\"') + '"'


def one_line(text: str, most: int = MOST_WORDS) -> str:
    """The text with every control, bidi and unseen character, and every half of a pair, spelt out."""
    cut = text if len(text) <= most else f"{text[:most]}…"
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in cut)
