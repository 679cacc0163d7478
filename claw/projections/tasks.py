"""What an agent has to do, as it has listed it."""

import msgspec

from claw.events.task import Task, TaskStatus, TaskUpdated
from claw.projections.base import Projection


class Tasks(msgspec.Struct, frozen=True, kw_only=True):
    """In the order of the list. `last` is the highest number that an id has had, so that none is given twice."""

    listed: tuple[Task, ...] = ()
    last: int = 0

    def find(self, id: str) -> Task | None:
        """The task of this id."""
        return next((task for task in self.listed if task.id == id), None)

    def count(self, status: TaskStatus) -> int:
        """How many are in this state."""
        return sum(task.status == status for task in self.listed)

    def blocking(self, task: Task) -> list[str]:
        """Ids of the tasks that come before it and are not done."""
        others = (self.find(id) for id in task.blocked_by)
        return [other.id for other in others if other is not None and other.status != "completed"]


def updated(tasks: Tasks, event: TaskUpdated) -> Tasks:
    """The list after this change."""
    last = max([tasks.last, *(int(task.id) for task in event.tasks)])
    if event.whole:
        return Tasks(listed=event.tasks, last=last)
    by_id = {task.id: task for task in (*tasks.listed, *event.tasks)}
    return Tasks(listed=tuple(task for id, task in by_id.items() if id not in event.removed), last=last)


TASKS = Projection("tasks", Tasks(), {TaskUpdated: lambda tasks, _, event: updated(tasks, event)}, owner="agent")
