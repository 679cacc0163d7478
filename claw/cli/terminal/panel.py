"""A question as it is drawn: in as many lines as there are, with every choice to be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from claw.cli.terminal.inquiry import Choice, Subject
from claw.cli.terminal.layout import Marked, line
from claw.cli.terminal.screen import Glyphs

Lines = Callable[[RenderableType], list[str]]
"""Lays something out at the width there is."""


def whole(subject: Subject) -> list[RenderableType]:
    """All of what is asked about."""
    parts: list[RenderableType] = [subject.title]
    parts += [Marked(" ", part) for part in subject.details]
    parts += [Marked(" ", part) for part in subject.judged]
    return parts


def drawn(
    subject: Subject,
    offered: Sequence[Choice[Any]],
    selected: int,
    hint: str,
    glyphs: Glyphs,
    lay_out: Lines,
    room: int,
) -> tuple[list[str], bool]:
    """The lines, at most `room`; whether some of what is asked about is left out, and has to be printed above."""
    below = [*_all(lay_out, subject.notes), *lay_out(line(f"  {hint}", "dim"))]
    choices = _choices(offered, selected, glyphs, lay_out, max(1, room - len(below) - 1))
    below = [*choices, *below]
    space = max(1, room - len(below))
    because = lay_out(Marked(" ", subject.because)) if subject.because else []
    told = [*_all(lay_out, whole(subject)), *because]
    if len(told) <= space:
        return [*told, *below][:room], False
    title = lay_out(subject.title)[: max(1, space - 1)]
    space -= len(title) + 1
    because = because if len(because) <= max(1, space // 2) else []
    judged = _all(lay_out, (Marked(" ", part) for part in subject.judged))[: max(0, space - len(because))]
    above = lay_out(line(f"  {glyphs.ellipsis} all of it is above", "dim"))[:1]
    return [*title, *judged, *above, *because, *below][:room], True


def _choices(offered: Sequence[Choice[Any]], selected: int, glyphs: Glyphs, lay_out: Lines, most: int) -> list[str]:
    """All of them, or, where the terminal is too low for that, those around the selected one."""
    shown = [
        lay_out(
            Marked(
                f"{glyphs.chosen if number == selected else ' '} {choice.key}",
                line(choice.label, "bold cyan" if number == selected else ""),
                "bold cyan" if number == selected else "",
            )
        )
        for number, choice in enumerate(offered)
    ]
    first = 0
    while first < selected and sum(len(lines) for lines in shown[first : selected + 1]) > most:
        first += 1
    return [text for lines in shown[first:] for text in lines][:most]


def _all(lay_out: Lines, parts: Iterable[RenderableType | Text]) -> list[str]:
    return [text for part in parts for text in lay_out(part)]
