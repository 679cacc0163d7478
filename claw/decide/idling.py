"""Hooks that are told that the person has said nothing for a while since a turn is over."""

from __future__ import annotations

from claw.decide import hooks
from claw.events.base import Event
from claw.events.control import CancelRequested, TimerFired, TimerSet
from claw.projections.state import Agent, State

KIND = "idle_prompt"


def begin(state: State, agent: Agent) -> list[Event]:
    """The timer, behind a turn of the main agent's; empty: no hook wants to be told, or nobody is there."""
    silence = state.session.settings.idle_ms
    if not silence or agent.pending.idles or agent.conversation.inputs:
        return []
    return [TimerSet(delay_ms=silence, purpose="idle")]


def end(agent: Agent) -> list[Event]:
    """The person has said something."""
    idle = agent.pending.idle
    return [CancelRequested(call=idle)] if idle is not None and agent.pending.idles else []


def over(state: State, agent: Agent, event: TimerFired) -> list[Event]:
    """Those to tell, unless something has begun meanwhile."""
    if event.cancelled or agent.turn.is_open:
        return []
    fields = {"message": "claw is waiting for your input", "notification_type": KIND}
    return hooks.due(state, agent, "Notification", fields, names=(KIND,))
