"""The answer of a run as data: given by a call, which ends the turn; demanded where the model would end without it."""

from __future__ import annotations

from claw.decide.addressed import Addressed, completed
from claw.events.base import Event
from claw.events.output import OutputDelivered, OutputDemanded
from claw.events.results import texts
from claw.events.session import TurnFinished
from claw.events.tool import ToolStarted
from claw.projections.state import Agent, State
from claw.projections.turn import ToolCall

MOST_DEMANDS = 5
"""How often a model is told to give the answer, until the turn ends without it."""


def deliver(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """The call's arguments, which fit their schema, are the answer."""
    delivered = Addressed(agent.id, OutputDelivered(request=call.request))
    return [delivered, completed(agent.id, call.key, texts("The answer has been taken."))]


def demand(state: State, agent: Agent) -> list[Event]:
    """What comes before the end of a turn that still owes the answer, or instead of it; empty: it owes none."""
    tool = next((tool for tool in state.tools_of(agent) if tool.traits.effect == "deliver"), None)
    if tool is None or agent.delivery.is_done:
        return []
    if agent.delivery.demanded >= MOST_DEMANDS:
        message = f"The model was told {MOST_DEMANDS} times to give its answer by {tool.name}, and did not."
        return [TurnFinished(reason="failed", failure="structured_output", message=message)]
    return [OutputDemanded(text=f"Give your final answer by a call of {tool.name}; nothing else is read.")]
