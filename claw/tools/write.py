"""Write: a whole file at once."""

from typing import Annotated

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.late import load
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Act, LateTool

DESCRIPTION = """\
Write a whole file; missing folders are made on the way. The text of a new file is stored exactly as given, in UTF-8 \
or the encoding that it declares; an existing file keeps its encoding, byte order mark and CRLF line ends.
- `file_path` is absolute, or relative to the workspace.
- An existing file is overwritten only if you have read it with Read in this session and it has not changed since.
- To change part of a file use Edit: it is shorter and cannot lose the rest.
- Do not make documentation files that nobody asked for."""


class WriteArguments(Arguments, frozen=True):
    file_path: Annotated[str, Meta(description="The file to write")]
    content: Annotated[str, Meta(description="All of the file's text")]


class Write(LateTool):
    spec = ToolSpec(
        name="Write",
        description=DESCRIPTION,
        schema=schema_of(WriteArguments),
        traits=Traits(
            footprint="write", subject="path", paths=("file_path",), shown=Shown(line="file_path", added="content")
        ),
    )
    arguments: type[Arguments] = WriteArguments

    def act(self) -> Act:
        act: Act = load("claw.tools.acts.write", "run")
        return act
