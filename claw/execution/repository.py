"""The repository that the workspace belongs to, where that lies outside of it: in a folder above, or elsewhere, as that
of a work tree, a submodule or a clone that shares objects does.

What lies in the workspace does not decide what a command sees: a `.git` file counts only if the repository that it
names names it back. What alternates name counts because no command can change them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from msgspec import Struct

from claw.execution.git import is_repository, named_path, text_of
from claw.execution.links import is_inside
from claw.late import pattern

_WORKTREE = pattern(r"^\s*(?:\[core\]\s*)?worktree\s*=\s*\"?(.*?)\"?\s*$", re.IGNORECASE | re.MULTILINE)
MOST = 5
"""How far alternates have alternates of their own, as in git."""


class Repository(Struct, frozen=True):
    """Canonical paths of the folders by which a command comes to it."""

    top: str
    """The work tree's."""
    git: str
    """The git directory that has its objects, refs and configuration, and in it, if need be, the work tree's own."""
    alternates: tuple[str, ...] = ()
    """Folders of objects that are not its own."""


def found(workspace: str, home: str, claw_home: str) -> Repository | None:
    """The repository that git would find from the workspace; None where there is none that a command may come to.

    One whose work tree is the home folder or lies around it is none of those. Reads the disk.
    """
    folder = workspace
    while True:
        entry = os.path.join(folder, ".git")
        if os.path.lexists(entry):
            git = _git(entry)
            around = folder != workspace and is_inside(home, folder)
            if git is None or around or is_inside(git, claw_home):
                return None
            return Repository(folder, git, tuple(sorted(set(_alternates(git, home)))))
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def own_directory(top: str) -> str:
    """The git directory of the work tree with this root: with the index and the HEAD that are its own."""
    entry = os.path.join(top, ".git")
    return entry if os.path.isdir(entry) else named_path(top, ".git", "gitdir:")


def _git(entry: str) -> str | None:
    """The git directory of the work tree with this `.git`."""
    if os.path.islink(entry):
        return None
    if os.path.isdir(entry):
        apart = os.path.lexists(os.path.join(entry, "commondir"))
        return entry if is_repository(entry) and not apart else None
    own = named_path(os.path.dirname(entry), ".git", "gitdir:")
    if not own or os.path.realpath(own) != own or not is_repository(own):
        return None
    common = named_path(own, "commondir")
    if not common:
        return own if os.path.dirname(entry) in _work_trees(own) else None
    back = named_path(own, "gitdir")
    linked = os.path.dirname(own) == os.path.join(common, "worktrees") and os.path.realpath(back) == entry
    return common if linked and is_repository(common) else None


def _work_trees(git: str) -> Iterator[str]:
    """Where its configuration says that its work tree is: so it is in a submodule."""
    for match in _WORKTREE.finditer(text_of(os.path.join(git, "config"))):
        yield os.path.realpath(os.path.join(git, match[1]))


def _alternates(git: str, home: str, depth: int = 0) -> Iterator[str]:
    objects = os.path.join(git, "objects")
    for line in text_of(os.path.join(objects, "info", "alternates")).splitlines():
        place = os.path.realpath(os.path.join(objects, line)) if line and line[0] not in '#"' else ""
        other = os.path.dirname(place)
        if os.path.basename(place) != "objects" or not is_repository(other) or is_inside(home, place):
            continue
        yield place
        if depth < MOST:
            yield from _alternates(other, home, depth + 1)
