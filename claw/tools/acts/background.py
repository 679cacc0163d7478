"""What a look at a command in the background tells, and its end; BashOutput and KillShell."""

from __future__ import annotations

from typing import Any

from claw import _native
from claw.errors import ToolError
from claw.execution.context import Facts, ToolContext
from claw.execution.shells import Shell
from claw.execution.threads import finished
from claw.tools.arguments import parsed
from claw.tools.background import (
    BashOutputArguments,
    KillShellArguments,
)
from claw.tools.base import Outcome, Report


async def look(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("BashOutput", BashOutputArguments, arguments)
    return Outcome(await told(context.shells.find(wanted.bash_id, facts.agent), wanted.filter))


async def kill(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("KillShell", KillShellArguments, arguments)
    return Outcome(await end(context.shells.find(wanted.shell_id, facts.agent)))


async def told(shell: Shell, pattern: str | None = None) -> str:
    """How it is, and what it said since the last look, of that only the lines that match. Raises ToolError."""
    if pattern is not None:
        _native.matching_lines("", pattern)
    status, said = status_of(shell), await shell.look()
    if pattern is not None:
        text, expression = said, pattern
        said = await finished(lambda: _native.matching_lines(text, expression))
    said = said.rstrip("\n") or ("(no new output)" if pattern is None else "(no new line matches)")
    return f"{shell.id}: {status}\n\n{said}"


def status_of(shell: Shell) -> str:
    """Whether it runs, and how it ended."""
    match shell.end:
        case None:
            return "running"
        case "exited":
            return f"ended, exit code {shell.exit}"
        case _:
            return "killed"


async def end(shell: Shell) -> str:
    """Kill it, and wait until it is gone. Raises ToolError where it is gone already."""
    if shell.end is not None:
        raise ToolError(f"{shell.id} does not run any more ({status_of(shell)}).")
    shell.kill("killed")
    await shell.gone()
    return f"Killed {shell.id}, and everything it started."
