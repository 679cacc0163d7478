"""NotebookEdit: one cell of a Jupyter notebook, replaced, put in or taken out."""

from typing import Annotated, Literal

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.late import load
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Act, LateTool

DESCRIPTION = """\
Change one cell of a Jupyter notebook (.ipynb).
- You must have read the notebook with Read in this session, and it must not have changed since. Read shows the \
id of each cell.
- `replace` (the default) gives the cell another source; what a code cell has given before is cleared. `insert` puts a \
cell behind that of this id, at the beginning without one. `delete` takes the cell out.
- All else of the file stays as it is, to the byte."""


class NotebookEditArguments(Arguments, frozen=True):
    notebook_path: Annotated[str, Meta(description="The notebook to change")]
    new_source: Annotated[str, Meta(description="The cell's source; empty to delete it")]
    cell_id: Annotated[str, Meta(description="The cell's id")] | None = None
    cell_type: (
        Annotated[Literal["code", "markdown"], Meta(description="What the cell is; as it is, or code, if not given")]
        | None
    ) = None
    edit_mode: Annotated[Literal["replace", "insert", "delete"], Meta(description="What to do")] = "replace"


class NotebookEdit(LateTool):
    spec = ToolSpec(
        name="NotebookEdit",
        description=DESCRIPTION,
        schema=schema_of(NotebookEditArguments),
        traits=Traits(
            footprint="write",
            subject="path",
            paths=("notebook_path",),
            like=("Edit",),
            shown=Shown(line="notebook_path", also={"edit_mode": ", ", "cell_id": " cell "}, added="new_source"),
        ),
    )
    arguments: type[Arguments] = NotebookEditArguments

    def act(self) -> Act:
        act: Act = load("claw.tools.acts.notebook_edit", "run")
        return act
