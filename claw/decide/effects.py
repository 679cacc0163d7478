"""What follows from a call that no handler performs: one function an effect."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from claw.decide import (
    agents,
    configuring,
    delivery,
    plans,
    questions,
    remembering,
    schedules,
    searching,
    skills,
    tasks,
    waiting,
)
from claw.decide.addressed import Addressed, completed
from claw.events.results import texts
from claw.events.tool import ToolStarted
from claw.events.tools import Effect
from claw.projections.state import Agent, State
from claw.projections.turn import ToolCall

Derive: TypeAlias = Callable[[State, Agent, ToolCall, ToolStarted], list[Addressed]]


def perform(state: State, agent: Agent, event: ToolStarted) -> list[Addressed]:
    """The events of a call that has begun; none where a handler performs it."""
    call = agent.conversation.call_of_request(event.request)
    if call is None or event.traits.performer != "decide":
        return []
    return _EFFECTS[event.traits.effect](state, agent, call, event)


def _nothing(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    return [completed(agent.id, call.key, texts("Done."))]


_EFFECTS: dict[Effect, Derive] = {
    "none": _nothing,
    "spawn": agents.spawn,
    "look": agents.look,
    "message": agents.message,
    "stop": agents.stop,
    "search": searching.search,
    "ask": questions.ask,
    "enter_plan": plans.enter,
    "propose_plan": plans.propose,
    "configure": configuring.configure,
    "tell_user": questions.tell,
    "write_tasks": tasks.write,
    "add_task": tasks.add,
    "change_task": tasks.change,
    "show_task": tasks.look,
    "show_tasks": tasks.overlook,
    "deliver": delivery.deliver,
    "sleep": waiting.sleep,
    "show_running": waiting.look,
    "stop_running": waiting.stop,
    "schedule": schedules.add,
    "unschedule": schedules.remove,
    "show_schedules": schedules.overlook,
    "skill": skills.use,
    "remember": remembering.remember,
}
