"""Output folded to as many rows as are shown of it: to its end, or to its beginning."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

from claw.cli.terminal.layout import line, lines_of
from claw.cli.terminal.styles import QUIET


@dataclass(frozen=True, slots=True)
class Ending:
    """The last `most` rows of some output, below a line that says how many lines come before them. `before` lines more
    come before the text; `unsure`: there were others. `way` is the key that shows all of it. `counted`: there is such a
    line.
    """

    text: str
    most: int
    style: str
    ellipsis: str
    before: int = 0
    unsure: bool = False
    way: str = ""
    counted: bool = True

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = lines_of(self.text)
        longest = (self.most + 2) * options.max_width
        rows: list[tuple[int, list[Segment]]] = []
        for number in range(len(lines) - 1, max(-1, len(lines) - self.most - 2), -1):
            laid_out = console.render_lines(line(lines[number][-longest:], self.style), options, pad=False)
            rows = [*((number, row) for row in laid_out), *rows]
        first, _ = rows[0]
        if self.before or first or len(rows) > self.most + 1:
            rows = rows[-self.most :]
            if self.counted:
                yield self._above(self.before + rows[0][0])
        for _, row in rows:
            yield from row
            yield Segment.line()

    def _above(self, hidden: int) -> Text:
        several = "over " if self.unsure else ""
        said = f"{several}{hidden} line{'s' * (hidden != 1)} before" if hidden else "the line begins before"
        return Text(f"{self.ellipsis} {said}{_by(self.way)}", QUIET, overflow="fold")


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first `most` rows of some output, above a line that says how many lines follow. `way` is the key that shows
    all of it.
    """

    text: str
    most: int
    style: str
    ellipsis: str
    way: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = lines_of(self.text)
        longest = (self.most + 2) * options.max_width
        rows: list[tuple[int, list[Segment]]] = []
        for number, text in enumerate(lines[: self.most + 1]):
            laid_out = console.render_lines(line(text[:longest], self.style), options, pad=False)
            rows += [(number, row) for row in laid_out]
        last, _ = rows[-1]
        folded = last < len(lines) - 1 or len(rows) > self.most + 1
        for _, row in rows[: self.most] if folded else rows:
            yield from row
            yield Segment.line()
        if folded:
            yield self._below(len(lines) - 1 - rows[self.most - 1][0])

    def _below(self, hidden: int) -> Text:
        said = f"{hidden} more line{'s' * (hidden != 1)}" if hidden else "the line goes on"
        return Text(f"{self.ellipsis} {said}{_by(self.way)}", QUIET, overflow="fold")


def _by(way: str) -> str:
    return f" ({way})" if way else ""
