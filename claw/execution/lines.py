"""Whole lines of a text that comes in pieces."""

from __future__ import annotations

from collections.abc import Callable

LONGEST = 64 * 1024
"""Characters after which a line that has no end is taken for one."""


class Lines:
    """Gives the lines that have come to `take`, some at a time, without their ends."""

    def __init__(self, take: Callable[[list[str]], None]) -> None:
        self._take = take
        self._rest = ""

    def feed(self, text: str) -> None:
        *lines, self._rest = (self._rest + text).split("\n")
        if len(self._rest) > LONGEST:
            lines.append(self._rest)
            self._rest = ""
        if lines:
            self._take([line.removesuffix("\r") for line in lines])

    def finish(self) -> None:
        """Nothing follows: what has come of the last line is one."""
        if self._rest:
            self._take([self._rest])
            self._rest = ""
