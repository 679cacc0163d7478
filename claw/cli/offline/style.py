"""Text with styles of our own. What goes in is harmless already; what comes out goes to standard output as it is."""

from __future__ import annotations

import os
import sys

BOLD, DIM, CYAN, GREEN, RED, YELLOW = "1", "2", "36", "32", "31", "33"


def paint(text: str, code: str) -> str:
    """The text in a style, where standard output is a terminal that wants colour."""
    plain = not sys.stdout.isatty() or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return text if plain else f"\x1b[{code}m{text}\x1b[0m"


def put(lines: list[str]) -> None:
    """Write lines to standard output. Raises BrokenPipeError."""
    sys.stdout.write("".join(line + "\n" for line in lines))
    sys.stdout.flush()
