"""A question as it is drawn: in as many lines as there are, with every choice to be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec.structs import replace
from rich.cells import cell_len, set_cell_size
from rich.console import RenderableType

from claw.cli.terminal.inquiry import Choice, Inquiry, Subject
from claw.cli.terminal.layout import Marked, line
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.styles import CHOSEN, QUIET

Lines = Callable[[RenderableType], list[str]]
"""Lays something out at the width there is."""
WHAT_STAYS = 4
"""Lines of what is asked about that stay in the picture before the choices are made shorter."""


def whole(subject: Subject, offered: Sequence[Choice[Any]] = ()) -> list[RenderableType]:
    """All of what is asked about, and the choices."""
    parts: list[RenderableType] = [subject.title]
    parts += [Marked(" ", part) for part in (*subject.details, *subject.judged)]
    parts += [Marked(" ", subject.because)] if subject.because and offered else []
    parts += [Marked(f"  {choice.key}", line(choice.label)) for choice in offered]
    return [*parts, *(subject.notes if offered else ())]


def hint(asked: Inquiry, glyphs: Glyphs, *, typed: bool, listens: bool) -> str:
    """What the keys do now, and how to go without an answer. `typed`: something stands in the line."""
    if asked.explaining:
        more = ", Alt-Enter makes a line, Ctrl-G opens your editor" if asked.chosen.filled else ""
        said = f"Enter {'takes' if asked.chosen.filled else 'sends'} the {asked.chosen.asks}{more}"
    elif typed:
        said = "Enter sends the line, Tab sets it aside"
    elif listens:
        said = f"Press a key, or choose with {glyphs.arrows} and Enter"
    else:
        said = "In a moment this takes keys"
    return f"{said}; {asked.subject.way_out}"


def drawn(
    subject: Subject,
    offered: Sequence[Choice[Any]],
    selected: int,
    hint: str,
    glyphs: Glyphs,
    lay_out: Lines,
    width: int,
    room: int,
) -> tuple[list[str], bool]:
    """The lines, at most `room` of at most `width` cells, as `lay_out` makes them; whether something is left out, and
    has to be printed above.
    """
    because = lay_out(Marked(" ", subject.because)) if subject.because else []
    told = [*_all(lay_out, whole(subject)), *because]
    hints = lay_out(line(f"  {hint}", QUIET))
    choices = [_choice(choice, number == selected, glyphs, lay_out) for number, choice in enumerate(offered)]
    below = [*(text for lines in choices for text in lines), *_all(lay_out, subject.notes), *hints]
    if len(told) + len(below) <= room:
        return [*told, *below], False
    if len(below) > room - min(len(told), WHAT_STAYS):
        short = [
            replace(choice, label=_cut(choice.brief or choice.label, width - 4, glyphs.ellipsis)) for choice in offered
        ]
        choices = [_choice(choice, number == selected, glyphs, lay_out) for number, choice in enumerate(short)]
        below = [*_around(choices, selected, max(1, room - len(hints) - 2)), *hints]
    space = max(1, room - len(below))
    title = lay_out(subject.title)[: max(1, space - 1)]
    space -= len(title) + 1
    because = because if len(because) <= max(1, space // 2) else []
    judged = _all(lay_out, (Marked(" ", part) for part in subject.judged))[: max(0, space - len(because))]
    above = lay_out(line(f"  {glyphs.ellipsis} all of it is above", QUIET))[:1]
    return [*title, *judged, *above, *because, *below][:room], True


def _choice(choice: Choice[Any], chosen: bool, glyphs: Glyphs, lay_out: Lines) -> list[str]:
    style = CHOSEN if chosen else ""
    mark = f"{glyphs.chosen if chosen else ' '} {choice.key}"
    return lay_out(Marked(mark, line(choice.label, style), style))


def _cut(label: str, width: int, ellipsis: str) -> str:
    """A label for one line, with its middle left out: how a rule begins and ends tells them apart."""
    if cell_len(label) <= width:
        return label
    room = max(2, width - cell_len(ellipsis))
    tail = room // 2
    return f"{set_cell_size(label, room - tail)}{ellipsis}{set_cell_size(label[::-1], tail)[::-1]}"


def _around(lines: list[list[str]], selected: int, most: int) -> list[str]:
    """All of them, or, where the terminal is too low for that, those that end with the selected one."""
    first = 0
    while first < selected and sum(len(one) for one in lines[first : selected + 1]) > most:
        first += 1
    return [text for one in lines[first:] for text in one][:most]


def _all(lay_out: Lines, parts: Iterable[RenderableType]) -> list[str]:
    return [text for part in parts for text in lay_out(part)]
