"""Which session is meant by "the last one here"."""

from __future__ import annotations

from claw.errors import ClawError, SessionNotFound
from claw.events.session import SessionStarted
from claw.log import Catalogue, Home, Known, read


def last_in(home: Home, workspace: str) -> str:
    """The session in this folder that was written to last, a damaged one too: whoever goes on with it is told.

    Raises SessionNotFound.
    """
    catalogue = Catalogue(home)
    found = catalogue.last(lambda known: _workspace(known) == workspace)
    catalogue.keep()
    if found is None:
        raise SessionNotFound(f"there is no session in {workspace} yet", hint="claw log lists those elsewhere")
    return str(found.path)


def _workspace(known: Known) -> str:
    """The session's folder; of a damaged one what its first record says."""
    if known.entry is not None:
        return known.entry.workspace
    try:
        first = next(read(str(known.path), 0, 1), None)
    except ClawError:
        return ""
    begun = first.data if first else None
    return begun.workspace if isinstance(begun, SessionStarted) else ""
