"""Edit: replace an exact piece of a file."""

from typing import Annotated

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.late import load
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Act, LateTool

DESCRIPTION = """\
Replace an exact piece of text in a file.
- You must have read the file with Read in this session, and it must not have changed since.
- `old_string` must be in the file exactly as it is, indentation included, without the line numbers that Read shows. \
It must occur once: give enough lines around it to make it unique, or set `replace_all` to change every occurrence, \
as when a name changes.
- Encoding, byte order mark, line ends (LF or CRLF) and file mode stay as they are; write line ends as plain newlines.
- To delete text, give an empty `new_string`. To make a new file, use Write."""


class EditArguments(Arguments, frozen=True):
    file_path: Annotated[str, Meta(description="The file to change")]
    old_string: Annotated[str, Meta(description="The text to replace")]
    new_string: Annotated[str, Meta(description="The text to put in its place")]
    replace_all: Annotated[bool, Meta(description="Replace every occurrence")] = False


class Edit(LateTool):
    spec = ToolSpec(
        name="Edit",
        description=DESCRIPTION,
        schema=schema_of(EditArguments),
        traits=Traits(
            footprint="write",
            subject="path",
            paths=("file_path",),
            shown=Shown(line="file_path", removed="old_string", added="new_string"),
        ),
    )
    arguments: type[Arguments] = EditArguments

    def act(self) -> Act:
        act: Act = load("claw.tools.acts.edit", "run")
        return act
