"""The model makes the same calls and gets the same results, again and again: it is told so, and then the person is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from claw.decide.behaviour import number
from claw.events.base import Event
from claw.events.content import ToolResultBlock, ToolUseBlock
from claw.events.control import LimitAsked, LoopNoticed
from claw.events.session import TurnFinished
from claw.projections.entries import Entry
from claw.projections.state import MAIN, Agent, State

MOST = 3
"""The same calls with the same results in a row of which the model is told."""


def due(state: State, agent: Agent) -> list[Event]:
    """What comes before the next request because of a loop; empty: there is none. Who waits for something that runs in
    the background may look as often as it likes, and who is told something by the person has news.
    """
    conversation = agent.conversation
    if number(state, "limits") < 2 or conversation.shells or conversation.inputs or state.children_of(agent):
        return []
    count, first, name = repeated(conversation.entries)
    if count < MOST:
        return []
    if agent.budget.loop != first:
        return [LoopNoticed(first=first, count=count, text=_told(name, count))]
    if count < agent.budget.loop_most:
        return []
    if agent.id != MAIN:
        return end(agent)
    return [LimitAsked(what="loop", limit=MOST, used=count, name=name)]


def end(agent: Agent) -> list[Event]:
    """The turn's end, because nobody wants the loop to go on."""
    count, _, name = repeated(agent.conversation.entries)
    said = f"The model made the same call ({name}) with the same result {count} times in a row, though it was told so."
    return [TurnFinished(reason="loop", message=said)]


def _told(name: str, count: int) -> str:
    return (
        f"You have made the same call ({name}) {count} times in a row, and its result was the same each time. Making "
        "it again will not change that. Do something else, or say what keeps you from going on."
    )


def repeated(entries: Sequence[Entry]) -> tuple[int, int, str]:
    """How often in a row the last replies made the same calls with the same results, the seq of the first of these
    replies, and the name of the first call. What claw says in between does not count.
    """
    count, first, name, known = 0, -1, "", None
    place = len(entries) - 1
    while place > 0:
        results, reply = entries[place], entries[place - 1]
        if results.about is not None and not results.holds_results:
            place -= 1
            continue
        said = _said(reply, results)
        if not said or (known is not None and said != known):
            break
        count, first, name, known = count + 1, reply.seq, said[0][0], said
        place -= 2
    return count, first, name


def _said(reply: Entry, results: Entry) -> tuple[Any, ...]:
    """The calls of a reply, each with its result; empty where it has none."""
    calls = [block for block in reply.blocks if isinstance(block, ToolUseBlock)]
    given = {block.id: block for block in results.blocks if isinstance(block, ToolResultBlock)}
    if not calls or not all(call.id in given for call in calls):
        return ()
    return tuple((call.name, call.arguments, given[call.id].content, given[call.id].is_error) for call in calls)
