"""Files as language servers are told them. Functions block."""

from __future__ import annotations

from claw.errors import ToolError
from claw.execution.files import read_whole

MOST = 2**20
"""Bytes of the largest file that a server is told."""


def text_of(path: str) -> str | None:
    """What it holds; None where there is none, it is too large, or it is not in UTF-8."""
    try:
        data = read_whole(path).data
        return data.decode().removeprefix("\ufeff") if len(data) <= MOST else None
    except (ToolError, OSError, UnicodeDecodeError):
        return None
