"""NotebookEdit: one cell of a Jupyter notebook, replaced, put in or taken out."""

from __future__ import annotations

from typing import Any

from claw.errors import ToolError
from claw.execution.context import Facts, ToolContext
from claw.execution.files import write_atomic
from claw.execution.masking import masked, must_not_write_masks
from claw.execution.paths import judged, shown
from claw.execution.threads import finished
from claw.tools.acts.read import similar
from claw.tools.arguments import parsed
from claw.tools.base import Outcome, Report
from claw.tools.notebook_edit import NotebookEditArguments
from claw.tools.notebooks import Broken, Notebook, deleted, inserted, parsed_notebook, replaced
from claw.tools.read_marks import current, remember
from claw.tools.text import decoded, encoded

SHOWN = 2_000
"""Characters of the new source that are shown again."""


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("NotebookEdit", NotebookEditArguments, arguments)
    return Outcome(await finished(lambda: _edit(wanted, facts, context)))


def _edit(wanted: NotebookEditArguments, facts: Facts, context: ToolContext) -> str:
    (fact,) = facts.paths
    path = judged(fact, context)
    name = shown(path, context)
    if not path.endswith(".ipynb"):
        raise ToolError(f"{name} is no notebook: its name does not end in .ipynb. Use Edit.")
    try:
        old = current(path, name, context, facts.agent)
        text = decoded(old.data)
        if text is None:
            raise Broken("it is no text")
        must_not_write_masks(text.text, wanted.new_source)
        after, told = _changed(parsed_notebook(text.text), wanted, name)
        data = encoded(text, after, name)
        write_atomic(facts.grant, fact.canonical, data, old.stat, context.workspace, path)
    except Broken as broken:
        raise ToolError(f"{name} is no notebook that can be changed by its cells: {broken}.") from None
    except FileNotFoundError:
        raise ToolError(f"{name} does not exist.{similar(path, context)}") from None
    except IsADirectoryError:
        raise ToolError(f"{name} is a folder, not a file.") from None
    except OSError as error:
        raise ToolError(f"{name} cannot be changed: {error.strerror}.") from None
    remember(path, data, context, facts.agent)
    source = masked(wanted.new_source, context)
    more = f"\n[{len(source) - SHOWN} more characters]" if len(source) > SHOWN else ""
    return told if wanted.edit_mode == "delete" else f"{told}\n{source[:SHOWN]}{more}"


def _changed(book: Notebook, wanted: NotebookEditArguments, name: str) -> tuple[str, str]:
    """The notebook's text, and what was done to it in words."""
    if wanted.edit_mode == "insert":
        after = book.place(wanted.cell_id, name) + 1 if wanted.cell_id else 0
        text, own = inserted(book, after, wanted.new_source, wanted.cell_type or "code")
        where = f"behind {wanted.cell_id}" if wanted.cell_id else "at the beginning"
        return text, f"Put cell {own} into {name}, {where}:"
    if not wanted.cell_id:
        raise ToolError(f"cell_id is missing: which cell is it to {wanted.edit_mode}?")
    number = book.place(wanted.cell_id, name)
    cell = book.cells[number]
    if wanted.edit_mode == "delete":
        return deleted(book, number), f"Took cell {cell.id} out of {name}."
    text = replaced(book, number, wanted.new_source, wanted.cell_type)
    cleared = "; its outputs are cleared" if cell.value.get("outputs") else ""
    return text, f"Changed cell {cell.id} of {name}{cleared}:"
