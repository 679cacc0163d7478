"""`session/list`: the sessions of the home, those first that were written to last, a page at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

from claw.cli.acp.texts import Piece
from claw.cli.acp.wire import INVALID_PARAMS, Refused
from claw.cli.sanitize import clean_line
from claw.log import Catalogue, Home, Known, SessionEntry

PAGE = 50


def page(home: Home, workspace: str, cursor: str | None) -> Piece:
    """Those in this folder, or all. Blocks. Raises Refused for a cursor that is none."""
    before = _place(cursor) if cursor is not None else None
    catalogue = Catalogue(home)
    wanted = (known for known in catalogue.newest() if _wanted(known, workspace, before))
    found = [known.entry for known in islice(wanted, PAGE + 1) if known.entry is not None]
    catalogue.keep()
    told: Piece = {"sessions": [_session(entry) for entry in found[:PAGE]]}
    if len(found) > PAGE:
        told["nextCursor"] = f"{found[PAGE - 1].last}.{found[PAGE - 1].id}"
    return told


def _wanted(known: Known, workspace: str, before: tuple[int, str] | None) -> bool:
    entry = known.entry
    if entry is None or (workspace and entry.workspace != workspace):
        return False
    return before is None or (-entry.last, entry.id) > (-before[0], before[1])


def _place(cursor: str) -> tuple[int, str]:
    last, _, id = cursor.partition(".")
    if not (last.isascii() and last.isdecimal() and len(last) < 20 and id):
        raise Refused(INVALID_PARAMS, f"the cursor {cursor!r} is none of session/list's")
    return int(last), id


def _session(entry: SessionEntry) -> Piece:
    at = datetime.fromtimestamp(entry.last / 1e9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told: Piece = {"sessionId": entry.id, "cwd": entry.workspace, "updatedAt": at}
    if entry.shown:
        told["title"] = clean_line(entry.shown)
    return told
