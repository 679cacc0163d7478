"""A limit that is reached, as a person is asked about it, and by how much it may be raised."""

from __future__ import annotations

from claw.cli.sanitize import reveal_line
from claw.cli.terminal import amounts
from claw.cli.terminal.inquiry import Choice, Subject
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUESTION, QUIET
from claw.events.control import LimitAsked

LOOPS = 10
"""How often the same call may come again where the person lets it go on."""

_WHAT = {
    "turns": "calls of the model for one prompt",
    "money": "money for this run",
    "tokens": "tokens for this run",
    "time": "time for one prompt",
}


def subject(question: LimitAsked) -> Subject:
    """What is asked about."""
    if question.what == "loop":
        title = f"The model made the same call ({reveal_line(question.name)}) {question.used} times in a row. Go on?"
        because = "The result was the same each time, and the model was told so."
    else:
        title = f"The limit is reached: {amount(question.what, question.limit)} of {_WHAT[question.what]}. Go on?"
        because = f"used: {amount(question.what, question.used)}; /budget sets limits"
    return Subject(title=line(title, QUESTION), because=line(because, QUIET), way_out="Esc interrupts")


def choices(question: LimitAsked) -> list[Choice[int]]:
    """What may be answered, and how much more that is."""
    if question.what == "loop":
        return [
            Choice("1", f"Yes, up to {LOOPS} times more", LOOPS, also="y"),
            Choice("2", "No, stop here", 0, also="n"),
        ]
    more = [question.limit, 10 * question.limit]
    yes = [
        Choice(str(key), f"Yes, with {amount(question.what, by)} more", by, also="y" if key == 1 else "")
        for key, by in enumerate(more, start=1)
    ]
    return [*yes, Choice("3", "No, stop here", 0, also="n")]


def amount(what: str, number: int) -> str:
    """In the unit of what is limited."""
    match what:
        case "money":
            return amounts.money(number)
        case "time":
            return amounts.elapsed(number / 1_000)
        case "tokens":
            return amounts.tokens(number)
    return str(number)
