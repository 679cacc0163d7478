"""The list of what an agent has to do: what a call makes of it, and what the model is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from claw.decide.addressed import Addressed, completed, not_done
from claw.events.results import texts
from claw.events.task import Task, TaskUpdated
from claw.events.tool import ToolStarted
from claw.events.tools import Effect
from claw.projections.state import Agent, State
from claw.projections.tasks import Tasks, updated
from claw.projections.turn import ToolCall

MOST = 500
"""Tasks of one list."""
EMPTY = "The list is empty."

_SIGNS = {"pending": " ", "in_progress": "~", "completed": "x"}


def completing(agent: Agent, effect: Effect, arguments: dict[str, Any]) -> list[Task]:
    """The tasks that a call with this effect would complete, as they would be then."""
    if effect == "change_task":
        task = agent.tasks.find(arguments["taskId"])
        done = task is not None and task.status != "completed" and arguments.get("status") == "completed"
        return [_given(task, arguments)] if task is not None and done else []
    known = {task.subject: task for task in agent.tasks.listed}
    done_now = [todo["content"] for todo in arguments["todos"] if todo["status"] == "completed"]
    found = (known.get(subject) or Task(id="", subject=subject) for subject in done_now)
    return [task for task in found if task.status != "completed"]


def write(state: State, agent: Agent, call: ToolCall, event: ToolStarted | ToolCall) -> list[Addressed]:
    """The list is another one; what has the same words keeps its id."""
    wanted = event.arguments["todos"]
    if len(wanted) > MOST:
        return [not_done(agent.id, call.key, f"The list would have {len(wanted)} tasks; it may have {MOST}.")]
    kept = {task.subject: task for task in agent.tasks.listed}
    listed, last = [], agent.tasks.last
    for todo in wanted:
        before = kept.pop(todo["content"], None)
        if before is None:
            last += 1
            before = Task(id=str(last), subject=todo["content"])
        listed.append(replace(before, status=todo["status"], active_form=todo.get("activeForm") or ""))
    return _changed(agent, call, TaskUpdated(call=call.key, tasks=tuple(listed), whole=True), _counted)


def add(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """A task more."""
    if len(agent.tasks.listed) >= MOST:
        return [not_done(agent.id, call.key, f"The list has {MOST} tasks, and may have no more.")]
    given = event.arguments
    task = Task(
        id=str(agent.tasks.last + 1),
        subject=given["subject"],
        description=given.get("description") or "",
        active_form=given.get("activeForm") or "",
        metadata=_merged({}, given),
    )
    update = TaskUpdated(call=call.key, tasks=(task,))
    return _changed(agent, call, update, lambda _: f"Task {task.id} is in the list: {task.subject}")


def change(state: State, agent: Agent, call: ToolCall, event: ToolStarted | ToolCall) -> list[Addressed]:
    """A task is in another state, has other words, comes before or after others, or is gone."""
    given = event.arguments
    task = agent.tasks.find(given["taskId"])
    if task is None:
        return [_unknown(agent, call, [given["taskId"]])]
    if given.get("status") == "deleted":
        update = TaskUpdated(call=call.key, tasks=_without(agent.tasks, task.id), removed=(task.id,))
        return _changed(agent, call, update, lambda _: f"Task {task.id} is gone from the list.")
    before, behind = given.get("addBlockedBy") or [], given.get("addBlocks") or []
    unknown = [id for id in (*before, *behind) if agent.tasks.find(id) is None]
    if unknown:
        return [_unknown(agent, call, unknown)]
    tasks = {task.id: _given(task, given)}
    for first, then in [*((id, task.id) for id in before), *((task.id, id) for id in behind)]:
        later = tasks.get(then) or agent.tasks.find(then)
        assert later is not None, "each of them is in the list"
        tasks[then] = replace(later, blocked_by=tuple(dict.fromkeys((*later.blocked_by, first))))
    listed = {one.id: one for one in agent.tasks.listed} | tasks
    if any(_comes_before_itself(listed, id) for id in tasks):
        return [not_done(agent.id, call.key, "Nothing has changed: a task would have to come before itself.")]
    changed = tuple(one for one in tasks.values() if one != agent.tasks.find(one.id))
    if not changed:
        return [completed(agent.id, call.key, texts(_line(agent.tasks, task)))]
    update = TaskUpdated(call=call.key, tasks=changed)
    return _changed(agent, call, update, lambda after: _line(after, tasks[task.id]))


def look(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """All that is known of a task."""
    task = agent.tasks.find(event.arguments["taskId"])
    if task is None:
        return [_unknown(agent, call, [event.arguments["taskId"]])]
    blocks = [other.id for other in agent.tasks.listed if task.id in other.blocked_by]
    lines = [_line(agent.tasks, task), task.description, f"It comes before {', '.join(blocks)}." if blocks else ""]
    lines += [f"metadata: {msgspec.json.encode(task.metadata, order='sorted').decode()}"] if task.metadata else []
    return [completed(agent.id, call.key, texts("\n".join(filter(None, lines))))]


def overlook(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """The whole list."""
    told = in_lines(agent.tasks) or EMPTY
    return [completed(agent.id, call.key, texts(told))]


def in_lines(tasks: Tasks) -> str:
    """The list as a model is told it, a task a line; empty where there is none."""
    return "\n".join(_line(tasks, task) for task in tasks.listed)


def _line(tasks: Tasks, task: Task) -> str:
    notes = [f"by {task.owner}"] if task.owner else []
    blocking = tasks.blocking(task)
    notes += [f"after {', '.join(blocking)}"] if blocking else []
    return f"{task.id}. [{_SIGNS[task.status]}] {task.subject}" + (f" ({'; '.join(notes)})" if notes else "")


def _counted(tasks: Tasks) -> str:
    """How many there are, and what to mind."""
    done, running, left = tasks.count("completed"), tasks.count("in_progress"), tasks.count("pending")
    if not tasks.listed:
        return EMPTY
    listed = "1 task is" if len(tasks.listed) == 1 else f"{len(tasks.listed)} tasks are"
    told = f"{listed} listed: {done} completed, {running} in progress, {left} pending."
    if running > 1:
        return f"{told} Let one at a time be in progress."
    return f"{told} None is in progress." if left and not running else told


def _given(task: Task, given: dict[str, Any]) -> Task:
    names = {
        "subject": "subject",
        "description": "description",
        "activeForm": "active_form",
        "owner": "owner",
        "status": "status",
    }
    words = {own: given[name] for name, own in names.items() if given.get(name) is not None}
    return replace(task, **words, metadata=_merged(task.metadata, given))


def _merged(known: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """What is kept with a task once a call has given more of it: a key with null is one that goes."""
    merged = known | (given.get("metadata") or {})
    return {key: value for key, value in merged.items() if value is not None}


def _without(tasks: Tasks, id: str) -> tuple[Task, ...]:
    """Those that came behind the task of this id, and do no more."""
    behind = (task for task in tasks.listed if id in task.blocked_by)
    return tuple(replace(task, blocked_by=tuple(one for one in task.blocked_by if one != id)) for task in behind)


def _comes_before_itself(listed: dict[str, Task], id: str) -> bool:
    seen: set[str] = set()
    waiting = list(listed[id].blocked_by)
    while waiting:
        one = waiting.pop()
        if one == id:
            return True
        if one not in seen and one in listed:
            seen.add(one)
            waiting += listed[one].blocked_by
    return False


def _unknown(agent: Agent, call: ToolCall, ids: Iterable[str]) -> Addressed:
    known = ", ".join(task.id for task in agent.tasks.listed)
    return not_done(
        agent.id, call.key, f"There is no task {', '.join(ids)}. " + (f"Tasks: {known}." if known else EMPTY)
    )


def _changed(agent: Agent, call: ToolCall, update: TaskUpdated, told: Callable[[Tasks], str]) -> list[Addressed]:
    """The change, and the result of the call: what is said of the list as it is then."""
    after = updated(agent.tasks, update)
    return [Addressed(agent.id, update), completed(agent.id, call.key, texts(told(after)))]
