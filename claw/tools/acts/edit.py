"""Edit: replace an exact piece of a file."""

from __future__ import annotations

from typing import Any, Protocol

from msgspec import Struct

from claw.errors import ToolError
from claw.execution.context import Facts, ToolContext
from claw.execution.files import write_atomic
from claw.execution.masking import masked, must_not_write_masks
from claw.execution.paths import judged, shown
from claw.execution.threads import finished
from claw.tools.acts.read import similar
from claw.tools.arguments import parsed
from claw.tools.base import Outcome, Report
from claw.tools.edit import EditArguments
from claw.tools.nearest import nearest
from claw.tools.read_marks import current, remember
from claw.tools.text import (
    STAND_IN,
    LineEnds,
    decoded,
    encoded,
    lines_of,
    must_not_write_stand_ins,
    numbered,
    shown_text,
)

AROUND = 4
"""Lines shown before and after the change."""
SNIPPET = 60
"""Lines of a change that are shown at most."""


class Pair(Protocol):
    """One text for another, as Edit and MultiEdit are given it."""

    @property
    def old_string(self) -> str: ...
    @property
    def new_string(self) -> str: ...
    @property
    def replace_all(self) -> bool: ...


class Replacement(Struct, frozen=True):
    """A text after the replacement, line ends as they were; what was put in, and in place of which spans. Spans count
    in the text before it, whose line ends are taken for one character.
    """

    after: str
    new: str
    spans: list[tuple[int, int]]


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("Edit", EditArguments, arguments)
    return Outcome(await finished(lambda: _edit(wanted, facts, context)))


def _edit(wanted: EditArguments, facts: Facts, context: ToolContext) -> str:
    (fact,) = facts.paths
    path = judged(fact, context)
    name = shown(path, context)
    try:
        _must_make_sense(wanted)
        old = current(path, name, context, facts.agent)
        text = decoded(old.data)
        if text is None:
            raise ToolError(f"{name} is not text in a known encoding. Use Bash to change it.")
        must_not_write_stand_ins(text, wanted.new_string)
        done = replacement(wanted, text.text, name, context)
        data = encoded(text, done.after, name)
        write_atomic(facts.grant, fact.canonical, data, old.stat, context.workspace, path)
    except FileNotFoundError:
        raise ToolError(f"{name} does not exist.{similar(path, context)}") from None
    except IsADirectoryError:
        raise ToolError(f"{name} is a folder, not a file.") from None
    except OSError as error:
        raise ToolError(f"{name} cannot be changed: {error.strerror}.") from None
    remember(path, data, context, facts.agent)
    first = text.text.replace("\r\n", "\n").count("\n", 0, done.spans[0][0]) + 1
    return _told(done.after, (first, first + done.new.count("\n")), len(done.spans), name, context)


def replacement(wanted: Pair, text: str, name: str, context: ToolContext) -> Replacement:
    """What becomes of a text. Raises ToolError unless it is plain what to replace, and with what."""
    _must_make_sense(wanted)
    ends = LineEnds(text)
    new = wanted.new_string.replace("\r\n", "\n")
    must_not_write_masks(ends.text, new)
    spans = _spans(wanted, ends.text, name, context)
    return Replacement(after=ends.replaced(spans, new), new=new, spans=spans)


def _must_make_sense(wanted: Pair) -> None:
    if not wanted.old_string:
        raise ToolError("old_string is empty. To make a new file, use Write.")
    if wanted.old_string == wanted.new_string:
        raise ToolError("old_string and new_string are the same: there is nothing to change.")


def _spans(wanted: Pair, text: str, name: str, context: ToolContext) -> list[tuple[int, int]]:
    """Where to replace. Raises ToolError unless that is one place, or every place was asked for."""
    old = wanted.old_string.replace("\r\n", "\n")
    starts = _found(text, old, overlapping=not wanted.replace_all)
    if not starts:
        raise ToolError(f"old_string is not in {name}. {_why_not(text, old, context)}")
    if len(starts) > 1 and not wanted.replace_all:
        raise ToolError(
            f"old_string is {len(starts)} times in {name}. Give more lines around it to make it unique, "
            f"or set replace_all."
        )
    return [(start, start + len(old)) for start in starts]


def _why_not(text: str, old: str, context: ToolContext) -> str:
    """What to do about a text that is not there: what is nearly it, if anything is."""
    plain = shown_text(text)
    if old in plain:
        return f"It covers bytes that you see as {STAND_IN}, since they are no text; choose text that does not."
    if old in masked(plain, context):
        return "It covers a secret that you see masked; choose text that does not."
    near = nearest(plain, old)
    if near is None:
        return "Read the file again and copy the text exactly."
    line = plain.count("\n", 0, near.start) + 1
    piece = masked(plain[near.start : near.stop], context)
    return f"There is text at line {line} that differs only by {near.by}; copy it exactly:\n{piece}"


def _found(text: str, piece: str, *, overlapping: bool) -> list[int]:
    starts = []
    at = text.find(piece)
    while at >= 0:
        starts.append(at)
        at = text.find(piece, at + (1 if overlapping else len(piece)))
    return starts


def _told(after: str, changed: tuple[int, int], times: int, name: str, context: ToolContext) -> str:
    """What was done, with the lines of the (first) change as they are now."""
    first, last = changed
    top = max(first - AROUND, 1)
    lines = lines_of(masked(shown_text(after), context))[top - 1 : min(last + AROUND, top + SNIPPET)]
    if not after:
        return f"Changed {name}: it is empty now."
    where = f" in {times} places; the first" if times > 1 else ""
    return f"Changed {name}{where}:\n{numbered(lines, top)}"
