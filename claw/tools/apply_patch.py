"""apply_patch: several files changed by one patch, in the form that models of OpenAI are trained on."""

from typing import Annotated

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.late import load
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Act, LateTool

DESCRIPTION = """\
Change files by a patch: add, update, move and delete any number of them. All of it is done, or nothing.
```
*** Begin Patch
*** Add File: path/new.py
+each line of the new file
*** Update File: path/old.py
*** Move to: path/renamed.py
@@ def name():
 a line that stays
-a line that goes
+a line that comes
*** Delete File: path/gone.py
*** End Patch
```
- Paths are relative to the workspace. `*** Move to:` and `@@` are optional.
- Show three lines that stay above and below each change. Where these are not unique, name the class or function above \
them behind `@@`; several `@@` lines lead further in. `*** End of File` behind a hunk: it is at the file's end.
- Hunks come in the order of the file, and must have its lines as they are now."""

GRAMMAR = """\
start: begin_patch hunk+ end_patch
begin_patch: "*** Begin Patch" LF
end_patch: "*** End Patch" LF?

hunk: add_hunk | delete_hunk | update_hunk
add_hunk: "*** Add File: " filename LF add_line+
delete_hunk: "*** Delete File: " filename LF
update_hunk: "*** Update File: " filename LF change_move? change?

filename: /(.+)/
add_line: "+" /(.*)/ LF

change_move: "*** Move to: " filename LF
change: (change_context | change_line)+ eof_line?
change_context: ("@@" | "@@ " /(.+)/) LF
change_line: ("+" | "-" | " ") /(.*)/ LF
eof_line: "*** End of File" LF

%import common.LF
"""
"""In Lark, as models of OpenAI know it from Codex."""


class ApplyPatchArguments(Arguments, frozen=True):
    input: Annotated[str, Meta(description="The whole patch")]


class ApplyPatch(LateTool):
    spec = ToolSpec(
        name="apply_patch",
        description=DESCRIPTION,
        schema=schema_of(ApplyPatchArguments),
        suits="gpt",
        grammar=GRAMMAR,
        traits=Traits(footprint="write", subject="path", like=("Edit", "Write"), shown=Shown(patch="input")),
    )
    arguments: type[Arguments] = ApplyPatchArguments

    def paths(self, arguments: Arguments) -> tuple[tuple[str, str], ...]:
        assert isinstance(arguments, ApplyPatchArguments)
        named: tuple[str, ...] = load("claw.tools.patch", "paths")(arguments.input)
        return tuple(("input", path) for path in named)

    def act(self) -> Act:
        act: Act = load("claw.tools.acts.apply_patch", "run")
        return act
