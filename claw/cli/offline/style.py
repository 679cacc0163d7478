"""Text with styles of our own. What goes in is harmless already; what comes out goes to standard output as it is."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from typing import TextIO

BOLD, DIM, CYAN, GREEN, RED, YELLOW = "1", "2", "36", "32", "31", "33"


def paint(text: str, code: str) -> str:
    """The text in a style, where standard output is a terminal that wants colour."""
    return f"\x1b[{code}m{text}\x1b[0m" if _wants_colour(sys.stdout) else text


@lru_cache(maxsize=1)
def _wants_colour(stream: TextIO) -> bool:
    """Asked once: of a million lines each would ask twice."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def put(lines: list[str]) -> None:
    """Write lines to standard output. Raises BrokenPipeError."""
    sys.stdout.write("".join(line + "\n" for line in lines))
    sys.stdout.flush()
