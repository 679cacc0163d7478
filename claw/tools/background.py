"""BashOutput and KillShell: a look at a command in the background, and its end."""

from typing import Annotated

from msgspec import Meta

from claw.events.tools import ToolSpec, Traits
from claw.late import load
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Act, LateTool

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


class BashOutput(LateTool):
    spec = ToolSpec(
        name="BashOutput",
        description=OUTPUT_DESCRIPTION,
        schema=schema_of(BashOutputArguments),
        traits=Traits(footprint="read"),
    )
    arguments: type[Arguments] = BashOutputArguments

    def act(self) -> Act:
        act: Act = load("claw.tools.acts.background", "look")
        return act


class KillShellArguments(Arguments, frozen=True):
    shell_id: Annotated[str, Meta(min_length=1, description="Id of the background command")]


class KillShell(LateTool):
    # It ends what Bash was allowed to begin, and changes nothing else.
    spec = ToolSpec(
        name="KillShell",
        description=KILL_DESCRIPTION,
        schema=schema_of(KillShellArguments),
        traits=Traits(footprint="read"),
    )
    arguments: type[Arguments] = KillShellArguments

    def act(self) -> Act:
        act: Act = load("claw.tools.acts.background", "kill")
        return act
