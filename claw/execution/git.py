"""The commit that a folder stands on, and what leads there, read from git's own files: no program runs in a repository
nobody has looked at.

See gitrepository-layout(5). Refs in a reftable are not read: such a repository has no known commit.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from claw.late import pattern

SMALL = 64 * 1024
"""Bytes of the largest HEAD, ref or `gitdir` file that is believed."""
LARGE = 256 * 1024 * 1024
"""The same of `packed-refs`."""
DEEPEST = 5
"""Symbolic refs that are followed, as git does."""

_ID = pattern(r"[0-9a-f]{40}|[0-9a-f]{64}")
_OWN = ("refs/bisect/", "refs/worktree/", "refs/rewritten/")
"""Refs that each worktree has for itself."""


def head(folder: str) -> str:
    """Its commit's id (SHA-1 or SHA-256, hex); empty without a repository or a commit. Raises nothing."""
    git = _git_folder(folder)
    if git is None:
        return ""
    common = named_path(git, "commondir") or git
    name = "HEAD"
    for _ in range(DEEPEST):
        text = text_of(os.path.join(git if name == "HEAD" or name.startswith(_OWN) else common, name)).strip()
        if not text:
            return _packed(common, name)
        if not text.startswith("ref:"):
            return text if _ID.fullmatch(text) else ""
        name = text[4:].strip()
        if not _is_ref(name):
            return ""
    return ""


def branch(folder: str) -> str | None:
    """The name of the branch that is checked out, empty where none is; None without a repository. Raises nothing."""
    git = _git_folder(folder)
    if git is None:
        return None
    name = text_of(os.path.join(git, "HEAD")).strip().removeprefix("ref:").strip()
    return name.removeprefix("refs/heads/") if _is_ref(name) else ""


def _git_folder(folder: str) -> str | None:
    """The repository that holds the folder, looked for upwards as git does."""
    while True:
        below = os.path.join(folder, ".git")
        for candidate in (below, named_path(folder, ".git", "gitdir:"), folder):
            if candidate and is_repository(candidate):
                return candidate
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def is_repository(path: str) -> bool:
    """Whether git takes the folder for a git directory. Raises nothing."""
    shared = named_path(path, "commondir") or path
    return os.path.lexists(os.path.join(path, "HEAD")) and all(
        os.path.isdir(os.path.join(shared, name)) for name in ("objects", "refs")
    )


def named_path(folder: str, name: str, prefix: str = "") -> str:
    """The path that a file names, relative to the file's folder, without `..`; empty where there is no such file."""
    text = text_of(os.path.join(folder, name)).rstrip("\r\n")
    if not text.startswith(prefix) or "\0" in text:
        return ""
    path = text[len(prefix) :].strip() if prefix else text
    return os.path.normpath(os.path.join(folder, path)) if path else ""


def _is_ref(name: str) -> bool:
    """A name below `refs/` that leads nowhere else."""
    parts = name.split("/")
    return parts[0] == "refs" and len(parts) > 1 and name.isprintable() and not {"", ".", ".."} & set(parts)


def _packed(common: str, name: str) -> str:
    for line in _lines(os.path.join(common, "packed-refs"), LARGE):
        id, _, ref = line.rstrip("\n").partition(" ")
        if ref == name:
            return id if _ID.fullmatch(id) else ""
    return ""


def text_of(path: str) -> str:
    """A small regular file's text; empty where there is none. Raises nothing."""
    return "".join(_lines(path, SMALL))


def _lines(path: str, most: int) -> Iterator[str]:
    """Lines of a regular file of at most `most` bytes; none of anything else. It never waits."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with open(descriptor, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode) and found.st_size <= most:
                yield from file
    except (OSError, ValueError):
        return
