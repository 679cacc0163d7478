"""What a process says: decoded, masked, and kept within bounds."""

from __future__ import annotations

import codecs

from claw.toolbox.base import Place, Report
from claw.toolbox.masking import StreamMask

WHOLE_LIMIT = 16 * 1024 * 1024
"""Characters of output that are kept and reported; the rest is only counted."""
SHOWN_LIMIT = 30_000
"""Characters of output that the model is told: the first and the last half of it."""


class Excerpt:
    """The beginning and the end of a text that grows."""

    def __init__(self, limit: int = SHOWN_LIMIT) -> None:
        self._half = limit // 2
        self._head = ""
        self._tail = ""
        self.length = 0
        """Characters so far."""

    def add(self, text: str) -> None:
        self.length += len(text)
        room = self._half - len(self._head)
        self._head += text[:room]
        self._tail = (self._tail + text[room:])[-self._half :]

    @property
    def left_out(self) -> int:
        return self.length - len(self._head) - len(self._tail)

    def __str__(self) -> str:
        if not self.left_out:
            return self._head + self._tail
        return f"{self._head}\n\n[… {self.left_out} characters left out …]\n\n{self._tail}"


class Output:
    """Takes a process's bytes; reports them as masked text and remembers them."""

    def __init__(self, place: Place, report: Report) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._filter = StreamMask(place.secrets)
        self._report = report
        self._pieces: list[str] = []
        self._kept = 0
        self.excerpt = Excerpt()

    def feed(self, data: bytes) -> None:
        self._take(self._filter.feed(self._decoder.decode(data)))

    def finish(self) -> None:
        """Nothing follows: what was withheld is let go."""
        self._take(self._filter.feed(self._decoder.decode(b"", final=True)))
        self._take(self._filter.flush())

    def _take(self, text: str) -> None:
        self.excerpt.add(text)
        kept = text[: WHOLE_LIMIT - self._kept]
        if kept:
            self._kept += len(kept)
            self._pieces.append(kept)
            self._report(kept)

    @property
    def whole(self) -> str | None:
        """All of it (its first WHOLE_LIMIT characters, and a note), where the excerpt leaves something out."""
        if not self.excerpt.left_out:
            return None
        missing = self.excerpt.length - self._kept
        return "".join(self._pieces) + (f"\n[{missing} more characters were not kept]" if missing else "")
