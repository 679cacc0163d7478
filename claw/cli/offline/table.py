"""Rows and columns for people: drawn by Rich on a terminal, plain and stable anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from claw.cli.lazy import load
from claw.cli.output import Output
from claw.cli.terminal.sanitize import clean_line


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
        """Write it to standard output."""
        if sys.stdout.isatty():
            self._draw()
        else:
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

    def _draw(self) -> None:
        table = load("rich.table", "Table")(box=load("rich.box", "SIMPLE_HEAD"), pad_edge=False, header_style="bold")
        for column in self.columns:
            table.add_column(
                column.name,
                justify="right" if column.right else "left",
                no_wrap=True,
                overflow="ellipsis" if column.shrinks else "fold",
                ratio=1 if column.shrinks else None,
            )
        text = load("rich.text", "Text")
        for row in self.rows:
            table.add_row(*map(text, row))
        load("rich.console", "Console")(highlight=False).print(table)
