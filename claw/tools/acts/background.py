"""BashOutput and KillShell: a look at a command in the background, and its end."""

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
    shell = context.shells.find(wanted.bash_id, facts.agent)
    if wanted.filter is not None:
        _native.matching_lines("", wanted.filter)
    status, said = _status(shell), await shell.look()
    if wanted.filter is not None:
        text, pattern = said, wanted.filter
        said = await finished(lambda: _native.matching_lines(text, pattern))
    said = said.rstrip("\n") or ("(no new output)" if wanted.filter is None else "(no new line matches)")
    return Outcome(f"{shell.id}: {status}\n\n{said}")


def _status(shell: Shell) -> str:
    match shell.end:
        case None:
            return "running"
        case "exited":
            return f"ended, exit code {shell.exit}"
        case _:
            return "killed"


async def kill(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("KillShell", KillShellArguments, arguments)
    shell = context.shells.find(wanted.shell_id, facts.agent)
    if shell.end is not None:
        raise ToolError(f"{shell.id} does not run any more ({_status(shell)}).")
    shell.kill("killed")
    await shell.gone()
    return Outcome(f"Killed {shell.id}, and everything it started.")
