"""TaskCreate, TaskUpdate, TaskGet, TaskList: the list of what is to be done, one task at a time."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Declared

CREATE_DESCRIPTION = """\
Put a task into the list of what is to be done, with status `pending`. TodoWrite writes the same list as a whole; use \
this where tasks depend on each other or need a description."""
UPDATE_DESCRIPTION = """\
Change a task of the list: its status (`in_progress` before you begin it, `completed` once it is really done, \
`deleted` to take it out), its words, who does it, and which tasks come before or after it."""

_Id = Annotated[str, Meta(min_length=1, description="Id of the task")]


class TaskCreateArguments(Arguments, frozen=True):
    subject: Annotated[str, Meta(min_length=1, description="What is to be done, in a line")]
    description: Annotated[str, Meta(description="All that whoever does it has to know")] = ""
    activeForm: Annotated[str, Meta(description="The subject while it is being done: Running tests")] = ""
    metadata: Annotated[dict[str, Any], Meta(description="Anything else to keep with the task, by key")] | None = None


class TaskUpdateArguments(Arguments, frozen=True):
    taskId: _Id
    status: (
        Annotated[Literal["pending", "in_progress", "completed", "deleted"], Meta(description="What has become of it")]
        | None
    ) = None
    subject: Annotated[str, Meta(min_length=1, description="What is to be done, in a line")] | None = None
    description: Annotated[str, Meta(description="All that whoever does it has to know")] | None = None
    activeForm: Annotated[str, Meta(description="The subject while it is being done")] | None = None
    owner: Annotated[str, Meta(description="Who does it")] | None = None
    addBlocks: Annotated[tuple[str, ...], Meta(description="Ids of tasks that come after it")] | None = None
    addBlockedBy: Annotated[tuple[str, ...], Meta(description="Ids of tasks that come before it")] | None = None
    metadata: (
        Annotated[
            dict[str, Any], Meta(description="Keys to keep with the task beside those it has; null takes one out")
        ]
        | None
    ) = None


class TaskGetArguments(Arguments, frozen=True):
    taskId: _Id


class TaskListArguments(Arguments, frozen=True):
    pass


class TaskCreate(Declared):
    spec = ToolSpec(
        name="TaskCreate",
        description=CREATE_DESCRIPTION,
        schema=schema_of(TaskCreateArguments),
        traits=Traits(footprint="none", performer="decide", effect="add_task", shown=Shown(line="subject")),
    )
    arguments: type[Arguments] | None = TaskCreateArguments


class TaskUpdate(Declared):
    spec = ToolSpec(
        name="TaskUpdate",
        description=UPDATE_DESCRIPTION,
        schema=schema_of(TaskUpdateArguments),
        traits=Traits(
            footprint="none",
            performer="decide",
            effect="change_task",
            shown=Shown(line="taskId", also={"status": ": ", "subject": ": "}),
        ),
    )
    arguments: type[Arguments] | None = TaskUpdateArguments


class TaskGet(Declared):
    spec = ToolSpec(
        name="TaskGet",
        description="Look at a task of the list: description, state, metadata, and what comes before and after it.",
        schema=schema_of(TaskGetArguments),
        traits=Traits(footprint="none", performer="decide", effect="show_task", shown=Shown(line="taskId")),
    )
    arguments: type[Arguments] | None = TaskGetArguments


class TaskList(Declared):
    spec = ToolSpec(
        name="TaskList",
        description="Look at the list of what is to be done.",
        schema=schema_of(TaskListArguments),
        traits=Traits(footprint="none", performer="decide", effect="show_tasks"),
    )
    arguments: type[Arguments] | None = TaskListArguments
