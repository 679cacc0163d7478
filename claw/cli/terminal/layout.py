"""Small ways to put renderables together."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from claw.cli.sanitize import clean

NARROW = 12
"""Cells below which nothing is indented."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A renderable behind a sign on its first line; its other lines are indented as far."""

    sign: str
    body: RenderableType
    style: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        indent = len(self.sign) + 1
        if options.max_width < NARROW:
            yield self.body
            return
        lines = console.render_lines(self.body, options.update(width=options.max_width - indent), pad=False)
        for number, line in enumerate(lines):
            # Behind a word the lines go on at the left: whoever has them read out hears no blanks.
            further = "" if self.sign.endswith(":") else " " * indent
            lead = f"{self.sign} " if number == 0 else further
            yield Segment(lead, console.get_style(self.style) if self.style else None)
            yield from line
            yield Segment.line()


def line(text: str, style: str = "") -> Text:
    """Harmless text in one style; wraps anywhere it must."""
    return Text(clean(text).expandtabs(4), style=style, overflow="fold")


def excerpt(text: str, most: int, ellipsis: str) -> list[str]:
    """The first lines of some output; a carriage return begins a line, too."""
    lines = lines_of(text)
    if len(lines) <= most + 1:
        return lines
    return [*lines[:most], f"{ellipsis} {len(lines) - most} more lines"]


def lines_of(text: str) -> list[str]:
    """Lines of some output, without empty ones at its ends; a carriage return begins a line, too."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n")
