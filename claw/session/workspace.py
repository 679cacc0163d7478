"""The folder that a session works in."""

from __future__ import annotations

import os

from claw.errors import UsageError


def workspace_named(folder: str | None) -> str:
    """The canonical path of an existing folder; None: where claw was started. Raises UsageError."""
    try:
        path = os.path.realpath(folder if folder is not None else os.getcwd())
    except FileNotFoundError:
        raise UsageError("the current folder does not exist any more", hint="claw -C DIR") from None
    if not os.path.isdir(path):
        raise UsageError(f"there is no folder {path}", hint=f"mkdir {path}")
    try:
        path.encode()
    except UnicodeEncodeError:
        raise UsageError(f"the name of the folder {path!a} is not UTF-8 text", hint="rename it") from None
    return path
