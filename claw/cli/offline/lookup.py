"""From what was typed to a session on disk."""

from __future__ import annotations

import os
from pathlib import Path

from claw import log
from claw.errors import LogNotFound, UsageError
from claw.log import Address, Home


def home() -> Home:
    """The home that the environment names. Raises UsageError."""
    return Home.default(os.environ)


def locate(text: str, *, personal: bool = False) -> tuple[Path, Address]:
    """The log folder and the address in it. With a `/` in it, `text` is the folder itself. `personal`: it may be the
    user's own log, too.

    Raises UsageError, SessionNotFound, SessionAmbiguous, LogNotFound.
    """
    address = log.parse_address(text)
    if personal and address.ref == log.PERSONAL:
        own = home().personal
        if not own.is_dir():
            raise LogNotFound("there is nothing in your own log yet", path=str(own), hint="claw log lists the sessions")
        return own, address
    if "/" not in address.ref:
        return log.find(home(), address.ref), address
    if not os.path.isdir(address.ref):
        raise LogNotFound(f"there is no folder {address.ref}", path=address.ref, hint="claw log lists the sessions")
    return Path(address.ref), address


def session(text: str, *, personal: bool = False) -> Path:
    """The log folder of a whole session. Raises as `locate` does, and UsageError for one of its events."""
    path, address = locate(text, personal=personal)
    if address.seq is not None:
        raise UsageError(f"{text!r} is one event of a session; this takes whole ones", hint=f"claw show {text}")
    return path


def event(text: str) -> tuple[Path, int]:
    """The log folder and seq of an event. Raises as `locate` does, and UsageError for a whole session."""
    path, address = locate(text, personal=True)
    if address.seq is None or address.before:
        raise UsageError(f"{text!r} does not name one event", hint=f"claw show {address.ref}@0")
    return path, address.seq


def sessions(texts: list[str] | None, *, personal: bool = False) -> list[Path]:
    """The folders of these sessions; of all, where none is given. `personal`: the user's own log is one of them."""
    if texts:
        return [session(text, personal=personal) for text in texts]
    own = home().personal
    return [*log.session_paths(home()), *([own] if personal and own.is_dir() else [])]
