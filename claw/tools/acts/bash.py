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
from claw.execution.terminal_text import TerminalText
from claw.execution.threads import finished
from claw.late import load, pattern
from claw.tools.arguments import parsed
from claw.tools.base import Outcome, Report

if TYPE_CHECKING:
    from claw.execution.sandbox import Running

from claw.tools.bash import TIMEOUT_MS, BashArguments

TERMINAL = (40, 120)
"""Rows and columns of the terminal that a command may have."""

_MISSES_NETWORK = pattern(
    r"could not resolve|name resolution|name or service not known|network is unreachable|getaddrinfo|dns error",
    re.IGNORECASE,
)
"""What programs say that find no network."""


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("Bash", BashArguments, arguments)
    if wanted.run_in_background:
        context.shells.check_room(facts.agent)
    running = await begun(wanted.command, facts, context, TERMINAL if wanted.pty else None)
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


async def begun(command: str, facts: Facts, context: ToolContext, terminal: tuple[int, int] | None = None) -> Running:
    """Start the command, which is the granted one. Raises ToolError."""
    if "\0" in command:
        raise ToolError("The command holds a NUL character.")
    return await finished(lambda: _begin(facts, context, terminal))


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
