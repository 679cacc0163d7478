"""What the model was told by others than itself, as the terminal shows it: typed here, sent from outside, or due."""

from __future__ import annotations

from msgspec import Struct
from rich.console import Group, RenderableType

from claw.cli.terminal.folding import Beginning
from claw.cli.terminal.layout import Marked, line
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.styles import QUIET, STRONG
from claw.events.input import InputSource


class Input(Struct, frozen=True):
    """The text of an input; None as its source: it was typed."""

    text: str
    source: InputSource | None = None


MOST_ROWS = 10
"""Rows of an input that are shown; of a longer one the rest is counted."""


def said(one: Input, glyphs: Glyphs, way: str = "") -> list[RenderableType]:
    """The input, and where it comes from. `way` is the key that shows all of a long one."""
    text = Beginning(one.text, MOST_ROWS, STRONG, glyphs.ellipsis, way)
    shown = text if one.source is None else Group(text, line(one.source.told, QUIET))
    return [Marked(glyphs.prompt, shown, STRONG)]
