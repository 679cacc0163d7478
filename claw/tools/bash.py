"""Bash: a command line, run by bash in the workspace and killed as one with everything it started."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, Annotated, Any

import anyio
from msgspec import Meta

from claw import _native
from claw.errors import ToolError
from claw.events.tool import PROBE, PROGRAM
from claw.events.tools import Shown, ToolSpec, Traits
from claw.execution.context import Facts, ToolContext
from claw.execution.output import Output
from claw.execution.process import followed, killed
from claw.execution.terminal_text import TerminalText
from claw.execution.threads import finished
from claw.late import load, pattern
from claw.tools.arguments import Arguments, parsed, schema_of
from claw.tools.base import Outcome, Report, Tool

if TYPE_CHECKING:
    from claw.execution.sandbox import Running

TIMEOUT_MS = 120_000
TIMEOUT_LIMIT_MS = 600_000
TERMINAL = (40, 120)
"""Rows and columns of the terminal that a command may have."""

_MISSES_NETWORK = pattern(
    r"could not resolve|name resolution|name or service not known|network is unreachable|getaddrinfo|dns error",
    re.IGNORECASE,
)
"""What programs say that find no network."""

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


class BashArguments(Arguments, frozen=True):
    command: Annotated[str, Meta(min_length=1, description="The command line")]
    timeout: Annotated[int, Meta(gt=0, le=TIMEOUT_LIMIT_MS, description="Milliseconds until it is killed")] | None = (
        None
    )
    description: Annotated[str, Meta(description="What the command does, in five to ten words")] | None = None
    run_in_background: Annotated[bool, Meta(description="Let it run, and go on at once")] = False
    pty: Annotated[bool, Meta(description="Give the command a terminal")] = False


class Bash(Tool):
    spec = ToolSpec(
        name="Bash",
        description=DESCRIPTION,
        schema=schema_of(BashArguments),
        traits=Traits(footprint="execute", subject="command", argument="command", shown=Shown(line="command")),
    )
    arguments: type[Arguments] = BashArguments

    def paths(self, arguments: Arguments) -> tuple[tuple[str, str], ...]:
        assert isinstance(arguments, BashArguments)
        named, probes, programs = _native.shell_lookups(arguments.command)
        return (
            *(("command", path) for path in named),
            *((PROBE, path) for path in probes),
            *((PROGRAM, name) for name in programs),
        )

    async def run(self, arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
        wanted = parsed("Bash", BashArguments, arguments)
        if wanted.run_in_background:
            context.shells.check_room(facts.agent)
        running = await _start(wanted, facts, context)
        screen = TerminalText() if wanted.pty else None
        if wanted.run_in_background:
            shell = context.shells.add(
                wanted.command, running.process, running.settle, context.secrets, screen, facts.agent
            )
            return Outcome(f"Running in the background as {shell.id}.", shell=shell)
        timeout = wanted.timeout or TIMEOUT_MS
        output = Output(context.secrets, report, screen)
        status = None
        try:
            status = await followed(running.process, output, time.monotonic() + timeout / 1000)
        finally:
            if status is None:
                await killed(running.process, output)
            output.finish()
            with anyio.CancelScope(shield=True):
                note = await running.settled()
        if (
            status
            and facts.sandbox is not None
            and not facts.sandbox.network
            and _MISSES_NETWORK.search(str(output.excerpt))
        ):
            note = _joined(note, "[claw: commands run without a network, unless the user grants one.]")
        if status is not None:
            said, failed = str(output.excerpt), status != 0
            note = _joined(note, await running.explained(said, failed=failed))
        return _outcome(status, output, timeout, note)


async def _start(wanted: BashArguments, facts: Facts, context: ToolContext) -> Running:
    """Start the command. Raises ToolError."""
    if "\0" in wanted.command:
        raise ToolError("The command holds a NUL character.")
    return await finished(lambda: _begin(facts, context, TERMINAL if wanted.pty else None))


def _begin(facts: Facts, context: ToolContext, terminal: tuple[int, int] | None) -> Running:
    shell = load("claw.execution.programs", "bash_of")(context.environment.get("PATH", os.defpath), context.changeable)
    if shell is None:
        raise ToolError("There is no bash on PATH. Install it, or start claw with a PATH that leads to it.")
    running: Running = load("claw.execution.sandbox", "start")(shell, facts, context, terminal)
    return running


def _outcome(status: int | None, output: Output, timeout: int, note: str) -> Outcome:
    said = _joined(str(output.excerpt).rstrip("\n"), note)
    whole = output.whole
    if status is None:
        ended = f"The command was killed, because it had not ended after {timeout / 1000:g} s."
        return Outcome(_joined(said, ended), is_error=True, output=whole)
    if status == 0:
        return Outcome(said or "(no output)", exit=0, output=whole)
    ended = f"Exit code {status}" + (f" (killed by signal {status - 128})" if 128 < status <= 192 else "")
    return Outcome(_joined(said, ended), is_error=True, exit=status, output=whole)


def _joined(said: str, note: str) -> str:
    return "\n\n".join(part for part in (said, note) if part)
