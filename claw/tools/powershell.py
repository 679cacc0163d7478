"""PowerShell: a program in that language, run by pwsh in the workspace as Bash runs command lines."""

from typing import Annotated

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.late import load, pattern
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Act, LateTool
from claw.tools.bash import TIMEOUT_LIMIT_MS, TIMEOUT_MS

DESCRIPTION = f"""\
Run a PowerShell command with pwsh.
- Every call is a new process that starts in the workspace, confined as commands of Bash are.
- `timeout` is in milliseconds, at most {TIMEOUT_LIMIT_MS}, else {TIMEOUT_MS}. With `run_in_background` you get an id \
at once; TaskOutput tells what it says, TaskStop ends it.
- There is no input and no terminal. Secrets are not in the environment. You get stdout and stderr together.
- For git, files and searches use Bash and the tools for that."""

_WORDS = pattern(r"[^\s'\"`;|&(){}\[\],=<>]+")
"""What may be a path: nothing of the language is read."""


class PowerShellArguments(Arguments, frozen=True):
    command: Annotated[str, Meta(min_length=1, description="The command")]
    timeout: Annotated[int, Meta(gt=0, le=TIMEOUT_LIMIT_MS, description="Milliseconds until it is killed")] | None = (
        None
    )
    description: Annotated[str, Meta(description="What the command does, in five to ten words")] | None = None
    run_in_background: Annotated[bool, Meta(description="Let it run, and go on at once")] = False


class PowerShell(LateTool):
    spec = ToolSpec(
        name="PowerShell",
        description=DESCRIPTION,
        schema=schema_of(PowerShellArguments),
        traits=Traits(
            footprint="execute", subject="text", argument="command", like=("Bash",), shown=Shown(line="command")
        ),
    )
    arguments: type[Arguments] = PowerShellArguments

    def paths(self, arguments: Arguments) -> tuple[tuple[str, str], ...]:
        """Every word with a slash or a dot in it, which policy looks at wherever it stands."""
        assert isinstance(arguments, PowerShellArguments)
        words = dict.fromkeys(word.replace("\\", "/") for word in _WORDS.findall(arguments.command))
        return tuple(("command", word) for word in words if "/" in word or "." in word or word.startswith("~"))

    def act(self) -> Act:
        act: Act = load("claw.tools.acts.bash", "run_powershell")
        return act
