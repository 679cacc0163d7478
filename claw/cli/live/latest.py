"""Which session is meant by "the last one here"."""

from __future__ import annotations

from claw.errors import ClawError, SessionNotFound
from claw.events.session import SessionStarted
from claw.log import Home, describe, has_events, last_written, read, session_paths


def last_in(home: Home, workspace: str) -> str:
    """The session in this folder that was written to last, a damaged one too: whoever goes on with it is told.

    Raises SessionNotFound.
    """
    best, when = "", -1
    for path in map(str, session_paths(home)):
        place, last = _place_and_time(path)
        if place == workspace and last > when:
            best, when = path, last
    if not best:
        raise SessionNotFound(f"there is no session in {workspace} yet", hint="claw log lists those elsewhere")
    return best


def _place_and_time(path: str) -> tuple[str, int]:
    """The session's folder, and when it was written to last; of a damaged one what its first record says."""
    try:
        if not has_events(path):
            return "", -1
        entry = describe(path)
        return entry.workspace, entry.last
    except ClawError:
        pass
    try:
        first = next(read(path, 0, 1), None)
    except ClawError:
        return "", -1
    begun = first.data if first else None
    return (begun.workspace, last_written(path)) if isinstance(begun, SessionStarted) else ("", -1)
