"""When to look at where the session works, and what the model is told once that is otherwise than it knows."""

from __future__ import annotations

from claw import prompt
from claw.decide.behaviour import number
from claw.events.base import Event
from claw.events.environment import EnvironmentRequested, EnvironmentTold
from claw.events.kinds import kind_of
from claw.projections.state import Agent, State
from claw.projections.turn import Ready


def look(state: State, agent: Agent) -> list[Event]:
    """Have all of it looked at, unless that is under way; nothing before behaviour `environment` 2."""
    if number(state, "environment") < 2 or kind_of(EnvironmentRequested) in agent.pending.calls.values():
        return []
    return [EnvironmentRequested()]


def look_again(state: State, agent: Agent) -> list[Event]:
    """At an input that begins a turn: whether it is another day, branch or commit."""
    known = agent.environment.now
    begins = isinstance(agent.turn, Ready) and not agent.turn.asked and agent.origin.parent is None
    if known is None or not begins:
        return []
    git = known.git
    request = EnvironmentRequested(date=known.date, branch=git.branch if git else "", head=git.head if git else "")
    return [request] if look(state, agent) else []


def news(state: State, agent: Agent) -> list[Event]:
    """What the model is told before it is asked; empty: it knows."""
    if number(state, "environment") < 2:
        return []
    known, plan = agent.environment, state.mode_of(agent) == "plan"
    model = prompt.asked(state, agent).name
    told = known.told if known.is_begun else known.now
    told_model = known.told_model if known.is_begun else model
    said = [*prompt.changes(told, known.now)]
    said += [] if told_model == model else [f"You are the model {model} from here on."]
    said += [] if known.plan == plan else [prompt.plan_note(state, agent) if plan else prompt.PLAN_OVER]
    if not said:
        return []
    return [EnvironmentTold(text="\n".join(said), environment=known.now, model=model, plan=plan)]
