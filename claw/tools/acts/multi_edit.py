"""MultiEdit: several replacements in one file, all or none."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from claw.errors import ToolError
from claw.execution.context import Facts, ToolContext
from claw.execution.files import File, write_atomic
from claw.execution.masking import masked, must_not_write_masks
from claw.execution.paths import judged, shown
from claw.execution.threads import finished
from claw.tools.acts.edit import Replacement, replacement
from claw.tools.acts.read import similar
from claw.tools.arguments import parsed
from claw.tools.base import Outcome, Report
from claw.tools.multi_edit import MultiEditArguments, OneEdit
from claw.tools.read_marks import current, remember
from claw.tools.text import NEW, decoded, encoded, lines_of, must_not_write_stand_ins, numbered, shown_text

AROUND = 2
"""Lines shown before and after each change."""
SNIPPET = 80
"""Lines that are shown at most."""


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("MultiEdit", MultiEditArguments, arguments)
    return Outcome(await finished(lambda: _edit(wanted, facts, context)))


class _Changes(Struct):
    """The text after some edits, and where in it (with line ends as LF) each of them put something."""

    text: str
    places: list[tuple[int, int]]

    def add(self, done: Replacement) -> None:
        self.text = done.after
        self.places = [(_moved(start, done), _moved(stop, done)) for start, stop in self.places]
        self.places += [(_moved(start, done), _moved(start, done) + len(done.new)) for start, _ in done.spans]


def _moved(position: int, done: Replacement) -> int:
    """Where a position is once this was replaced."""
    return position + sum(len(done.new) - (stop - start) for start, stop in done.spans if stop <= position)


def _edit(wanted: MultiEditArguments, facts: Facts, context: ToolContext) -> str:
    (fact,) = facts.paths
    path = judged(fact, context)
    name = shown(path, context)
    try:
        old = _old(wanted, path, name, facts.agent, context)
        before = decoded(old.data) if old else NEW
        if before is None:
            raise ToolError(f"{name} is not text in a known encoding. Use Bash to change it.")
        for edit in wanted.edits:
            must_not_write_stand_ins(before, edit.new_string)
        changes = _Changes(before.text, [])
        for number, edit in enumerate(wanted.edits, 1):
            try:
                changes.add(
                    _one(edit, changes, is_first_of_new=old is None and number == 1, name=name, context=context)
                )
            except ToolError as error:
                raise ToolError(_told_of(error.message, number, wanted, before.text, changes.text)) from None
        must_not_write_masks(before.text, changes.text)
        data = encoded(before, changes.text, name)
        write_atomic(facts.grant, fact.canonical, data, old.stat if old else None, context.workspace, path)
    except FileNotFoundError:
        raise ToolError(f"{name} does not exist.{similar(path, context)}") from None
    except IsADirectoryError:
        raise ToolError(f"{name} is a folder, not a file.") from None
    except OSError as error:
        raise ToolError(f"{name} cannot be changed: {error.strerror}.") from None
    remember(path, data, context, facts.agent)
    done = f"Changed {name}" if old else f"Created {name}"
    return f"{done} ({len(wanted.edits)} edits).{_excerpts(changes, context)}"


def _old(wanted: MultiEditArguments, path: str, name: str, agent: int, context: ToolContext) -> File | None:
    """The file; None where there is none, and the first edit says what it begins with. Raises ToolError, OSError."""
    try:
        return current(path, name, context, agent)
    except FileNotFoundError:
        if wanted.edits[0].old_string:
            raise
        return None


def _one(edit: OneEdit, changes: _Changes, *, is_first_of_new: bool, name: str, context: ToolContext) -> Replacement:
    if is_first_of_new and not edit.old_string:
        return Replacement(after=edit.new_string, new=edit.new_string.replace("\r\n", "\n"), spans=[(0, 0)])
    return replacement(edit, changes.text, name, context)


def _told_of(problem: str, number: int, wanted: MultiEditArguments, before: str, now: str) -> str:
    """Which edit it is, and whether one before it has changed what it looks for."""
    piece = wanted.edits[number - 1].old_string.replace("\r\n", "\n")
    gone = piece in before.replace("\r\n", "\n") and piece not in now.replace("\r\n", "\n")
    why = " An edit before it has changed that text: each is made in what the one before it left." if gone else ""
    return f"Edit {number} of {len(wanted.edits)}: {problem}{why}\nNone of the edits was made."


def _excerpts(changes: _Changes, context: ToolContext) -> str:
    """The lines around each change, as they are now."""
    text = changes.text.replace("\r\n", "\n")
    lines = lines_of(masked(shown_text(text), context))
    shown_to = 0
    pieces: list[str] = []
    left = SNIPPET
    for start, stop in sorted(changes.places):
        first = max(text.count("\n", 0, start) + 1 - AROUND, shown_to + 1)
        last = min(text.count("\n", 0, max(start, stop - 1)) + 1 + AROUND, len(lines), first + left - 1)
        if last < first:
            continue
        if first > shown_to + 1:
            pieces.append("…")
        pieces.append(numbered(lines[first - 1 : last], first))
        left -= last - first + 1
        shown_to = last
    return "\n" + "\n".join(pieces) if pieces else ""
