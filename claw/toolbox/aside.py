"""What a command made that it must not is set aside before anything reads it.

Files that make other programs run code, and those that rules keep from changes, are read-only to a confined command
where they exist; one that did not exist it can make. So the workspace is looked through before and after.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace

from claw import _native
from claw.errors import ClawError
from claw.toolbox.base import Place
from claw.toolbox.files import read_whole
from claw.toolbox.held import Bounds
from claw.toolbox.links import is_inside
from claw.toolbox.meanwhile import changed, exchanged, is_left, left
from claw.toolbox.paths import as_pattern, protected_in_home, shown

_HARMLESS = re.compile(
    r"\s*(?:[#;].*"
    r"|\[(?:core|init|user|extensions|(?:remote|branch|submodule) \"[^\"\\]*\")\]"
    r"|(?:repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|name|email"
    r"|objectformat|refstorage|defaultbranch|fetch|merge|remote|active|rebase)\s*=\s*[^!\\]*"
    r"|url\s*=\s*(?:https?://|ssh://|git@|\.{0,2}/)[^!\\]*)?",
    re.IGNORECASE,
)
"""A line of a git configuration as `git init` and `git clone` write it: nothing in it names a program."""
MOST = 20
"""Files that are named of those that a rule keeps."""


def kept(
    place: Place, opened: frozenset[str], opening: frozenset[str] | None = None
) -> tuple[frozenset[str], frozenset[str]]:
    """What makes other programs run code in what a command may change, without what itself was `opened`, and which
    folders nobody can look into. Blocks.

    With `opening` each of those folders that it does not name is made one that its user can look into.
    """
    protected: set[str] = set()
    closed: set[str] = set()
    for root in writable(opened, place):
        if is_inside(place.home, root) and root != place.workspace:
            found, shut = list(protected_in_home(place.home)), list[str]()
        else:
            found, shut = _native.guarded(root, opening)
        inside = [path for path in opened if path != root and is_inside(path, root)]
        protected.update(part for path in found for part in _beside(path, inside))
        closed.update(shut)
    return frozenset(protected - opened), frozenset(closed)


def _beside(path: str, opened: list[str]) -> Iterator[str]:
    """`path`, nothing if it was opened, or what lies beside what was opened in it."""
    if any(is_inside(path, one) for one in opened):
        return
    if not any(is_inside(one, path) for one in opened) or os.path.islink(path) or not os.path.isdir(path):
        yield path
        return
    for name in sorted(os.listdir(path)):
        yield from _beside(os.path.join(path, name), opened)


def settled(bounds: Bounds, place: Place) -> str:
    """Set aside all that a command has made and must not have, and name what it may have changed; a note, or "".

    What other calls were let make meanwhile stays. Blocks.
    """
    if not bounds.writable:
        return ""
    links, note = exchanged(bounds, place)
    bounds = replace(
        bounds, opened=bounds.opened | left(place), protected=bounds.protected - {*links}, ruled=bounds.ruled - {*links}
    )
    notes = (
        changed(bounds, place),
        set_aside(bounds, place),
        set_ruled_aside(bounds, writable(bounds.opened, place), place),
        note,
    )
    return "\n".join(note for note in notes if note)


def writable(opened: frozenset[str], place: Place) -> list[str]:
    """The workspace, and what was `opened` outside of it."""
    return [place.workspace, *sorted(path for path in opened if not is_inside(path, place.workspace))]


def set_aside(bounds: Bounds, place: Place) -> str:
    """Set aside whatever came since there was what `bounds` protects, and was not allowed; a note for the model.

    The note is empty where there was nothing to do. A repository that was just made is left as it is if nothing in it
    makes git run a program. Blocks.
    """
    before = bounds.protected
    roots = writable(bounds.opened, place)
    now, _ = kept(place, bounds.opened, bounds.closed)
    done = [
        f"{_named(path, place)} → {_moved(path)}"
        for path in sorted(now - before)
        if not _is_fresh(path, before) and not any(_leads_home(path, root) for root in roots)
    ]
    if not done:
        return ""
    return (
        f"[claw set aside what the command made: {', '.join(done)}. Such files make other programs run code, hold "
        f"credentials or belong to claw; only a person can put them in place.]"
    )


def set_ruled_aside(bounds: Bounds, roots: list[str], place: Place) -> str:
    """Set aside whatever came below `roots` that the rules of `bounds` keep from changes; a note for the model.

    The note is empty where there was nothing to do. Blocks.
    """
    done: list[str] = []
    for pattern in bounds.rules:
        came = {path for root in roots for path in _native.matching([pattern], root, sys.maxsize) or ()}
        new = sorted(path for path in came - bounds.ruled - bounds.opened if not is_left(path, place))
        done += [f"{_named(path, place)} → {_moved(path)} (rule for {_relative(pattern, place)})" for path in new]
    if not done:
        return ""
    more = f" and {len(done) - MOST} more" if len(done) > MOST else ""
    return (
        f"[claw set aside what the command made: {', '.join(done[:MOST])}{more}. A rule keeps such files from "
        f"changes by any tool or command; only a person can put them in place.]"
    )


def _named(path: str, place: Place) -> str:
    """The path in one line, whatever characters it has."""
    name = shown(path, place)
    return name if name.isprintable() else repr(name)


def _moved(path: str) -> str:
    """Set it aside; its new name, or why it has none."""
    try:
        return os.path.basename(_native.set_aside(path))
    except (ClawError, OSError) as error:
        return f"not possible: {error}"


def _relative(pattern: str, place: Place) -> str:
    """A gitignore pattern from the root of the file system as it is read from the workspace."""
    return pattern.removeprefix(as_pattern(place.workspace) + "/")


def _leads_home(path: str, root: str) -> bool:
    """Whether it is what `git worktree add` writes: a pointer to a git directory of the repository in `root`."""
    folder, name = os.path.split(path)
    try:
        if name == "commondir":
            return read_whole(path).data == b"../..\n"
        if name != ".git" or os.path.isdir(path):
            return False
        leads = read_whole(path).data.decode().removeprefix("gitdir: ").rstrip("\n")
    except (ClawError, OSError, UnicodeDecodeError):
        return False
    target = os.path.realpath(os.path.join(folder, leads))
    git = os.path.join(root, ".git")
    return target.startswith((os.path.join(git, "worktrees", ""), os.path.join(git, "modules", "")))


def _is_fresh(path: str, before: frozenset[str]) -> bool:
    """Whether it belongs to a repository that is as new as harmless."""
    git, name = os.path.split(path)
    if os.path.basename(git).lower() != ".git" or any(old.startswith(f"{git}{os.sep}") for old in before):
        return False
    try:
        if name == "hooks":
            return not os.path.islink(path) and all(entry.endswith(".sample") for entry in os.listdir(path))
        text = read_whole(path).data.decode()
        return name == "config" and all(_HARMLESS.fullmatch(line) for line in text.split("\n"))
    except (ClawError, OSError, UnicodeDecodeError):
        return False
