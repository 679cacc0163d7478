"""What one agent's event makes another one, or the same, do."""

from __future__ import annotations

from typing import NamedTuple

from claw.events.base import Event
from claw.events.content import ResultBlock
from claw.events.results import texts
from claw.events.tool import ToolCompleted


class Addressed(NamedTuple):
    """A derived event, and the id of the agent whose event it is."""

    agent: int
    event: Event


def completed(agent: int, call: int, content: tuple[ResultBlock, ...], *, is_error: bool = False) -> Addressed:
    """The result of a call that nobody performs."""
    return Addressed(agent, ToolCompleted(call=call, content=content, is_error=is_error))


def not_done(agent: int, call: int, why: str) -> Addressed:
    """The result of such a call where nothing follows from it; `why` is for the model."""
    return completed(agent, call, texts(why), is_error=True)
