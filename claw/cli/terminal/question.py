"""A permission question as a person sees it, and what each answer means."""

from __future__ import annotations

import os
from collections.abc import Callable

from msgspec.structs import replace
from rich.text import Text

from claw.cli.sanitize import clean_line, reveal, reveal_line
from claw.cli.terminal.calls import headline
from claw.cli.terminal.diff import changes
from claw.cli.terminal.inquiry import Answer, Choice, Subject
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import ERROR, QUESTION, QUIET, WARNING
from claw.cli.terminal.verdicts import why
from claw.events.permission import Effect, PermissionAsked, Scope
from claw.handlers.permission import Reply
from claw.projections.state import MAIN

_SCOPES: dict[Scope, tuple[str, str]] = {
    "session": ("Yes, and for the rest of this session", "Yes, this session"),
    "always": ("Yes, always", "Yes, always"),
}


def choices(question: PermissionAsked, *, others: bool) -> list[Choice[Reply]]:
    """The answers to choose from, numbered as they stand, narrower ones first; `others`: the main agent's reply has
    other calls.
    """
    offered = [Choice("", "Yes, this once", Reply(allowed=True), also="y")]
    if question.network:
        offered.append(Choice("", "Yes, this once, with access to the network", Reply(allowed=True, network=True)))
    rules = (question.suggestion, *question.wider) if question.suggestion else ()
    for scope, (words, brief) in _SCOPES.items():
        for rule in rules:
            shown = reveal_line(rule)
            label = f"{words}: {shown}{_meaning(rule, question)}"
            offered.append(Choice("", label, Reply(allowed=True, scope=scope, rule=rule), brief=f"{brief}: {shown}"))
    offered.append(Choice("", "No", Reply(allowed=False), also="n"))
    if others or question.agent:
        label = "No, and stop this agent" if question.agent else "No, and stop the other calls too"
        offered.append(Choice("", label, Reply(allowed=False, halt=True)))
    offered.append(Choice("", "No, and tell claw why", Reply(allowed=False), explained=True))
    return [replace(choice, key=str(number)) for number, choice in enumerate(offered, start=1)]


def subject(
    question: PermissionAsked, settings: str, printed: Callable[[], None] = lambda: None, *, asker: int = MAIN
) -> Subject:
    """What is asked about; `settings` is the file that "always" writes to, `asker` the agent that wants the call."""
    title = headline(question.name, question.arguments, question.traits.shown)
    shown = details(question)
    judged = segments(question)
    part = reveal_line(question.part)
    told = judged and any(segment.reason == question.reason for segment in question.segments)
    seen = not part or part in title or part == reveal_line(_command(question).strip())
    because = [] if told else [*([] if seen else [part]), reveal_line(question.reason)]
    reason = ": ".join(text for text in because if text)
    saved = f"  {_NOTE_ALWAYS} {_short(settings)}." if question.suggestion else ""
    return Subject(
        title=line(f"May {_who(question, asker)} do this?  {title}", QUESTION),
        details=[] if _says_all(title, shown) else shown,
        judged=judged,
        because=line(reason, QUIET) if reason else None,
        notes=[line(saved, QUIET)] if saved else [],
        way_out="Esc interrupts",
        printed=printed,
    )


def _who(question: PermissionAsked, asker: int) -> str:
    return f"agent {asker} ({reveal_line(question.agent)})" if question.agent else "claw"


_NOTE_ALWAYS = "What is always allowed is saved in"


def _meaning(rule: str, question: PermissionAsked) -> str:
    """What a rule that is wider than the call covers, in words."""
    if rule == question.suggestion:
        return ""
    if question.traits.subject == "command":
        return " - all that begins so"
    return " - all edits in this folder" if question.traits.footprint == "write" else " - all reading in that folder"


def reply(answer: Answer[Reply]) -> Reply:
    """What is answered, with the reason that was typed."""
    return replace(answer.meaning, reason=answer.reason)


def details(question: PermissionAsked) -> list[Text]:
    """All that the call would do, in lines."""
    diff = changes(question.arguments, question.traits.shown)
    if diff:
        return diff
    command = _command(question)
    return [line(reveal(text)) for text in command.strip("\n").split("\n")] if command else []


def _command(question: PermissionAsked) -> str:
    """The command line that would run; empty where the call is about none."""
    traits = question.traits
    command = question.arguments.get(traits.argument) if traits.subject in ("command", "text") else None
    return command if isinstance(command, str) else ""


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
_STYLES: dict[Effect, str] = {"allow": QUIET, "ask": WARNING, "deny": ERROR}


def _says_all(title: str, shown: list[Text]) -> bool:
    """Whether the details would only repeat the title."""
    return all(text.plain in title for text in shown) and len(shown) <= 1


def _short(path: str) -> str:
    home = os.path.expanduser("~")
    return clean_line("~" + path[len(home) :] if path.startswith(home + os.sep) else path)
