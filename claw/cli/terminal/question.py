"""A permission question as a person sees it, and what each answer means."""

from __future__ import annotations

import os
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from claw.cli.terminal.calls import headline
from claw.cli.terminal.diff import changes
from claw.cli.terminal.layout import Marked, line
from claw.cli.terminal.sanitize import clean_line, reveal, reveal_line
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.verdicts import why
from claw.events.permission import Effect, PermissionAsked, Scope


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer. `explained`: the person adds a reason for the model; `network`: the call may use the network."""

    key: str
    label: str
    allowed: bool
    scope: Scope = "once"
    explained: bool = False
    network: bool = False


def choices(question: PermissionAsked, settings: str) -> list[Choice]:
    """The answers to choose from; `settings` is the file that "always" writes to."""
    offered = [Choice("1", "Yes, this once", True)]
    if question.network:
        offered.append(Choice("n", "Yes, this once, with access to the network", True, network=True))
    if question.suggestion:
        rule = reveal_line(question.suggestion)
        offered += [
            Choice("2", f"Yes, and for the rest of this session: {rule}", True, "session"),
            Choice("3", f"Yes, always: {rule} (saved in {_short(settings)})", True, "always"),
        ]
    return [*offered, Choice("4", "No", False), Choice("5", "No, and tell claw why", False, explained=True)]


def details(question: PermissionAsked) -> list[Text]:
    """All that the call would do, in lines."""
    diff = changes(question.name, question.arguments)
    if diff:
        return diff
    command = question.arguments.get("command")
    if isinstance(command, str):
        return [line(reveal(text)) for text in command.strip("\n").split("\n")]
    return []


def segments(question: PermissionAsked) -> list[Text]:
    """The commands of a command line with the verdict on each, in lines; none where there is only one.

    Each once, and those first that are not allowed: where there is room for a few only, they are what is asked about.
    """
    if len(question.segments) < 2:
        return []
    told = sorted(dict.fromkeys(question.segments), key=lambda one: one.verdict == "allow")
    return [
        line(
            f"{_SIGNS[one.verdict]} {reveal_line(one.text)}  ({reveal_line(why(one) or one.verdict)})",
            _STYLES[one.verdict],
        )
        for one in told
    ]


_SIGNS: dict[Effect, str] = {"allow": "+", "ask": "?", "deny": "x"}
_STYLES: dict[Effect, str] = {"allow": "dim", "ask": "yellow", "deny": "red"}


def panel(
    question: PermissionAsked, offered: list[Choice], selected: int, room: int, glyphs: Glyphs, hint: str
) -> RenderableType:
    """The question with its answers, in about `room` lines; `hint` says how to answer."""
    shown = details(question)
    title = headline(question.name, question.arguments)
    parts: list[RenderableType] = [line(f"May claw do this?  {title}", "bold yellow")]
    most = max(1, room - len(offered) - 4)
    judged = segments(question)
    if not _says_all(title, shown):
        parts.append(Marked("  ", Group(*_shortened(shown, max(1, most - len(judged)), glyphs))))
    if judged:
        parts.append(Marked("  ", Group(*_shortened(judged, max(1, most // 2), glyphs))))
    part = reveal_line(question.part)
    told = judged and any(segment.reason == question.reason for segment in question.segments)
    because = [] if told else [*([part] if part and part not in title else []), reveal_line(question.reason)]
    if any(because):
        parts.append(Marked(" ", line(": ".join(text for text in because if text), "dim")))
    for number, choice in enumerate(offered):
        mark, style = (glyphs.chosen, "bold cyan") if number == selected else (" ", "")
        parts.append(line(f"{mark} {choice.key} {choice.label}", style))
    parts.append(line(f"  {hint}", "dim"))
    return Group(*parts)


def _says_all(title: str, shown: list[Text]) -> bool:
    """Whether the details would only repeat the title."""
    return all(text.plain in title for text in shown) and len(shown) <= 1


def _shortened(parts: list[Text], most: int, glyphs: Glyphs) -> list[Text]:
    if len(parts) <= most:
        return parts
    return [*parts[:most], line(f"{glyphs.ellipsis} {len(parts) - most} more lines, all of them above", "dim")]


def _short(path: str) -> str:
    home = os.path.expanduser("~")
    return clean_line("~" + path[len(home) :] if path.startswith(home + os.sep) else path)
