"""The list of what is to be done, as people read it."""

from __future__ import annotations

from rich.text import Text

from claw.cli.terminal.layout import line
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.styles import QUIET, STRONG
from claw.events.task import Task
from claw.projections.tasks import Tasks

_STYLES = {"pending": "", "in_progress": STRONG, "completed": QUIET}

NEXT = 3
"""Tasks that are shown while claw works."""
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


def brief(tasks: Tasks, glyphs: Glyphs) -> list[Text]:
    """What is under way and what comes next, below how much is done; nothing where all of it is."""
    left = [task for task in tasks.listed if task.status != "completed"]
    if not left:
        return []
    done = len(tasks.listed) - len(left)
    first = sorted(left, key=lambda task: task.status != "in_progress")[:NEXT]
    more = len(left) - len(first)
    head = f"{done} of {len(tasks.listed)} done" + (f", {more} more to do" if more else "")
    return [line(head, QUIET), *(_line(task, glyphs) for task in first)]


def _line(task: Task, glyphs: Glyphs) -> Text:
    signs = {"pending": glyphs.open, "in_progress": glyphs.running, "completed": glyphs.done}
    said = task.active_form if task.status == "in_progress" and task.active_form else task.subject
    return line(f"{signs[task.status]} {said}", _STYLES[task.status])
