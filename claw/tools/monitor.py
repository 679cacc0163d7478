"""Monitor: lines of a command as they come, told to the model, or one that is waited for."""

from typing import Annotated

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.late import load
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Act, LateTool
from claw.tools.bash import lookups

TIMEOUT_MS = 300_000
TIMEOUT_LIMIT_MS = 3_600_000

DESCRIPTION = f"""\
Hear of what a command says, line by line.
- With `command` it is started in the background, as by Bash with `run_in_background`, and every line of its output is \
told to you as it comes; between your turns a line begins a turn. You go on at once, and are told when it ends.
- With `task_id` and `pattern` you wait until a command that runs in the background already says a line in which the \
regular expression is found, or until it ends. What it said since the last look counts.
- `timeout_ms` is {TIMEOUT_MS} if not given, at most {TIMEOUT_LIMIT_MS}; when it is over, a `command` is killed. With \
`persistent` it runs until the session ends. TaskStop ends it before.
- Every line costs you a turn: let through only what you act on, as with `grep --line-buffered`, but failures as well \
as success: silence is not success. One that says too many lines is ended. For a single end, use Bash with \
`run_in_background` and TaskOutput."""


class MonitorArguments(Arguments, frozen=True):
    command: Annotated[str, Meta(min_length=1, description="The command line to start")] | None = None
    description: Annotated[str, Meta(description="What is watched, in a few words")] | None = None
    timeout_ms: Annotated[int, Meta(gt=0, description="Milliseconds until it ends")] | None = None
    persistent: Annotated[bool, Meta(description="Without a time limit")] = False
    task_id: Annotated[str, Meta(min_length=1, description="Id of a command that runs in the background")] | None = None
    pattern: Annotated[str, Meta(min_length=1, description="Regular expression of the line to wait for")] | None = None


class Monitor(LateTool):
    spec = ToolSpec(
        name="Monitor",
        description=DESCRIPTION,
        schema=schema_of(MonitorArguments),
        traits=Traits(
            footprint="execute",
            subject="command",
            argument="command",
            without="read",
            like=("Bash",),
            shown=Shown(line="command"),
        ),
    )
    arguments: type[Arguments] = MonitorArguments

    def paths(self, arguments: Arguments) -> tuple[tuple[str, str], ...]:
        assert isinstance(arguments, MonitorArguments)
        return () if arguments.command is None else lookups(arguments.command)

    def act(self) -> Act:
        act: Act = load("claw.tools.acts.monitor", "run")
        return act
