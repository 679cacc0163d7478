"""Monitor: a command whose lines are told as they come, or a line of one that is waited for."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from claw import _native
from claw.errors import ToolError
from claw.execution.context import Facts, ToolContext
from claw.execution.lines import Lines
from claw.execution.shells import Shell
from claw.tools.acts.background import told
from claw.tools.acts.bash import begun
from claw.tools.arguments import parsed
from claw.tools.base import Outcome, Report
from claw.tools.monitor import TIMEOUT_LIMIT_MS, TIMEOUT_MS, MonitorArguments

LOOK_SECONDS = 1.0
"""How often it is seen whether a command says more than is followed."""
SHOWN = 500
"""Characters of a line that are told."""


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("Monitor", MonitorArguments, arguments)
    if (wanted.command is None) == (wanted.task_id is None):
        raise ToolError("Give either `command`, or `task_id` and `pattern`.")
    seconds = min(wanted.timeout_ms or TIMEOUT_MS, TIMEOUT_LIMIT_MS) / 1000
    if wanted.command is None:
        return await _line(wanted, seconds, facts, context)
    context.shells.check_room(facts.agent)
    running = await begun(wanted.command, facts, context)
    shell = context.shells.add(
        wanted.command,
        running.process,
        running.settle,
        context.secrets,
        None,
        facts.agent,
        kind=Shell,
        prefix="bash",
    )
    shell.title = wanted.description or wanted.command
    shell.seconds = None if wanted.persistent else seconds
    facts.begin(shell)
    limit = "until the session ends" if wanted.persistent else f"for at most {seconds:g} s"
    return Outcome(f"Running in the background as {shell.id}, {limit}; you are told its lines.")


async def _line(wanted: MonitorArguments, seconds: float, facts: Facts, context: ToolContext) -> Outcome:
    """Wait for a line of a command that runs already."""
    assert wanted.task_id is not None
    if wanted.pattern is None:
        raise ToolError("`pattern` says which line of it to wait for.")
    _native.matching_lines("", wanted.pattern)
    shell = context.shells.find(wanted.task_id, facts.agent)
    found = await _first(shell, wanted.pattern, time.monotonic() + seconds)
    if found:
        why = f"{shell.id} says: {found if len(found) <= SHOWN else f'{found[:SHOWN]}…'}"
    elif shell.end is not None:
        why = f"{shell.id} has ended, and no line of it matches."
    elif shell.output.floods:
        why = f"{shell.id} says more than is followed; no line until then matches."
    else:
        why = f"No line of {shell.id} has matched within {seconds:g} s."
    return Outcome(f"{why}\n\n{await told(shell)}")


async def _first(shell: Shell, pattern: str, deadline: float) -> str:
    """The first line that matches; empty: none did before the deadline, the end, or a flood."""
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def look(text: str) -> None:
        matching = _native.matching_lines(text, pattern)
        if matching and not found.done():
            found.set_result(matching.split("\n", 1)[0])

    lines = Lines(lambda some: look("\n".join(some)))
    shell.watchers.append(lines.feed)
    try:
        lines.feed(str(shell.output.unseen))
        while not found.done() and shell.end is None and not shell.output.floods:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            waits: set[asyncio.Future[Any]] = {found, shell.task} if shell.task is not None else {found}
            await asyncio.wait(waits, timeout=min(left, LOOK_SECONDS), return_when=asyncio.FIRST_COMPLETED)
        lines.finish()
    finally:
        shell.watchers.remove(lines.feed)
    return found.result() if found.done() else ""
