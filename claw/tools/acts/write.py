"""Write: a whole file at once."""

from __future__ import annotations

from typing import Any

from claw.errors import ToolError
from claw.execution.context import Facts, ToolContext
from claw.execution.files import File, write_atomic
from claw.execution.masking import masked, must_not_write_masks
from claw.execution.paths import judged, shown
from claw.execution.threads import finished
from claw.tools.arguments import parsed
from claw.tools.base import Outcome, Report
from claw.tools.read_marks import current, remember
from claw.tools.text import (
    NEW,
    LineEnds,
    Text,
    decoded,
    encoded,
    following,
    lines_of,
    must_not_write_stand_ins,
    numbered,
)
from claw.tools.write import WriteArguments

SNIPPET = 8
"""Lines of the written file that are shown again."""


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("Write", WriteArguments, arguments)
    return Outcome(await finished(lambda: _write(wanted, facts, context)))


def _write(wanted: WriteArguments, facts: Facts, context: ToolContext) -> str:
    (fact,) = facts.paths
    path = judged(fact, context)
    name = shown(path, context)
    try:
        if fact.given.endswith("/"):
            raise IsADirectoryError(path)
        old = _old(path, name, context, facts.agent)
        before = decoded(old.data) if old else None
        must_not_write_masks(before.text if before else "", wanted.content)
        content = _as_before(before, wanted.content)
        data = encoded(before or NEW, content, name)
        write_atomic(facts.grant, fact.canonical, data, old.stat if old else None, context.workspace, path)
    except IsADirectoryError:
        raise ToolError(f"{name} is a folder, not a file.") from None
    except OSError as error:
        raise ToolError(f"{name} cannot be written: {error.strerror}.") from None
    remember(path, data, context, facts.agent)
    return _told(content, name, before, context, overwrote=old is not None)


def _old(path: str, name: str, context: ToolContext, agent: int) -> File | None:
    try:
        return current(path, name, context, agent)
    except FileNotFoundError:
        return None


def _as_before(before: Text | None, content: str) -> str:
    """The content with the line ends that all lines of the file had; its mark is kept beside it."""
    if before is None:
        return content
    must_not_write_stand_ins(before, content)
    if before.mark:
        content = content.removeprefix("\ufeff")
    crlf = LineEnds(before.text).all_crlf and "\r\n" not in content
    return content.replace("\n", "\r\n") if crlf else content


def _told(content: str, name: str, before: Text | None, context: ToolContext, *, overwrote: bool) -> str:
    lines = lines_of(masked(content, context))
    told = f"{'Overwrote' if overwrote else 'Created'} {name} ({len(lines)} lines)."
    if lines:
        told += f"\n{numbered(lines[:SNIPPET], 1)}"
    if len(lines) > SNIPPET:
        told += "\n…"
    if before and "\r\n" in before.text and "\r\n" not in content:
        told += "\n(Note: some lines ended in CRLF before; all end in LF now.)"
    now = following(before or NEW, content)
    if before and now == before and (now.encoding != "utf-8" or now.mark):
        told += f"\n(The file stays encoded in {now.encoding}{', with its byte order mark' if now.mark else ''}.)"
    elif now != (before or NEW):
        told += f"\n(The file is encoded in {now.encoding}, as it declares.)"
    return told
