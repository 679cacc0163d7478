"""Bash: a command line, run by bash in the workspace and killed as one with everything it started."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, Any

import anyio

from claw.errors import ToolError
from claw.execution.context import Facts, ToolContext
from claw.execution.output import Output
from claw.execution.process import followed, killed
from claw.execution.shells import Shell
from claw.execution.terminal_text import TerminalText
from claw.execution.threads import finished
from claw.late import load, pattern
from claw.tools.arguments import parsed
from claw.tools.base import Outcome, Report

if TYPE_CHECKING:
    from claw.execution.sandbox import Running

from claw.tools.bash import TIMEOUT_MS, BashArguments
from claw.tools.powershell import PowerShellArguments

TERMINAL = (40, 120)
"""Rows and columns of the terminal that a command may have."""

_MISSES_NETWORK = pattern(
    r"could not resolve|name resolution|name or service not known|network is unreachable|getaddrinfo|dns error",
    re.IGNORECASE,
)
"""What programs say that find no network."""


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("Bash", BashArguments, arguments)
    return await _run(wanted, "bash", TERMINAL if wanted.pty else None, facts, context, report)


async def run_powershell(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    """The same for a program in PowerShell."""
    wanted = parsed("PowerShell", PowerShellArguments, arguments)
    return await _run(wanted, "pwsh", None, facts, context, report)


async def _run(
    wanted: BashArguments | PowerShellArguments,
    program: str,
    terminal: tuple[int, int] | None,
    facts: Facts,
    context: ToolContext,
    report: Report,
) -> Outcome:
    if wanted.run_in_background:
        context.shells.check_room(facts.agent)
    running = await begun(wanted.command, facts, context, terminal, program)
    screen = TerminalText() if terminal else None
    if wanted.run_in_background:
        shell = context.shells.add(
            wanted.command,
            running.process,
            running.settle,
            context.secrets,
            screen,
            facts.agent,
            kind=Shell,
            prefix="bash",
        )
        facts.begin(shell)
        return Outcome(f"Running in the background as {shell.id}.")
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
        note = joined(note, "[claw: commands run without a network, unless the user grants one.]")
    if status is not None:
        said, failed = str(output.excerpt), status != 0
        note = joined(note, await running.explained(said, failed=failed))
    return _outcome(status, output, timeout, note)


async def begun(
    command: str,
    facts: Facts,
    context: ToolContext,
    terminal: tuple[int, int] | None = None,
    program: str = "bash",
) -> Running:
    """Start the command, which is the granted one. Raises ToolError."""
    if "\0" in command:
        raise ToolError("The command holds a NUL character.")
    return await finished(lambda: _begin(facts, context, terminal, program))


def _begin(facts: Facts, context: ToolContext, terminal: tuple[int, int] | None, program: str) -> Running:
    search_path = context.environment.get("PATH", os.defpath)
    shell = load("claw.execution.programs", "apart_of")(program, search_path, context.changeable)
    if shell is None:
        raise ToolError(f"There is no {program} on PATH. Install it, or start claw with a PATH that leads to it.")
    running: Running = load("claw.execution.sandbox", "start")(shell, facts, context, terminal)
    return running


def _outcome(status: int | None, output: Output, timeout: int, note: str) -> Outcome:
    said = joined(str(output.excerpt).rstrip("\n"), note)
    whole = output.whole
    if status is None:
        ended = f"The command was killed, because it had not ended after {timeout / 1000:g} s."
        return Outcome(joined(said, ended), is_error=True, output=whole)
    if status == 0:
        return Outcome(said or "(no output)", exit=0, output=whole)
    ended = f"Exit code {status}" + (f" (killed by signal {status - 128})" if 128 < status <= 192 else "")
    return Outcome(joined(said, ended), is_error=True, exit=status, output=whole)


def joined(said: str, note: str) -> str:
    """Both, one below the other; of what is empty nothing."""
    return "\n\n".join(part for part in (said, note) if part)
