"""The note that what cleans up behind a command leaves for whoever resumes the session (`cleanup`)."""

from __future__ import annotations

import os
from contextlib import suppress

NAME = "set-aside"
"""Of the file, beside the guard."""


def leave(guard: str, said: str) -> None:
    """One more line of it. Raises OSError."""
    with open(_path(guard), "a", encoding="utf-8", errors="replace") as file:
        file.write(f"{said}\n")


def left(guard: str) -> str:
    """The note that was left beside this guard, which is free, or "". It is gone after that."""
    with suppress(OSError):
        with open(_path(guard), encoding="utf-8", errors="replace") as file:
            said = file.read().strip()
        os.unlink(_path(guard))
        return said
    return ""


def _path(guard: str) -> str:
    return os.path.join(os.path.dirname(guard), NAME)
