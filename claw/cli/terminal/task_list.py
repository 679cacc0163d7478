"""The list of what is to be done, as people read it."""

from __future__ import annotations

from rich.text import Text

from claw.cli.terminal.layout import line
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.styles import QUIET, STRONG
from claw.events.task import Task
from claw.projections.tasks import Tasks

_STYLES = {"pending": "", "in_progress": STRONG, "completed": QUIET}

MOST = 20
"""Tasks that are shown at once."""


def listed(tasks: Tasks, glyphs: Glyphs) -> list[Text]:
    """A line for each; of a long list those that are not done come first, and what is left out is counted."""
    if not tasks.listed:
        return [line("the list is empty", QUIET)]
    shown = tasks.listed
    if len(shown) > MOST:
        left = [task for task in shown if task.status != "completed"]
        kept = {task.id for task in left[:MOST]}
        shown = tuple(task for task in shown if task.id in kept)
    lines = [_line(task, glyphs) for task in shown]
    more = len(tasks.listed) - len(shown)
    return [*lines, line(f"{glyphs.ellipsis} {more} more", QUIET)] if more else lines


def _line(task: Task, glyphs: Glyphs) -> Text:
    signs = {"pending": glyphs.open, "in_progress": glyphs.running, "completed": glyphs.done}
    said = task.active_form if task.status == "in_progress" and task.active_form else task.subject
    return line(f"{signs[task.status]} {said}", _STYLES[task.status])
