"""Read: a text file as numbered lines, an image or a PDF as it is, a notebook by its cells."""

from typing import Annotated

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.late import load
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Act, LateTool

DESCRIPTION = """\
Show a file. A text has line numbers, as `cat -n` gives them: a number, a tab, the line.
- `file_path` is absolute, or relative to the workspace.
- Without `offset` and `limit` you get up to 2000 lines from the start, which is best for most files. For a long file \
give the first line and the number of lines that you want.
- Lines over 2000 characters are cut, and one result never holds more than 256 KiB, or than there is room for.
- Read a file before you change it with Edit or Write; they refuse a file that you have not seen as it is now.
- An image (PNG, JPEG, GIF, WebP) or a PDF is shown as it is, where you can be shown one, else in words; of a PDF \
with more than 10 pages give `pages`, at most 20 at once. A Jupyter notebook (.ipynb) is shown by its cells with what \
they have given. Of other binary files you are only told what they are.
- Folders cannot be read: list them with Glob or `ls`.
- Secrets are shown as a mask."""


class ReadArguments(Arguments, frozen=True):
    file_path: Annotated[str, Meta(description="The file to read")]
    offset: Annotated[int, Meta(ge=0, description="Number of the first line to show, from 1")] | None = None
    limit: Annotated[int, Meta(ge=1, description="How many lines to show")] | None = None
    pages: Annotated[str, Meta(description="Pages of a PDF, as 3 or 1-5")] | None = None


class Read(LateTool):
    spec = ToolSpec(
        name="Read",
        description=DESCRIPTION,
        schema=schema_of(ReadArguments),
        traits=Traits(
            footprint="read",
            subject="path",
            paths=("file_path",),
            shown=Shown(line="file_path", also={"offset": ", from line ", "pages": ", pages "}),
        ),
    )
    arguments: type[Arguments] = ReadArguments

    def act(self) -> Act:
        act: Act = load("claw.tools.acts.read", "run")
        return act
