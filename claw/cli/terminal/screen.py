"""What the terminal can show, and the one way to it: what is printed becomes text here, and is made harmless here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.style import Style

from claw.cli.sanitize import clean
from claw.cli.terminal import styles
from claw.late import load


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs that claw draws with."""

    bullet: str
    result: str
    prompt: str
    thinking: str
    ellipsis: str
    dot: str
    up: str
    down: str
    chosen: str
    arrows: str
    spinner: str
    open: str
    running: str
    done: str


UNICODE = Glyphs("●", "⎿", ">", "✻", "…", "·", "↑", "↓", ">", "↑↓", "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "☐", "▶", "☒")
WORDS = Glyphs(
    bullet="claw:",
    result="result:",
    prompt="you:",
    thinking="thought:",
    ellipsis="and",
    dot=",",
    up="in",
    down="out",
    chosen="chosen:",
    arrows="the arrows",
    spinner="-",
    open="to do:",
    running="under way:",
    done="done:",
)
"""Words instead, each with a colon where something follows that it is about."""
ASCII = Glyphs("*", "|", ">", "~", "...", "-", "in", "out", ">", "the arrows", "|/-\\", "[ ]", "[>]", "[x]")


_ASCII_DRAWING = str.maketrans("•▌─━│…●⎿✻·↑↓", "*|--|.*|~-^v")
"""For what Rich draws, and claw, where the encoding has no such signs."""

_COLOUR_SYSTEMS = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
    "windows": ColorSystem.WINDOWS,
}


@dataclass(frozen=True, slots=True)
class Abilities:
    """`colour` is Rich's name of a colour system; None: neither colours nor other styles."""

    colour: str | None
    plain_colours: bool
    """NO_COLOR: bold and dim are fine, colours are not."""
    unicode: bool
    dumb: bool
    """It can only be written to, line after line."""
    links: bool = False
    """It opens addresses by a click."""
    words: bool = False
    """What it shows is read out: words instead of signs, no boxes, nothing that is drawn again."""

    @property
    def glyphs(self) -> Glyphs:
        return WORDS if self.words else UNICODE if self.unicode else ASCII


def abilities(environ: Mapping[str, str], stdout: TextIO, *, words: bool = False) -> Abilities:
    """What the environment says about the terminal; `words`: the person wants it plain."""
    dumb = words or environ.get("TERM", "dumb") in ("dumb", "unknown", "")
    encoding = (getattr(stdout, "encoding", "") or "ascii").lower().replace("-", "").replace("_", "")
    colour = None if dumb else Console(file=stdout, _environ=environ, force_terminal=True).color_system
    links = not dumb and load("claw.cli.terminal.links", "knows_links")(environ)
    return Abilities(colour, bool(environ.get("NO_COLOR")), encoding == "utf8", dumb, links, words)


class Screen:
    """Renders for one terminal. `encoding` is what its bytes are written in. `theme` may change at any time."""

    def __init__(self, can: Abilities, encoding: str = "utf-8", theme: styles.Name = styles.USUAL) -> None:
        self.can = can
        self.theme = theme
        self.glyphs = can.glyphs
        self._encoding = encoding

    def lines(self, renderable: RenderableType, width: int, folder: str = "") -> list[str]:
        """The lines of a renderable, each at most `width` cells, with the escape sequences of claw's own styles. With a
        `folder` addresses in it, and paths of what is there, are links, if the terminal knows such.
        """
        console = Console(
            width=max(1, width),
            height=1_000,
            force_terminal=True,
            color_system=None,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
            theme=styles.theme(self.theme),
            _environ={},
        )
        options = console.options
        if self.can.words:
            options = options.copy()
            options.encoding = "ascii"  # by which tables know that they cannot be drawn
            renderable = load("claw.cli.terminal.words", "in_words")(renderable)
        rendered = console.render_lines(renderable, options, pad=False)
        lines = map(_without_padding, rendered)
        if not (folder and self.can.links):
            return ["".join(map(self._encode, line)) for line in lines]
        with_links: Callable[..., Iterable[tuple[Segment, str]]] = load("claw.cli.terminal.links", "with_links")
        return ["".join(self._linked(*part) for part in with_links(line, width, folder)) for line in lines]

    def _linked(self, segment: Segment, target: str) -> str:
        text = self._encode(segment)
        return f"\x1b]8;;{target}\x1b\\{text}\x1b]8;;\x1b\\" if target else text

    def _encode(self, segment: Segment) -> str:
        if segment.control:
            return ""
        text = clean(segment.text).replace("\n", "")
        if self.can.words:
            text = text.translate(_ASCII_DRAWING)
        if not self.can.unicode:
            text = text.translate(_ASCII_DRAWING).encode(self._encoding, "replace").decode(self._encoding)
        return self._styled(text, segment.style) if segment.style else text

    def _styled(self, text: str, style: Style) -> str:
        if self.can.colour is None:
            return text
        style = style.update_link(None)
        if self.can.plain_colours:
            style = style.without_color
        return style.render(text, color_system=_COLOUR_SYSTEMS[self.can.colour])


def _without_padding(line: list[Segment]) -> list[Segment]:
    """Without blanks at the end, which would be copied along."""
    end = len(line)
    while end and not line[end - 1].text.strip(" "):
        end -= 1
    if end == 0:
        return []
    last = line[end - 1]
    return [*line[: end - 1], Segment(last.text.rstrip(" "), last.style, last.control)]


def of_this_process(*, words: bool = False) -> Screen:
    """The terminal that standard output is; `words`: the person wants it plain."""
    return Screen(abilities(os.environ, sys.stdout, words=words), sys.stdout.encoding or "ascii")
