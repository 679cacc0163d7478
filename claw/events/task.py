"""The list of what an agent has to do: what is in it, and what has changed in it."""

from typing import Any, Literal, TypeAlias

import msgspec

from claw.events.base import Derived

TaskStatus: TypeAlias = Literal["pending", "in_progress", "completed"]


class Task(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to do. `subject` says what in a line, `active_form` the same while it is being done, as in `Running
    tests`. `owner` is whoever does it, in the model's words. `blocked_by` has the ids of tasks that come before it.
    `metadata` is whatever else the model keeps with it, by key.
    """

    id: str
    subject: str
    status: TaskStatus = "pending"
    description: str = ""
    active_form: str = ""
    owner: str = ""
    blocked_by: tuple[str, ...] = ()
    metadata: dict[str, Any] = {}


class TaskUpdated(Derived, frozen=True, kw_only=True, tag="task.updated"):
    """The agent's list has changed: these tasks are new, or other than before. `whole`: no others are in it, and this
    is their order; else those that are new stand at its end. `removed` are ids. `call` is the call that changed it.
    """

    call: int
    tasks: tuple[Task, ...] = ()
    removed: tuple[str, ...] = ()
    whole: bool = False
