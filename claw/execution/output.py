"""What a process says: decoded, masked, and kept within bounds."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence

from claw.execution.stream import StreamMask
from claw.execution.terminal_text import TerminalText

WHOLE_LIMIT = 16 * 1024 * 1024
"""Characters of output that are kept and reported; of the rest only the end is looked at."""
SHOWN_LIMIT = 30_000
"""Characters of output that the model is told: the first and the last half of it."""
END_LIMIT = 128 * 1024
"""Bytes of the end of a flood that are decoded, masked and shown in part; more than SHOWN_LIMIT can be."""
_UNSURE = 16 * 1024
"""Characters at the beginning of that end that are not shown: a secret may be cut off there."""


class Excerpt:
    """The beginning and the end of a text that grows."""

    def __init__(self, limit: int = SHOWN_LIMIT) -> None:
        self._half = limit // 2
        self._room = self._half
        self._head = ""
        self._tail = ""
        self.length = 0
        """Characters so far; bytes, where some were skipped."""

    def add(self, text: str) -> None:
        self.length += len(text)
        room = self._room
        self._head += text[:room]
        self._room -= len(text[:room])
        self._tail = (self._tail + text[room:])[-self._half :]

    def skip(self, count: int) -> None:
        """So much comes here that nobody looked at."""
        self.length += count
        self._room, self._tail = 0, ""

    @property
    def left_out(self) -> int:
        return self.length - len(self._head) - len(self._tail)

    def __str__(self) -> str:
        if not self.left_out:
            return self._head + self._tail
        return f"{self._head}\n\n[… {self.left_out} characters left out …]\n\n{self._tail}"


class Output:
    """Takes a process's bytes; reports them as masked text and remembers them. `screen` reads what was written to a
    terminal.
    """

    def __init__(
        self, secrets: Sequence[tuple[str, str]], report: Callable[[str], None], screen: TerminalText | None = None
    ) -> None:
        self._screen = screen
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._filter = StreamMask(secrets)
        self._report = report
        self._pieces: list[str] = []
        self._kept = 0
        self._end = b""
        self._skipped = 0
        self.excerpt = Excerpt()
        self.unseen = Excerpt()
        """What came since the last `look`."""

    @property
    def floods(self) -> bool:
        """More came than is kept: what else comes is only counted, but for its end."""
        return self._kept >= WHOLE_LIMIT

    def feed(self, data: bytes, uncounted: int = 0) -> None:
        """The next bytes; `uncounted` came before them and is gone, which only a flood may have."""
        if not self.floods:
            self._take(self._filter.feed(self._read(data)))
            return
        end = self._end + data if not uncounted else data
        self._skipped += uncounted + len(self._end) + len(data) - len(end) + max(0, len(end) - END_LIMIT)
        self._end = end[-END_LIMIT:]

    def finish(self) -> None:
        """Nothing follows: what was withheld is let go."""
        self.settle()
        self._take(self._filter.feed(self._read(b"", final=True)))
        self._take(self._filter.flush())

    def settle(self) -> None:
        """Decode and mask the end of a flood, as far as it has come."""
        end, skipped = self._end, self._skipped
        self._end, self._skipped = b"", 0
        if not skipped:
            self._take(self._filter.feed(self._read(end)))
            return
        self._take(self._filter.flush())
        self._decoder.reset()
        sure = self._filter.feed(self._read(end))[_UNSURE:]
        for excerpt in (self.excerpt, self.unseen):
            excerpt.skip(skipped + min(len(end), _UNSURE))
        self._take(sure)

    def _read(self, data: bytes, *, final: bool = False) -> str:
        text = self._decoder.decode(data, final=final)
        if self._screen is None:
            return text
        return self._screen.feed(text) + (self._screen.finish() if final else "")

    def look(self) -> str:
        """What came since the last look."""
        self.settle()
        said, self.unseen = str(self.unseen), Excerpt()
        return said

    def _take(self, text: str) -> None:
        self.excerpt.add(text)
        self.unseen.add(text)
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
