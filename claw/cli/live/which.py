"""Which session is meant by "the last one here"."""

from __future__ import annotations

from claw.errors import ClawError, SessionNotFound
from claw.log import Home, describe, has_events, session_paths


def last_in(home: Home, workspace: str) -> str:
    """The session in this folder that was written to last. Raises SessionNotFound."""
    best, when = "", -1
    for path in session_paths(home):
        try:
            entry = describe(str(path)) if has_events(str(path)) else None
        except ClawError:
            continue
        if entry is not None and entry.workspace == workspace and entry.last > when:
            best, when = str(path), entry.last
    if not best:
        raise SessionNotFound(f"there is no session in {workspace} yet", hint="claw log lists those elsewhere")
    return best
