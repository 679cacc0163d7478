"""What a summary leaves in the conversation: the summary itself, and what is told beside it whatever it says."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from claw.decide import sizes, tasks
from claw.events.context import Carried, ContextCompacted
from claw.projections.conversation_changes import compacted
from claw.projections.cutting import cut
from claw.projections.entries import Entry
from claw.projections.state import Agent, State
from claw.projections.turn import Compacting

SAID_PERCENT = 10
"""Share of the window that the user's own words may have beside a summary; the last ones come first."""
CUT = "\n\n[The summary ends here: it was as long as a reply may be.]"
TASKS_PERCENT = 5
"""Share of the window that the list of tasks may have."""


def compact(state: State, agent: Agent, running: Compacting, summary: str) -> ContextCompacted:
    """The conversation's end and new beginning, with what the next request would take before and after."""
    conversation = agent.conversation
    position = len(conversation.entries) if running.keep_from is None else conversation.position(running.keep_from)
    stay = {entry.seq for entry in conversation.entries[position:]}
    limit = _share(state, agent, SAID_PERCENT)
    event = ContextCompacted(
        summary=summary,
        keep_from=running.keep_from,
        limit=limit,
        inputs=_fitting([entry for entry in conversation.kept.said if entry.seq not in stay], limit),
        carried=_carried(state, agent),
        before=sizes.request_tokens(state, agent),
    )
    after = compacted(conversation, -1, event)
    return replace(event, after=sizes.request_tokens(state, replace(agent, conversation=after)))


def _fitting(said: Sequence[Entry], room: int) -> tuple[int, ...]:
    """The last of these inputs, then the first, then the others from the last on, as far as there is room for them."""
    taken: Collection[int] = []
    limit = room
    for entry in (*said[-1:], *said[:1], *said[-2:0:-1]):
        size = min(entry.bytes, limit)
        if size <= room:
            room -= size
            taken = [*taken, entry.seq]
    return tuple(entry.seq for entry in said if entry.seq in taken)


def _carried(state: State, agent: Agent) -> Carried:
    listed = agent.tasks.listed
    told = tasks.in_lines(agent.tasks) if any(task.status != "completed" for task in listed) else ""
    text = cut(told, _share(state, agent, TASKS_PERCENT))
    assert isinstance(text, str), "what is inline stays inline"
    kept = agent.conversation.kept
    refused = tuple(f"{call}: {why}" for call, why in kept.refused.items())
    return Carried(tasks=text, edited=kept.edited, refused=refused)


def _share(state: State, agent: Agent, percent: int) -> int:
    """So much of the window, in bytes."""
    return max(sizes.LEAST, state.model_of(agent).window * sizes.BYTES_PER_TOKEN * percent // 100)
