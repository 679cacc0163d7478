"""REPL: a cell for an interpreter that is kept alive, which is started where there is none."""

from __future__ import annotations

import os
import time
from typing import Any

from msgspec.structs import replace

from claw.errors import ToolError
from claw.execution.context import Facts, ToolContext
from claw.execution.interpreters import SHELL_DRIVER, Interpreter, python_driver
from claw.execution.output import Output
from claw.execution.threads import finished
from claw.late import load
from claw.tools.acts.bash import joined
from claw.tools.arguments import parsed
from claw.tools.base import Outcome, Report
from claw.tools.bash import TIMEOUT_MS
from claw.tools.repl import ReplArguments

ANOTHER = "[claw: a new interpreter, {id}{why}; what earlier cells defined is gone.]"


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("REPL", ReplArguments, arguments)
    if "\0" in wanted.code:
        raise ToolError("The cell holds a NUL character.")
    # What a cell names is not opened for all that come after it.
    sandbox = None if facts.sandbox is None else replace(facts.sandbox, opened=())
    facts = replace(facts, sandbox=sandbox)
    bounds = (sandbox, facts.denied, context.workspace)
    last = context.shells.last(Interpreter, wanted.language, facts.agent)
    alive = last if last is not None and last.end is None else None
    if alive is not None and alive.busy:
        raise ToolError(f"{alive.id} is still busy with a cell. Make the calls one after the other.")
    why = "" if alive is None else ", as wanted" if wanted.restart else _why(alive, bounds)
    if alive is not None and why:
        alive.kill("killed")
        await alive.gone()
        alive = None
    first = alive is None
    interpreter = await _start(wanted, facts, context) if alive is None else alive
    interpreter.bounds = bounds
    timeout = wanted.timeout or TIMEOUT_MS
    output = Output(context.secrets, report)
    ended, status = "gone", 1
    try:
        grant = None if first else facts.grant
        ended, status = await interpreter.run(grant, output, time.monotonic() + timeout / 1000)
    finally:
        output.finish()
        if ended != "done":
            report(f"\n{_fate(interpreter)}\n")
    said = str(output.excerpt).rstrip("\n")
    if first and last is not None:
        said = joined(ANOTHER.format(id=interpreter.id, why=why), said)
    elif first:
        said = joined(f"[claw: {interpreter.id} has begun.]", said)
    return _outcome(said, ended, status, timeout, interpreter, output)


def _why(alive: Interpreter, bounds: tuple[Any, ...]) -> str:
    """Why this cell is not for the interpreter that there is; empty: it is."""
    return "" if alive.bounds == bounds else ", since what it may reach is something else now"


async def _start(wanted: ReplArguments, facts: Facts, context: ToolContext) -> Interpreter:
    """A new one, which has been given the cell. Raises ToolError."""
    context.shells.check_room(facts.agent)
    running = await finished(lambda: _begin(wanted.language, facts, context))
    interpreter = context.shells.add(
        f"{wanted.language} (REPL)",
        running.process,
        running.settle,
        context.secrets,
        None,
        facts.agent,
        kind=Interpreter,
        prefix=wanted.language,
    )
    facts.begin(interpreter)
    return interpreter


def _begin(language: str, facts: Facts, context: ToolContext) -> Any:
    search_path = context.environment.get("PATH", os.defpath)
    if language == "shell":
        program, driver = load("claw.execution.programs", "bash_of")(search_path, context.changeable), SHELL_DRIVER
    else:
        program, driver = load("claw.execution.programs", "python_of")(search_path), python_driver()
    if program is None:
        name = "bash" if language == "shell" else "python3"
        raise ToolError(f"There is no {name} on PATH, so no {language} can be kept alive.")
    return load("claw.execution.sandbox", "start")(program, facts, context, driver=driver)


def _fate(interpreter: Interpreter) -> str:
    """What has become of the interpreter whose cell did not end by itself."""
    if interpreter.end is None:
        return f"[claw: the cell was interrupted; {interpreter.id} and what it defined are still there.]"
    return f"[claw: {interpreter.id} has ended with the cell; what it defined is gone.]"


def _outcome(said: str, ended: str, status: int, timeout: int, interpreter: Interpreter, output: Output) -> Outcome:
    if ended == "done" and status == 0:
        return Outcome(said or "(no output)", exit=0, output=output.whole)
    if ended == "done":
        return Outcome(joined(said, f"Exit code {status}"), is_error=True, exit=status, output=output.whole)
    if ended == "over":
        said = joined(said, f"The cell had not ended after {timeout / 1000:g} s.")
    return Outcome(joined(said, _fate(interpreter)), is_error=True, output=output.whole)
