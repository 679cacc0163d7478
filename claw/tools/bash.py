"""Bash: a command line, run by bash in the workspace and killed as one with everything it started."""

from typing import Annotated

from msgspec import Meta

from claw import _native
from claw.errors import ToolError
from claw.events.tool import PROBE, PROGRAM
from claw.events.tools import Shown, ToolSpec, Traits
from claw.late import load, pattern
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Act, LateTool

TIMEOUT_MS = 120_000
TIMEOUT_LIMIT_MS = 600_000

DESCRIPTION = f"""\
Run a command line with bash.
- Every call is a new shell that starts in the workspace: `cd` and variables do not carry over, so use absolute paths \
or join commands with `&&`.
- Quote paths that have spaces.
- `timeout` is in milliseconds, at most {TIMEOUT_LIMIT_MS}, else {TIMEOUT_MS}. When it is over, the command and all \
that it started are killed. What the command leaves running in the background is killed when it ends.
- For what is to go on running (a server, a watcher) or takes very long, set `run_in_background`: you get an id at \
once, BashOutput tells what it says, KillShell ends it. It has no timeout, and ends with the session. Do not use `&` \
for that.
- Commands run in a sandbox. They can change the workspace, but not the files in it that make other programs run code \
(git's hooks and configuration, settings of editors and agents), and read the system; /tmp is the session's own, \
empty at first and kept between calls; the home folder is private to each call, and what is made in it is gone after \
it. There is no network, unless the user grants it. Where that is in the \
way, say so and let the user decide.
- There is no input: commands that ask questions or open an editor fail. There is no terminal either, unless you set \
`pty`, for programs that will not work without one. Secrets are not in the environment.
- You get stdout and stderr together; of long output the beginning and the end.
- To find files use Glob, to search in them Grep, to read one Read, to change one Edit or Write: not find, grep, \
cat, sed or echo.
- In `description` say in five to ten words what the command does."""


_PATCHES = pattern(r"\s*(?:cd\s+\S+\s*(?:&&|;)\s*)?apply_?patch\b")
"""A command line by which models of OpenAI give a patch to the shell of another agent."""


def lookups(command: str) -> tuple[tuple[str, str], ...]:
    """(parameter, name) of everything that policy must know of to judge this command line."""
    named, probes, programs = _native.shell_lookups(command)
    return (
        *(("command", path) for path in named),
        *((PROBE, path) for path in probes),
        *((PROGRAM, name) for name in programs),
    )


class BashArguments(Arguments, frozen=True):
    command: Annotated[str, Meta(min_length=1, description="The command line")]
    timeout: Annotated[int, Meta(gt=0, le=TIMEOUT_LIMIT_MS, description="Milliseconds until it is killed")] | None = (
        None
    )
    description: Annotated[str, Meta(description="What the command does, in five to ten words")] | None = None
    run_in_background: Annotated[bool, Meta(description="Let it run, and go on at once")] = False
    pty: Annotated[bool, Meta(description="Give the command a terminal")] = False


class Bash(LateTool):
    spec = ToolSpec(
        name="Bash",
        description=DESCRIPTION,
        schema=schema_of(BashArguments),
        traits=Traits(footprint="execute", subject="command", argument="command", shown=Shown(line="command")),
    )
    arguments: type[Arguments] = BashArguments

    def paths(self, arguments: Arguments) -> tuple[tuple[str, str], ...]:
        assert isinstance(arguments, BashArguments)
        if "*** Begin Patch" in arguments.command and _PATCHES.match(arguments.command):
            raise ToolError(
                "apply_patch is no command here but a tool: call the tool apply_patch, with the patch alone as its "
                "`input`."
            )
        return lookups(arguments.command)

    def act(self) -> Act:
        act: Act = load("claw.tools.acts.bash", "run")
        return act
