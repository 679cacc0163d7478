"""Which calls of a reply may begin now.

Calls that change nothing on this machine run together; one that may waits for all before it, and all after wait for it.
"""

from __future__ import annotations

from claw.events.base import Event
from claw.events.tool import ResolveRequested, ToolRequested
from claw.events.tools import Footprint
from claw.projections.state import Agent
from claw.projections.turn import ToolCall

TOGETHER: tuple[Footprint, ...] = ("read", "network", "none")
"""The footprints of calls that may run at the same time."""


def begin(agent: Agent) -> list[Event]:
    """A `tool.resolve_requested` for each call whose turn has come."""
    calls = agent.conversation.calls
    return [
        ResolveRequested(
            request=call.request, name=call.name, arguments=call.arguments, workspace=agent.origin.workspace
        )
        for position, call in enumerate(calls)
        if call.stage == "wanted" and call.request >= 0 and _may_begin(agent, call, calls[:position])
    ]


def begin_one(agent: Agent, requested: ToolRequested) -> list[Event]:
    """The same for the call that has just been requested; those after it are not in the state yet."""
    call = agent.conversation.calls[requested.index]
    return [event for event in begin(agent) if isinstance(event, ResolveRequested) and event.request == call.request]


def _may_begin(agent: Agent, call: ToolCall, before: tuple[ToolCall, ...]) -> bool:
    unfinished = [other for other in before if other.result is None or agent.hooks.waiting_for(other.request)]
    if call.traits.footprint in TOGETHER:
        return all(other.traits.footprint in TOGETHER for other in unfinished)
    return not unfinished
