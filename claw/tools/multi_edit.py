"""MultiEdit: several replacements in one file, all or none."""

from typing import Annotated

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.late import load
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Act, LateTool

DESCRIPTION = """\
Make several replacements in one file at once, each as Edit does it. Prefer it to several calls of Edit for one file.
- The edits are made in order, each in what the one before it left. All of them are made, or none.
- Read the file first, and give each `old_string` as Edit wants it: exact, and unique or with `replace_all`.
- A new file: an empty `old_string` in the first edit, with the file's content as `new_string`."""


class OneEdit(Arguments, frozen=True):
    old_string: Annotated[str, Meta(description="The text to replace")]
    new_string: Annotated[str, Meta(description="The text to put in its place")]
    replace_all: Annotated[bool, Meta(description="Replace every occurrence")] = False


class MultiEditArguments(Arguments, frozen=True):
    file_path: Annotated[str, Meta(description="The file to change")]
    edits: Annotated[tuple[OneEdit, ...], Meta(min_length=1, description="The replacements, in order")]


class MultiEdit(LateTool):
    spec = ToolSpec(
        name="MultiEdit",
        description=DESCRIPTION,
        schema=schema_of(MultiEditArguments),
        suits="others",
        traits=Traits(
            footprint="write",
            subject="path",
            paths=("file_path",),
            like=("Edit",),
            shown=Shown(line="file_path", each="edits", removed="old_string", added="new_string"),
        ),
    )
    arguments: type[Arguments] = MultiEditArguments

    def act(self) -> Act:
        act: Act = load("claw.tools.acts.multi_edit", "run")
        return act
