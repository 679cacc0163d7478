"""Prompts that are due at times: what calls make of the list, and what follows when one was due or missed."""

from __future__ import annotations

from typing import Any

from claw._native import blake3
from claw.decide.addressed import Addressed, completed, not_done
from claw.events.base import Event
from claw.events.results import texts
from claw.events.schedule import (
    Schedule,
    ScheduleAdded,
    ScheduleFired,
    ScheduleRemoved,
    ScheduleSaved,
    ScheduleSaveRequested,
    SchedulesMissed,
)
from claw.events.tool import ToolStarted
from claw.projections.schedules import MOST, is_last
from claw.projections.state import Agent, State
from claw.projections.turn import ToolCall

LIFE = 7 * 24 * 60 * 60 * 1_000_000_000
"""Nanoseconds after which one that a model has made comes to its last time."""
ASKED = "What outlives this session is always asked about."


def judged(state: State, agent: Agent, call: ToolCall, verdict: dict[str, Any]) -> dict[str, Any]:
    """What policy says of the call, as `evaluate` gives it, or what is stricter: what later sessions do by themselves,
    and do no longer, takes the person's leave, each time.
    """
    outlives = call.traits.effect == "schedule" and call.arguments.get("durable") is True
    gone = call.traits.effect == "unschedule" and _is_personal(state, call.arguments.get("id"))
    if not (outlives or gone) or verdict["verdict"] == "deny":
        return verdict
    mode = state.mode_of(agent)
    stricter = {**verdict, "verdict": "ask", "rule": "", "source": "builtin", "reason": ASKED}
    if mode in ("plan", "dontAsk"):
        stricter |= {"verdict": "deny", "reason": f"{ASKED} In the mode {mode} nobody is."}
    return stricter


def add(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """One more, of the session's or of the user's own."""
    durable = call.arguments.get("durable") is True
    if len(state.schedules.durable if durable else state.schedules.own) >= MOST:
        return [not_done(agent.id, call.key, f"There are {MOST} schedules, which is the most: delete one.")]
    schedule = _wanted(state, call)
    if durable:
        return [Addressed(agent.id, ScheduleSaveRequested(tool_call=call.key, schedule=schedule))]
    added = Addressed(agent.id, ScheduleAdded(call=call.key, schedule=schedule))
    return [added, completed(agent.id, call.key, texts(_told(schedule, durable=False)))]


def remove(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """One less."""
    id = event.arguments["id"]
    if id in state.schedules.own:
        removed = Addressed(agent.id, ScheduleRemoved(id=id, why="deleted"))
        return [removed, completed(agent.id, call.key, texts(f"Schedule {id} is deleted."))]
    if _is_personal(state, id):
        return [Addressed(agent.id, ScheduleSaveRequested(tool_call=call.key, remove=id))]
    return [not_done(agent.id, call.key, f"There is no schedule {id}.")]


def overlook(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """All of them."""
    lines = [_line(planned.schedule, durable=False) for planned in state.schedules.own.values()]
    lines += [_line(schedule, durable=True) for schedule in state.schedules.durable]
    return [completed(agent.id, call.key, texts("\n".join(lines) or "Nothing is scheduled."))]


def saved(state: State, agent: Agent, event: ScheduleSaved) -> list[Addressed]:
    """The call that wanted the user's own log changed has its result."""
    call = agent.conversation.call_of_key(event.tool_call)
    if call is None:
        return []
    if event.error:
        return [not_done(agent.id, call.key, event.error)]
    id = call.arguments.get("id")
    told = f"Schedule {id} is deleted." if id else _told(_wanted(state, call), durable=True)
    return [completed(agent.id, call.key, texts(told))]


def fired(state: State, agent: Agent, event: ScheduleFired) -> list[Event]:
    """The end of one whose last time it was; those of the user's own end in their own log."""
    planned = state.schedules.own.get(event.id)
    if planned is None or event.personal:
        return []
    if not planned.schedule.recurring:
        return [ScheduleRemoved(id=event.id, why="done")]
    return _expired(state, planned.schedule)


def missed(state: State, agent: Agent, event: SchedulesMissed) -> list[Event]:
    """The end of those that have no time more."""
    ends: list[Event] = []
    for one in event.missed:
        if one.personal or one.schedule.id not in state.schedules.own:
            continue
        if one.schedule.recurring:
            ends += _expired(state, one.schedule)
        else:
            ends.append(ScheduleRemoved(id=one.schedule.id, why="missed"))
    return ends


def _is_personal(state: State, id: object) -> bool:
    """Whether it is the id of one of the user's own, and of none of the session's."""
    return id not in state.schedules.own and any(schedule.id == id for schedule in state.schedules.durable)


def _wanted(state: State, call: ToolCall) -> Schedule:
    """What the call wants scheduled."""
    given = call.arguments
    recurring = given.get("recurring") is not False
    return Schedule(
        id=blake3(f"{state.session.id}:{call.request}".encode())[:8],
        cron=" ".join(given["cron"].split()),
        prompt=given["prompt"],
        recurring=recurring,
        created=state.now,
        until=state.now + LIFE if recurring else 0,
    )


def _expired(state: State, schedule: Schedule) -> list[Event]:
    return [ScheduleRemoved(id=schedule.id, why="expired")] if is_last(schedule, state.now) else []


def _told(schedule: Schedule, *, durable: bool) -> str:
    if not schedule.recurring:
        return f"Scheduled once: {_line(schedule, durable=durable)}"
    days = LIFE // (24 * 60 * 60 * 1_000_000_000)
    return f"Scheduled: {_line(schedule, durable=durable)}\nIt ends by itself after {days} days: tell the user."


def _line(schedule: Schedule, *, durable: bool) -> str:
    how = "each time" if schedule.recurring else "once"
    where = "in any session in this folder" if durable else "in this session alone"
    prompt = " ".join(schedule.prompt.split())
    return f"{schedule.id}: {schedule.cron} ({how}, {where}): {prompt if len(prompt) <= 80 else prompt[:79] + '…'}"
