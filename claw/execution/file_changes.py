"""What became of files while a command ran: what claw itself left there, and what is another file by now.

A mount holds a file, not its name: once another program has put a new file in its place, as editors and git do, nothing
keeps a command from changing that one. A link is held by no mount at all.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress

from claw import _native
from claw.errors import ClawError
from claw.execution.context import ToolContext
from claw.execution.denials import Bounds, Identity
from claw.execution.files import read_whole
from claw.execution.paths import shown

MOST = 20
"""Files that are named."""


def identities(paths: Iterable[str]) -> frozenset[Identity]:
    """What is at these paths now."""
    found: set[Identity] = set()
    for path in paths:
        with suppress(OSError):
            state = os.lstat(path)
            link = stat.S_ISLNK(state.st_mode)
            found.add((path, os.readlink(path), 0, 0) if link else (path, "", state.st_dev, state.st_ino))
    return frozenset(found)


def contents(paths: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Path and digest of every file that is one of these paths or lies below one; links by where they lead. Blocks."""
    found: set[tuple[str, str]] = set()
    for path in paths:
        files = [path] if not os.path.isdir(path) or os.path.islink(path) else _files(path)
        found.update((file, os.readlink(file) if os.path.islink(file) else _digest(file)) for file in files)
    return frozenset(found)


def _files(folder: str) -> list[str]:
    return [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]


def changed(bounds: Bounds, context: ToolContext) -> str:
    """A note about the files that no mount held and that are not as they were, or "". Blocks."""
    if not bounds.contents:
        return ""
    now = contents((*bounds.protected, *bounds.ruled))
    others = {path for path, _ in bounds.contents ^ now if not is_left(path, context)}
    told = [repr(shown(path, context)) for path in sorted(others)]
    if not told:
        return ""
    more = f" and {len(told) - MOST} more" if len(told) > MOST else ""
    return (
        f"[claw: while the command ran {', '.join(told[:MOST])}{more} changed. Such files are protected, since they "
        f"make other programs run code, or a rule keeps them from changes; this kernel gives no namespaces, so nothing "
        f"kept the command from it. Look at them before they are used, and tell the user.]"
    )


def remember_left(paths: Iterable[str], context: ToolContext) -> None:
    """These were let be changed, and are as they were meant to be. Blocks."""
    for path in paths:
        with suppress(ClawError, OSError):
            context.left[path] = _native.blake3(read_whole(path).data)


def left(context: ToolContext) -> frozenset[str]:
    """What calls were let change of what is protected, as far as it still is what they made of it. Blocks."""
    where = context.workspace, context.home, context.claw_home
    return frozenset(path for path in context.left if _native.is_protected(path, *where) and is_left(path, context))


def is_left(path: str, context: ToolContext) -> bool:
    """Whether a call was let change it, and it still is what that made of it. Blocks."""
    return path in context.left and _digest(path) == context.left[path]


def exchanged(bounds: Bounds, context: ToolContext) -> tuple[list[str], str]:
    """Links that are others by now; and a note about other protected files that are, or "". Blocks."""
    now = identities(path for path, *_ in bounds.identities)
    there = {path for path, *_ in now}
    others = sorted(one for one in bounds.identities - now if one[0] in there and not is_left(one[0], context))
    told = [f"`{shown(path, context)}`" for path, target, *_ in others if not target]
    note = (
        f"[claw: another program replaced {', '.join(told)} while the command ran. From then on the sandbox did not "
        f"keep the command from changing it: look at it before it is used.]"
    )
    return [path for path, target, *_ in others if target], note if told else ""


def _digest(path: str) -> str:
    with suppress(ClawError, OSError):
        return _native.blake3(read_whole(path).data)
    return ""
