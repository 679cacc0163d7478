"""What a command made that it must not is set aside before anything reads it.

Files that make other programs run code, and those that rules keep from changes, are read-only to a confined command
where they exist; one that did not exist it can make. So the workspace is looked through before and after.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from claw import _native
from claw.errors import ClawError
from claw.execution.context import ToolContext
from claw.execution.denials import Bounds
from claw.execution.file_changes import changed, exchanged, is_left, left
from claw.execution.links import is_inside
from claw.execution.new_repositories import is_fresh, leads_home
from claw.execution.paths import as_pattern, configurations, protected_in_home, shown

MOST = 20
"""Files that are named of those that a rule keeps."""


class Kept(NamedTuple):
    """Absolute paths of what a command must not change or make."""

    protected: frozenset[str]
    """It makes other programs run code."""
    closed: frozenset[str]
    """Folders that nobody can look into."""
    bare: frozenset[str]
    """Folders that git takes for git directories, though no `.git` leads to them."""


def kept(
    context: ToolContext,
    opened: frozenset[str],
    shared: frozenset[str] = frozenset(),
    opening: frozenset[str] | None = None,
) -> Kept:
    """What there is in what a command may change, without what itself was `opened`; `shared` as `Bounds` has it.
    Blocks.

    With `opening` each closed folder that it does not name is made one that its user can look into.
    """
    protected: set[str] = set()
    closed: set[str] = set()
    bare: set[str] = set()
    for root in (*writable(opened, context), *sorted(shared)):
        if is_inside(context.home, root) and root != context.workspace:
            found, shut, plain = list(protected_in_home(context.home)), list[str](), list[str]()
        else:
            found, shut, plain = _native.guarded(root, opening, configurations(context.home))
        inside = [path for path in opened if path != root and is_inside(path, root)]
        protected.update(part for path in found for part in _beside(path, inside))
        closed.update(shut)
        bare.update(plain)
    return Kept(frozenset(protected - opened), frozenset(closed), frozenset(bare))


def _beside(path: str, opened: list[str]) -> Iterator[str]:
    """`path`, nothing if it was opened, or what lies beside what was opened in it."""
    if any(is_inside(path, one) for one in opened):
        return
    if not any(is_inside(one, path) for one in opened) or os.path.islink(path) or not os.path.isdir(path):
        yield path
        return
    for name in sorted(os.listdir(path)):
        yield from _beside(os.path.join(path, name), opened)


def settled(bounds: Bounds, context: ToolContext) -> str:
    """Set aside all that a command has made and must not have, and name what it may have changed; a note, or "".

    What other calls were let make meanwhile stays. Blocks.
    """
    if not bounds.writable:
        return ""
    links, note = exchanged(bounds, context)
    bounds = replace(
        bounds,
        opened=bounds.opened | left(context),
        protected=bounds.protected - {*links},
        ruled=bounds.ruled - {*links},
    )
    notes = (
        changed(bounds, context),
        set_aside(bounds, context),
        set_ruled_aside(bounds, [*writable(bounds.opened, context), *bounds.shared], context),
        note,
    )
    return "\n".join(note for note in notes if note)


def writable(opened: frozenset[str], context: ToolContext) -> list[str]:
    """The workspace, and what was `opened` outside of it."""
    return [context.workspace, *sorted(path for path in opened if not is_inside(path, context.workspace))]


def set_aside(bounds: Bounds, context: ToolContext) -> str:
    """Set aside whatever came since there was what `bounds` protects, and was not allowed; a note for the model.

    The note is empty where there was nothing to do. A repository that was just made is left as it is if nothing in it
    makes git run a program. Blocks.
    """
    done: list[str] = []
    roots = [*writable(bounds.opened, context), *bounds.shared]
    # What leads git to a configuration goes first: without it what that was may be an ordinary file.
    for chosen in (_pointers, _obeyed):
        now = kept(context, bounds.opened, bounds.shared, bounds.closed)
        came = (path for path in chosen(now, bounds, roots) if any(is_inside(path, root) for root in roots))
        moved = [f"{_named(path, context)} → {_moved(path)}" for path in sorted(came)]
        done += moved
    if not done:
        return ""
    return (
        f"[claw set aside what the command made: {', '.join(done)}. Such files make other programs run code, hold "
        f"credentials or belong to claw; only a person can put them in place.]"
    )


def _pointers(now: Kept, bounds: Bounds, roots: list[str]) -> Iterator[str]:
    """What came and makes git take a folder for a repository, or look elsewhere for one's configuration."""
    for path in now.protected - bounds.protected:
        name = os.path.basename(path).lower()
        plain = os.path.islink(path) or not os.path.isdir(path)
        if name in ("commondir", ".git") and plain and not leads_home(path, roots):
            yield path
    for folder in now.bare - bounds.bare:
        obeyed = [path for path in now.protected - bounds.protected if is_inside(path, folder)]
        if not all(leads_home(path, roots) or is_fresh(path, bounds.protected, roots) for path in obeyed):
            yield os.path.join(folder, "HEAD")


def _obeyed(now: Kept, bounds: Bounds, roots: list[str]) -> Iterator[str]:
    """All that came else."""
    for path in now.protected - bounds.protected:
        if not leads_home(path, roots) and not is_fresh(path, bounds.protected, roots):
            yield path


def set_ruled_aside(bounds: Bounds, roots: list[str], context: ToolContext) -> str:
    """Set aside whatever came below `roots` that the rules of `bounds` keep from changes; a note for the model.

    The note is empty where there was nothing to do. Blocks.
    """
    done: list[str] = []
    for pattern in bounds.rules:
        came = {path for root in roots for path in _native.matching([pattern], root, sys.maxsize) or ()}
        new = sorted(path for path in came - bounds.ruled - bounds.opened if not is_left(path, context))
        done += [f"{_named(path, context)} → {_moved(path)} (rule for {_relative(pattern, context)})" for path in new]
    if not done:
        return ""
    more = f" and {len(done) - MOST} more" if len(done) > MOST else ""
    return (
        f"[claw set aside what the command made: {', '.join(done[:MOST])}{more}. A rule keeps such files from "
        f"changes by any tool or command; only a person can put them in place.]"
    )


def _named(path: str, context: ToolContext) -> str:
    """The path in one line, whatever characters it has."""
    name = shown(path, context)
    return name if name.isprintable() else repr(name)


def _moved(path: str) -> str:
    """Set it aside; its new name, or why it has none."""
    try:
        return os.path.basename(_native.set_aside(path))
    except (ClawError, OSError) as error:
        return f"not possible: {error}"


def _relative(pattern: str, context: ToolContext) -> str:
    """A gitignore pattern from the root of the file system as it is read from the workspace."""
    return pattern.removeprefix(as_pattern(context.workspace) + "/")
