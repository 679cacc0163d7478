"""A worktree's folder, and what the repository knows of it in `worktrees/NAME` of its git directory: made, known again,
looked through, removed. Commands may have changed both, so nothing there leads claw anywhere.
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import suppress

from claw.errors import ToolError
from claw.events.worktree import Worktree
from claw.execution import quoted
from claw.execution.git_refs import content, folder
from claw.execution.removal import remove_tree

GONE = ".gone"
"""What a worktree's folder is called while it is being removed."""
_NOBODY = "claw <claw@localhost>"


def write(path: str, common: str, name: str, base: str) -> str:
    """A folder in which nothing is, and what the repository knows of it; its git directory. Raises OSError."""
    os.mkdir(path)
    own = os.path.join(common, "worktrees", name)
    _new(path, ".git", f"gitdir: {own}\n")
    with folder(common, "worktrees", make=True) as there:
        os.mkdir(name, dir_fd=there)
    _new(own, "gitdir", f"{path}/.git\n")
    _new(own, "commondir", "../..\n")
    _new(own, "HEAD", f"ref: refs/heads/{name}\n")
    os.mkdir(os.path.join(own, "logs"))
    # git goes on with a log that is there, whatever its settings say: so what the agent commits is found again.
    _new(own, "logs/HEAD", f"{'0' * len(base)} {base} {_NOBODY} {int(time.time())} +0000\tcheckout: {name}\n")
    return own


def give_index(own: str, index: str) -> None:
    """This file becomes the index of the new worktree. Raises OSError."""
    with open(index, "rb") as file:
        _new(own, "index", file.read())


def _new(root: str, name: str, text: str | bytes) -> None:
    *above, last = name.split("/")
    with folder(root, *above) as there:
        descriptor = os.open(last, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=there)
        with open(descriptor, "wb") as file:
            file.write(os.fsencode(text))


def must_be_ours(worktree: Worktree) -> None:
    """Raises ToolError where the folder, or what the repository knows of it, is not what claw made."""
    path, name = worktree.path, worktree.branch
    if os.path.realpath(path) != path or not os.path.isdir(path):
        raise ToolError(f"{path} is not the folder any more that claw made.")
    if _named(path, ".git", "gitdir:") != os.path.join(worktree.git, "worktrees", name):
        raise ToolError(f"{path} is not the folder any more that claw made: its .git does not lead to the repository.")
    for file, meant in (("gitdir", os.path.join(path, ".git")), ("commondir", worktree.git)):
        found = _named(worktree.git, f"worktrees/{name}/{file}")
        if found != meant:
            leads = f" leads to {quoted.name(found)}" if found else " is no file"
            raise ToolError(f"The {file} of the worktree in {worktree.git}{leads}.")


def elsewhere(worktree: Worktree) -> str:
    """Where the folder was moved to, if the repository knows; else empty."""
    with suppress(OSError):
        file = _named(worktree.git, f"worktrees/{worktree.branch}/gitdir")
        place = os.path.dirname(file)
        if place and place != worktree.path and os.path.lexists(place):
            return place
    return ""


def _named(root: str, file: str, prefix: str = "") -> str:
    """The path that the file names. Raises OSError."""
    text = os.fsdecode(content(root, file) or b"").rstrip("\r\n")
    path = text.removeprefix(prefix).strip() if text.startswith(prefix) else ""
    return os.path.normpath(os.path.join(root, os.path.dirname(file), path)) if path and "\0" not in path else ""


def must_be_readable(root: str) -> None:
    """Raises ToolError where git could not look into all folders, or would wait for what it takes for a file of its
    own.
    """
    left = [root]
    while left:
        place = left.pop()
        try:
            if not os.access(place, os.R_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            with os.scandir(place) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
                    elif _holds(entry, f"{place}/"):
                        shown = quoted.name(os.path.relpath(entry.path, root))
                        raise ToolError(f"{shown} is no file, and git would wait for what it says.")
        except OSError as error:
            raise ToolError(f"{quoted.name(os.path.relpath(place, root))}: {error.strerror}.") from None


def _holds(entry: os.DirEntry[str], place: str) -> bool:
    is_git_s = entry.name.startswith(".git") or "/.git/" in place
    return is_git_s and not entry.is_file(follow_symlinks=False) and not entry.is_symlink()


def remove(path: str, common: str) -> None:
    """Remove the worktree's folder, and what the repository knows of it. Raises OSError."""
    with suppress(FileNotFoundError):
        os.rename(path, path + GONE)
    remove_tree(path + GONE)
    if os.path.lexists(path + GONE):
        raise OSError(errno.ENOTEMPTY, "It could not be removed", path + GONE)
    name = os.path.basename(path)
    if _named(common, f"worktrees/{name}/gitdir") in ("", os.path.join(path, ".git")):
        with suppress(FileNotFoundError), folder(common, "worktrees") as there:
            remove_tree(name, there)
            if name in os.listdir(there):
                raise OSError(errno.ENOTEMPTY, "It could not be removed", os.path.join(common, "worktrees", name))
    with suppress(OSError):
        os.rmdir(os.path.join(common, "worktrees"))
