"""What the model was told by others than itself, as the terminal shows it: typed here, sent from outside, or due."""

from __future__ import annotations

from msgspec import Struct
from rich.console import Group, RenderableType

from claw.cli.terminal.layout import Marked, line
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.styles import QUIET, STRONG
from claw.events.input import InputSource


class Input(Struct, frozen=True):
    """The text of an input; None as its source: it was typed."""

    text: str
    source: InputSource | None = None


def said(one: Input, glyphs: Glyphs) -> list[RenderableType]:
    """The input, and where it comes from."""
    text = line(one.text, STRONG)
    shown = text if one.source is None else Group(text, line(one.source.told, QUIET))
    return [Marked(glyphs.prompt, shown, STRONG)]
