"""What a command was kept from by its sandbox, told from what it said: programs only know the kernel's word for it.

A note names a path that the command complained of, and is written only where the sandbox is what kept it from there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct

from claw.execution.context import ToolContext
from claw.execution.links import is_inside
from claw.late import pattern

_REFUSAL = pattern(r"read-only file system|device or resource busy|\bEROFS\b|\bEBUSY\b", re.IGNORECASE)
"""What programs say of a read-only mount, and of a rename onto a mount."""
_QUOTED = pattern(r"'([^'\[\]`]+)'|\"([^\"\[\]`]+)\"")
_PATHS = pattern(_QUOTED.pattern + r"|([^\s'\"`:,;()<>\[\]]+)")
_ALONE = pattern(rf"\W*(?:\w*error\W+)?(?:\[?errno \d+\W+)?(?:{_REFUSAL.pattern})\W*", re.IGNORECASE)
"""A line that says this of nothing."""
_PRIVATE = ("/tmp", "/var/tmp", "/dev/shm", "/run")
"""Private to a command, and writable: what is refused there is refused by something else."""
_KERNELS = ("/proc", "/sys", "/dev")
"""Of these a command has its own, or sees what nobody is let change."""
MOST = 5
"""Paths that are named."""


Identity: TypeAlias = tuple[str, str, int, int]
"""A path, and what is there: of a link where it leads, of anything else its device and inode."""


class Bounds(Struct, frozen=True):
    """What a confined command could not change, by absolute path, and what it was allowed to reach besides."""

    writable: bool
    protected: frozenset[str] = frozenset()
    """They make other programs run code."""
    closed: frozenset[str] = frozenset()
    """Folders of the workspace that nobody can look into."""
    bare: frozenset[str] = frozenset()
    """Folders of the workspace that git takes for git directories, though no `.git` leads to them."""
    shared: frozenset[str] = frozenset()
    """What it could change outside of the workspace: the git directory that its repository has there, and the folders
    that settings take for parts of it."""
    identities: frozenset[Identity] = frozenset()
    """What was at the paths of both when the command began."""
    contents: frozenset[tuple[str, str]] = frozenset()
    """Path and digest of every file that is protected or kept by rules, where no mount holds it: without namespaces."""
    ruled: frozenset[str] = frozenset()
    """Rules keep them from changes."""
    rules: tuple[str, ...] = ()
    """What these rules name, as gitignore patterns from the root of the file system."""
    opened: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    """Allowed, outside of the workspace, and not there when the command began."""


def explained(said: str, failed: bool, bounds: Bounds, context: ToolContext) -> str:
    """A note for whoever reads what a command said, or "". Looks at the disk."""
    notes = [*_lost(bounds, context), *_refused(said, failed, bounds, context)]
    return "\n".join(notes)


def speaks_of_refusal(said: str) -> bool:
    """Whether there is a line in it as programs write it that were refused something."""
    return _REFUSAL.search(said) is not None


def _lost(bounds: Bounds, context: ToolContext) -> Iterator[str]:
    """What it may have made where nobody will find it."""
    private = (context.home, *_PRIVATE)
    gone = [path for path in sorted(bounds.missing) if any(is_inside(path, folder) for folder in private)]
    if gone := [path for path in gone if not os.path.lexists(path)]:
        yield (
            f"[claw: {_listed(gone)} did not exist when the command began, so the sandbox could not let it in: if the "
            f"command made it, that went with its private folders. Create it with Write, then run the command again.]"
        )


def _refused(said: str, failed: bool, bounds: Bounds, context: ToolContext) -> Iterator[str]:
    found: dict[str, dict[str, None]] = {}
    unnamed = False
    refusals = [match for line in said.splitlines() if (match := _REFUSAL.search(line))]
    for refusal in refusals:
        path, reason = _explained(refusal, bounds, context)
        # What a command that went well says of other paths may be about anything.
        if reason and (failed or reason in (_PROTECTED, _RULED)):
            found.setdefault(reason, {})[path] = None
        unnamed |= _ALONE.fullmatch(refusal.string) is not None
    for reason, paths in found.items():
        yield f"[claw: its sandbox kept {_listed([*paths])} from being changed: {reason}]"
    if refusals and not found and not bounds.writable:
        if failed:
            yield _READING
    elif unnamed and not found and (kept := sorted(bounds.protected | bounds.ruled)):
        names = [os.path.relpath(path, context.workspace) for path in kept]
        yield f"[claw: its sandbox may be what refused that. It keeps from being changed: {_listed(names)}.]"


def _explained(refusal: re.Match[str], bounds: Bounds, context: ToolContext) -> tuple[str, str]:
    """The path of which a line says this, and why the sandbox refused to change it; empty where it did not.

    It stands right before the refusal, after it, or in quotes: what begins a line is the program's own name.
    """
    before, after = refusal.string[: refusal.start()], refusal.string[refusal.end() :]
    bare, quoted = [*_PATHS.finditer(before)][-1:], [*_QUOTED.finditer(refusal.string)]
    for match in (*bare, *quoted, *[*_PATHS.finditer(after)][:1]):
        path = next(group for group in match.groups() if group)
        busy = "busy" in refusal.group().lower()
        if path.isprintable() and (reason := _reason(path, bounds, context, busy=busy)):
            return path, reason
    return "", ""


_PROTECTED = (
    "it can make other programs run code, so no command changes it unasked. A command that names this path is put to "
    "the user and may change it once allowed; so are Edit and Write."
)
_RULED = "a rule of the settings says so."
_REPLACED = (
    "it is let in as a single file, which can be written to but not replaced by another. Change it with Edit or Write."
)
_MISSING = (
    "it did not exist when the command began, so it could not be let in. Create it with Write, then run the command "
    "again."
)
_OUTSIDE = (
    "commands change the workspace and their private /tmp and home, and nothing else. A command that names this path "
    "is put to the user and may change it once allowed."
)
_READING = (
    "[claw: the workspace was read-only to this command, for it was let run as one that only reads. Run what writes as "
    "a command of its own.]"
)


def _reason(path: str, bounds: Bounds, context: ToolContext, *, busy: bool) -> str:
    """Why the sandbox refused to change it, which is `busy` only as a mount; "" if it did not."""
    full = os.path.normpath(os.path.join(context.workspace, context.home + path[1:] if path[:2] == "~/" else path))
    if _is_among(path, full, bounds.protected):
        return _PROTECTED
    if _is_among(path, full, bounds.ruled):
        return _RULED
    if is_inside(full, context.workspace):
        return ""
    if full in bounds.opened:
        return _MISSING if full in bounds.missing else _REPLACED
    ours = any(is_inside(full, folder) for folder in (context.home, *_PRIVATE, *_KERNELS))
    return "" if ours or busy or not _is_writable(full) else _OUTSIDE


def _is_among(path: str, full: str, kept: frozenset[str]) -> bool:
    """Whether it is one of them or lies in one; a relative path may be meant from any folder."""
    if any(is_inside(full, one) for one in kept):
        return True
    parts = path.removeprefix("./").split(os.sep)
    if parts[0] in ("", "~", ".."):
        return False
    heads = tuple(os.sep + os.path.join(*parts[:count]) for count in range(1, len(parts) + 1))
    return any(one.endswith(heads) for one in kept)


def _is_writable(path: str) -> bool:
    """Whether claw itself could change or make it."""
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    return os.access(path, os.W_OK)


def _listed(paths: list[str]) -> str:
    named = ", ".join(f"`{path}`" for path in paths[:MOST])
    return named if len(paths) <= MOST else f"{named} and {len(paths) - MOST} more"
