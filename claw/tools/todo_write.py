"""TodoWrite: the list of what is to be done, whole. What follows from it are events alone."""

from typing import Annotated

from msgspec import Meta

from claw.events.task import TaskStatus
from claw.events.tools import ToolSpec, Traits
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Declared

DESCRIPTION = """\
Write the list of what is to be done; it replaces the one before. The user sees it, and it outlives summaries of this \
conversation.
- Use it for work of three steps or more, or when the user names several things. Not for one simple step, and not for \
questions.
- Each item has `content` (what is to be done: "Run the tests"), `activeForm` (the same while it is being done: \
"Running the tests") and `status`.
- Let exactly one be `in_progress`: mark it before you begin, and `completed` as soon as it is done.
- Only what is really done is `completed`. Where something is in the way, leave it and add what has to be done first.
- Take out what is no longer needed, and add what turns up."""


class Todo(Arguments, frozen=True):
    content: Annotated[str, Meta(min_length=1, description="What is to be done")]
    status: Annotated[TaskStatus, Meta(description="Where it stands")]
    activeForm: Annotated[str, Meta(description="The same while it is being done")] = ""


class TodoWriteArguments(Arguments, frozen=True):
    todos: Annotated[tuple[Todo, ...], Meta(description="The whole list")]


class TodoWrite(Declared):
    spec = ToolSpec(
        name="TodoWrite",
        description=DESCRIPTION,
        schema=schema_of(TodoWriteArguments),
        traits=Traits(footprint="none", performer="decide", effect="write_tasks"),
    )
    arguments: type[Arguments] | None = TodoWriteArguments
