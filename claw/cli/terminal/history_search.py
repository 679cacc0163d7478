"""A search through what was typed before (Ctrl-R): words narrow it, the arrows choose, nothing is sent by itself."""

from __future__ import annotations

from prompt_toolkit.buffer import Buffer
from rich.text import Text

from claw.cli.sanitize import clean_line
from claw.cli.terminal.history import History, Past
from claw.cli.terminal.styles import QUIET, STRONG

SHOWN = 6
"""Lines that are shown at a time."""


class HistorySearch:
    """`is_open` while it takes keys. `query` is what is typed into it."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._past: list[Past] = []
        self._found: list[Past] = []
        self._selected = 0
        self.everywhere = False
        self.is_open = False
        self.query = Buffer(multiline=False, on_text_changed=lambda _: self._look())

    def open(self, begun: str) -> None:
        """Search for what stands in the line, if that is one line."""
        self.is_open, self.everywhere = True, False
        self._past = self._history.past(everywhere=False)
        self.query.reset()
        self.query.insert_text(begun if "\n" not in begun else "")
        self._look()

    def close(self) -> None:
        self.is_open = False
        self._past, self._found = [], []

    def widen(self) -> None:
        """Lines of all folders, or again of this one."""
        self.everywhere = not self.everywhere
        self._past = self._history.past(everywhere=self.everywhere)
        self._look()

    def move(self, by: int) -> None:
        """Towards older lines, or newer ones."""
        self._selected = max(0, min(len(self._found) - 1, self._selected + by))

    @property
    def chosen(self) -> str | None:
        """The line that is chosen; None: nothing is found."""
        return self._found[self._selected].text if self._found else None

    def title(self) -> str:
        return f"history ({'all folders' if self.everywhere else 'this folder'}): "

    def lines(self, width: int) -> list[Text]:
        """The lines around the one that is chosen, the newest at the bottom; each on one line."""
        if not self._found:
            return [Text("  nothing that was typed has these words", style=QUIET)]
        first = max(0, min(self._selected - SHOWN // 2, len(self._found) - SHOWN))
        shown = list(enumerate(self._found))[first : first + SHOWN]
        return [self._line(past, number == self._selected, width) for number, past in reversed(shown)]

    def _line(self, past: Past, chosen: bool, width: int) -> Text:
        text = Text(f"{'>' if chosen else ' '} {clean_line(past.text[:width])}", style=STRONG if chosen else QUIET)
        text.truncate(width)
        return text

    def _look(self) -> None:
        words = self.query.text.lower().split()
        self._found = [past for past in self._past if all(word in past.text.lower() for word in words)]
        self._selected = 0
