"""The end of what a server writes to its standard error, which is told once it has died."""

from __future__ import annotations

LAST_WORDS = 400
"""Bytes of what it wrote to its standard error that are told when it has died."""
_LOUD = 2**20


class LastWords:
    """What a server writes to its standard error: nobody reads it but for its end."""

    def __init__(self) -> None:
        self._end = b""
        self._length = 0

    @property
    def floods(self) -> bool:
        return self._length > _LOUD

    def feed(self, data: bytes, uncounted: int = 0) -> None:
        self._length += len(data) + uncounted
        self._end = (self._end + data)[-LAST_WORDS:]

    def __str__(self) -> str:
        return " ".join(self._end.decode("utf-8", "replace").split())
