"""TaskOutput and TaskStop: a look at whatever runs in the background, commands and agents, and its end; Sleep."""

from typing import Annotated

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Declared

_DAY = 86_400

OUTPUT_DESCRIPTION = """\
Look at what runs in the background, a command or an agent: how it is, and what it said (of a command: since the last \
look).
- `task_id` is the id that you were told when it began: `bash_2` of a command, `3` of an agent.
- It waits until the command or the agent has ended, at most `timeout` ms (30000 if not given). With `block: false` it \
tells at once."""
STOP_DESCRIPTION = """\
End what runs in the background, a command with everything that it started, or an agent with all that it has started. \
`task_id` is the id that you were told when it began."""
SLEEP_DESCRIPTION = f"""\
Wait, for `seconds` or until a time (ISO 8601 with its offset from UTC), at most {_DAY // 3600} hours.
- The wait ends early when the user says something or interrupts; with `wake_on_background` also when a command or an \
agent of yours ends in the background.
- Use it rather than `sleep` in Bash: it holds no process. To wait for one command or agent use TaskOutput, for a \
line of a command Monitor."""

_TaskId = Annotated[str, Meta(min_length=1, description="Id of the command or the agent")]


class TaskOutputArguments(Arguments, frozen=True):
    task_id: _TaskId
    block: Annotated[bool, Meta(description="Wait until it has ended")] = True
    timeout: Annotated[int, Meta(gt=0, le=600_000, description="Milliseconds to wait at most")] | None = None


class TaskOutput(Declared):
    spec = ToolSpec(
        name="TaskOutput",
        description=OUTPUT_DESCRIPTION,
        schema=schema_of(TaskOutputArguments),
        traits=Traits(footprint="none", performer="decide", effect="show_running", shown=Shown(line="task_id")),
    )
    arguments: type[Arguments] | None = TaskOutputArguments


class TaskStopArguments(Arguments, frozen=True):
    task_id: _TaskId


class TaskStop(Declared):
    # It ends what another call was allowed to begin, and changes nothing else.
    spec = ToolSpec(
        name="TaskStop",
        description=STOP_DESCRIPTION,
        schema=schema_of(TaskStopArguments),
        traits=Traits(footprint="none", performer="decide", effect="stop_running", shown=Shown(line="task_id")),
    )
    arguments: type[Arguments] | None = TaskStopArguments


class SleepArguments(Arguments, frozen=True):
    seconds: Annotated[float, Meta(gt=0, le=_DAY, description="Seconds to wait")] | None = None
    until: Annotated[str, Meta(description="Time to wait for, as 2026-05-01T09:30:00+02:00")] | None = None
    wake_on_background: Annotated[
        bool, Meta(description="Wake when a command or an agent of yours ends in the background")
    ] = False


class Sleep(Declared):
    spec = ToolSpec(
        name="Sleep",
        description=SLEEP_DESCRIPTION,
        schema=schema_of(SleepArguments),
        traits=Traits(
            footprint="none",
            performer="decide",
            effect="sleep",
            shown=Shown(line="seconds"),
        ),
    )
    arguments: type[Arguments] | None = SleepArguments
