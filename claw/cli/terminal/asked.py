"""What the model asks the person, and the plan that it proposes, as they are shown, and what each answer means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec.structs import replace
from rich.console import Group, RenderableType

from claw.cli.sanitize import reveal_line
from claw.cli.terminal.inquiry import Answer, Choice, Subject
from claw.cli.terminal.layout import Marked, line
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.styles import QUESTION, SAID, STRONG
from claw.events.permission import Mode
from claw.events.question import Choices, Question, UserMessaged
from claw.late import load

Meaning: TypeAlias = int | Literal["done", "other", "none"]
"""An option by its place; those that are marked; own words; no answer at all."""

Word: TypeAlias = Mode | Literal["edit", "no"]
"""What is said to a plan: the mode that follows it, or that it is to be changed, by the person or by the model."""

_AFTER: dict[Mode, str] = {
    "acceptEdits": "Yes, and edit files without asking",
    "default": "Yes, and ask before files are edited",
}


# --- questions -------------------------------------------------------------------------------------------------------


def subject(question: Question, number: int, count: int) -> Subject:
    """One of the questions of a call: the `number`-th of `count`."""
    header = reveal_line(question.header or "")
    place = f"{number} of {count}" if count > 1 else ""
    about = ", ".join(filter(None, (header, place)))
    title = f"claw asks{f' ({about})' if about else ''}: {reveal_line(question.question)}"
    return Subject(title=line(title, QUESTION), way_out="Esc interrupts")


def choices(question: Question) -> list[Choice[Meaning]]:
    """The options, numbered, and behind them what a person can always say."""
    several = bool(question.several)
    offered: list[Choice[Meaning]] = []
    for place, option in enumerate(question.options):
        label = reveal_line(option.label)
        said = f"{label} - {reveal_line(option.description)}" if option.description else label
        offered.append(Choice("", said, place, brief=label, marks=several))
    if several:
        offered.append(Choice("", "These", "done"))
    offered.append(Choice("", "Another answer, in my own words", "other", explained=True, asks="answer"))
    offered.append(Choice("", "No answer", "none"))
    return [replace(choice, key=str(number)) for number, choice in enumerate(offered, start=1)]


def said(question: Question, answer: Answer[Meaning]) -> Choices | None:
    """What this answers; None: nothing yet, since nothing was chosen and nothing was written."""
    places = (answer.meaning,) if isinstance(answer.meaning, int) else answer.marked
    chosen = tuple(question.options[place].label for place in places if isinstance(place, int))
    return Choices(chosen=chosen, words=answer.reason) if chosen or answer.reason else None


# --- plans -----------------------------------------------------------------------------------------------------------


def plan_shown(plan: str, glyphs: Glyphs, title: str = "Plan") -> RenderableType:
    """A plan in full."""
    prose: RenderableType = load("claw.cli.terminal.markdown", "Prose")(plan)
    return Marked(glyphs.bullet, Group(line(title, STRONG), prose), SAID)


def plan_subject() -> Subject:
    """What is asked about a plan, which stands above."""
    return Subject(title=line("Carry out this plan?", QUESTION), way_out="Esc interrupts")


def plan_choices(plan: str, modes: Sequence[Mode]) -> list[Choice[Word]]:
    """What can be said to it; `modes` are those that may follow."""
    offered: list[Choice[Word]] = [Choice("", _AFTER[mode], mode) for mode in modes if mode in _AFTER]
    offered.append(Choice("", "Change the plan first", "edit", explained=True, asks="plan", filled=plan))
    offered.append(Choice("", "No, keep planning", "no", explained=True, asks="what to change", also="n"))
    return [replace(choice, key=str(number)) for number, choice in enumerate(offered, start=1)]


# --- messages --------------------------------------------------------------------------------------------------------


def message_shown(message: UserMessaged, agent: int, glyphs: Glyphs) -> RenderableType:
    """What the model wants the person to see at once; one of another agent's has its name above it."""
    prose: RenderableType = load("claw.cli.terminal.markdown", "Prose")(message.text)
    if not message.agent:
        return Marked(glyphs.bullet, prose, SAID)
    whose = line(f"agent {agent} ({reveal_line(message.agent)}) says", STRONG)
    return Marked(glyphs.bullet, Group(whose, prose), SAID)
