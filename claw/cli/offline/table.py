"""Rows and columns for people: drawn by Rich on a terminal, plain and stable anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from claw.cli.output import Output
from claw.cli.sanitize import clean_line
from claw.late import load

GAP = 2
"""Spaces between two columns."""
LEAST = 10
"""Characters that the column which shrinks must keep, or there is no table."""


@dataclass(frozen=True, slots=True)
class Column:
    """`right`: numbers. `shrinks`: what is cut first where the terminal is too narrow."""

    name: str
    right: bool = False
    shrinks: bool = False


@dataclass(slots=True)
class Table:
    columns: Sequence[Column]
    rows: list[Sequence[str]] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Cells may hold anything; they are made harmless and put on one line."""
        self.rows.append([clean_line(cell) for cell in cells])

    def show(self, output: Output) -> None:
        """Write it to standard output. A terminal that is too narrow even so gets the plain form, and wraps it."""
        if sys.stdout.isatty():
            console = load("rich.console", "Console")(highlight=False)
            room = console.width - self._width_without_shrinking()
            if room >= (LEAST if any(column.shrinks for column in self.columns) else 0):
                console.print(self._drawn(room))
                return
        output.answer(self.plain())

    def plain(self) -> str:
        """Columns padded with spaces, two between them, under their names; nothing cut."""
        lines = [[column.name for column in self.columns], *self.rows]
        widths = [max(len(line[index]) for line in lines) for index in range(len(self.columns))]
        return "".join(self._padded(line, widths) + "\n" for line in lines)

    def _padded(self, line: Sequence[str], widths: Sequence[int]) -> str:
        cells = zip(line, widths, self.columns, strict=True)
        return "  ".join(
            f"{cell:>{width}}" if column.right else f"{cell:<{width}}" for cell, width, column in cells
        ).rstrip()

    def _widths(self) -> list[int]:
        cell_len = load("rich.cells", "cell_len")
        lines = [[column.name for column in self.columns], *self.rows]
        return [max(cell_len(line[index]) for line in lines) for index in range(len(self.columns))]

    def _width_without_shrinking(self) -> int:
        fixed = (width for column, width in zip(self.columns, self._widths(), strict=True) if not column.shrinks)
        return sum(fixed) + GAP * (len(self.columns) - 1)

    def _drawn(self, room: int) -> Any:
        table = load("rich.table", "Table")(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
        for column, width in zip(self.columns, self._widths(), strict=True):
            table.add_column(
                column.name,
                justify="right" if column.right else "left",
                width=min(width, room) if column.shrinks else width,
                no_wrap=True,
                overflow="ellipsis",
            )
        text = load("rich.text", "Text")
        for row in self.rows:
            table.add_row(*map(text, row))
        return table
