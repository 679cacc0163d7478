"""BashOutput and KillShell: a look at a command in the background, and its end."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from claw import _native
from claw.errors import ToolError
from claw.events.tools import ToolSpec, Traits
from claw.execution.context import Facts, ToolContext
from claw.execution.shells import Shell
from claw.execution.threads import finished
from claw.tools.arguments import Arguments, parsed, schema_of
from claw.tools.base import Outcome, Report, Tool

OUTPUT_DESCRIPTION = """\
Look at a command that runs in the background (Bash with `run_in_background`): its status, and what it said since the \
last look.
- `bash_id` is the id that Bash told. A command that has ended can still be looked at.
- With `filter`, a regular expression, only the lines that match are told; the others are gone all the same.
- It does not wait. When a command ends, you are told so with the next message: there is no need to look again and \
again."""
KILL_DESCRIPTION = "Kill a command that runs in the background, with everything it started. `shell_id` is its id."


class BashOutputArguments(Arguments, frozen=True):
    bash_id: Annotated[str, Meta(min_length=1, description="Id of the background command")]
    filter: Annotated[str, Meta(description="Regular expression: tell only lines that match")] | None = None


class BashOutput(Tool):
    spec = ToolSpec(
        name="BashOutput",
        description=OUTPUT_DESCRIPTION,
        schema=schema_of(BashOutputArguments),
        traits=Traits(footprint="read"),
    )
    arguments: type[Arguments] = BashOutputArguments

    async def run(self, arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
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


class KillShellArguments(Arguments, frozen=True):
    shell_id: Annotated[str, Meta(min_length=1, description="Id of the background command")]


class KillShell(Tool):
    # It ends what Bash was allowed to begin, and changes nothing else.
    spec = ToolSpec(
        name="KillShell",
        description=KILL_DESCRIPTION,
        schema=schema_of(KillShellArguments),
        traits=Traits(footprint="read"),
    )
    arguments: type[Arguments] = KillShellArguments

    async def run(self, arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
        wanted = parsed("KillShell", KillShellArguments, arguments)
        shell = context.shells.find(wanted.shell_id, facts.agent)
        if shell.end is not None:
            raise ToolError(f"{shell.id} does not run any more ({_status(shell)}).")
        shell.kill("killed")
        await shell.gone()
        return Outcome(f"Killed {shell.id}, and everything it started.")
