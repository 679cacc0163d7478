"""What comes from the keyboard, with pastes of any size taken at the cost of their length."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

_END = "\x1b[201~"


class PasteParser(Vt100Parser):
    """prompt_toolkit's copies a paste with each KiB that comes. Of one that is longer than `most` letters the rest is
    dropped as it comes, so that one letter more says so.
    """

    def __init__(self, take: Callable[[KeyPress], None], most: int) -> None:
        self._most = most
        self._pieces: list[str] = []
        self._size = 0
        self._rest = ""
        super().__init__(take)

    def feed(self, data: str) -> None:
        if not self._in_bracketed_paste:
            super().feed(data)  # which gives what stands behind the beginning of a paste to this method
            return
        data = self._rest + data
        end = data.find(_END)
        if end < 0:
            # A part of the mark may have come.
            self._keep(data[: 1 - len(_END)])
            self._rest = data[1 - len(_END) :]
            return
        self._keep(data[:end])
        pasted = "".join(self._pieces)
        self._pieces, self._size, self._rest = [], 0, ""
        self._in_bracketed_paste = False
        self.feed_key_callback(KeyPress(Keys.BracketedPaste, pasted))
        self.feed(data[end + len(_END) :])

    def _keep(self, data: str) -> None:
        room = self._most + 1 - self._size
        if room > 0 and data:
            self._pieces.append(data[:room])
            self._size += len(self._pieces[-1])
