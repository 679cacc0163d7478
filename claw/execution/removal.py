"""Folders removed with all that is in them, whatever rights that has and however deep it is."""

from __future__ import annotations

import os
import stat
import uuid
from contextlib import suppress

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove_tree(root: str, at: int | None = None) -> None:
    """Remove the folder, as far as that is possible; links are not followed. `at`: the open folder that it is in.
    Raises nothing. Blocks.
    """
    with suppress(OSError, ValueError):
        if _removed(root, at):
            return
        top = _opened(root, at)
        try:
            _empty(top)
        finally:
            os.close(top)
        os.rmdir(root, dir_fd=at)


def _empty(top: int) -> None:
    """What lies deeper is moved up before it is removed, so that no depth needs more than two open folders."""
    mark, number, goes_on = uuid.uuid4().hex, 0, True
    while goes_on and (names := os.listdir(top)):
        goes_on = False
        for name in names:
            if _removed(name, top):
                goes_on = True
                continue
            with suppress(OSError):
                below = _opened(name, top)
                try:
                    for inner in os.listdir(below):
                        number += 1
                        goes_on |= _removed(inner, below) or _moved(inner, below, f"{mark}.{number}", top)
                finally:
                    os.close(below)
                os.rmdir(name, dir_fd=top)
                goes_on = True


def _removed(name: str, at: int | None) -> bool:
    """Whether it is gone, as what is no folder, or is one with nothing in it, is now."""
    for remove in (os.unlink, os.rmdir):
        try:
            remove(name, dir_fd=at)
        except FileNotFoundError:
            return True
        except OSError:
            continue
        return True
    return False


def _moved(name: str, at: int, new: str, to: int) -> bool:
    """A folder can be moved by who may write to it."""
    for _ in range(2):
        with suppress(OSError):
            os.rename(name, new, src_dir_fd=at, dst_dir_fd=to)
            return True
        with suppress(OSError):
            _open_up(name, at)
    return False


def _opened(name: str, at: int | None) -> int:
    try:
        descriptor = os.open(name, _OPEN, dir_fd=at)
    except PermissionError:
        _open_up(name, at)
        descriptor = os.open(name, _OPEN, dir_fd=at)
    if os.fstat(descriptor).st_mode & stat.S_IRWXU != stat.S_IRWXU:
        with suppress(OSError):
            os.fchmod(descriptor, stat.S_IRWXU)
    return descriptor


def _open_up(name: str, at: int | None) -> None:
    """A folder that its user cannot look into or change is made one that can be removed."""
    if stat.S_ISDIR(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode):
        os.chmod(name, stat.S_IRWXU, dir_fd=at)
