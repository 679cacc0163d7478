"""Files by their canonical path, opened so that no symbolic link is followed, whoever changes the tree meanwhile.

Functions block: call them in a thread.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct

from claw import _native
from claw.errors import ToolError

WHOLE_LIMIT = 10 * 1024 * 1024
"""Bytes of the largest file that is read as a whole, and so of one that may be edited or overwritten."""

PSEUDO = ("/proc", "/sys", "/dev")
"""Where files are made up by the system: reading them may wait for ever, or tell what nobody wrote there."""


class File(Struct, frozen=True):
    """What a regular file held, and its state as `stat` gave it before it was read."""

    data: bytes
    stat: os.stat_result


@contextmanager
def opened(path: str) -> Iterator[tuple[int, os.stat_result]]:
    """A regular file, open for reading, and its state. Raises OSError, ToolError for anything that is no such file.

    It never waits: a FIFO or a device is refused before it is opened.
    """
    must_be_real(path)
    _must_lie_in_folders(path)
    descriptor = _native.open_file(path)
    try:
        yield descriptor, os.fstat(descriptor)
    finally:
        os.close(descriptor)


def must_be_real(path: str) -> None:
    """Raises ToolError for a path in a pseudo file system."""
    if path in PSEUDO or path.startswith(tuple(f"{folder}/" for folder in PSEUDO)):
        raise ToolError(
            f"{path} is not an ordinary file but made up by the system.", hint="Use Bash if you must see it."
        )


def _must_lie_in_folders(path: str) -> None:
    """Raises ToolError where a file stands in the place of a folder."""
    folder = os.path.dirname(path)
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    if not stat.S_ISDIR(mode := os.lstat(folder).st_mode) and not stat.S_ISLNK(mode):
        raise ToolError(f"{path} cannot exist: {folder} is not a folder.")


def read_whole(path: str) -> File:
    """Everything in a regular file of at most WHOLE_LIMIT bytes. Raises OSError, ToolError."""
    with opened(path) as (descriptor, state), open(descriptor, "rb", closefd=False) as file:
        data = file.read(WHOLE_LIMIT + 1)
    if len(data) > WHOLE_LIMIT:
        raise ToolError(f"{path} is larger than {WHOLE_LIMIT // 2**20} MiB.", hint="Use Bash to work on it.")
    return File(data, state)


class Change(Struct, frozen=True):
    """What becomes of the file at `canonical`, as in the granted call's facts; `data` None: it is removed.

    `replacing` and `at` are as `write_atomic` has them; `mode` has the permission bits of a file that is made.
    """

    canonical: str
    data: bytes | None
    replacing: os.stat_result | None
    mode: int | None = None
    at: str = ""


def write_all(grant: _native.Grant, changes: Sequence[Change], root: str) -> None:
    """Make these changes, all or none: what is written before one fails is put back. Raises ToolError, OSError, whose
    `filename` says which file it was.
    """
    _native.change_files(
        grant,
        root,
        [(one.canonical, one.data, _identity(one.replacing), one.mode, one.at or None) for one in changes],
    )


def write_atomic(
    grant: _native.Grant, path: str, data: bytes, replacing: os.stat_result | None, root: str = "/", at: str = ""
) -> None:
    """Put `data` at `path` (as in the granted call's facts: absolute, or relative to `root`), all or nothing, synced.

    `at` is where that really is, if it is elsewhere (see `claw.execution.scratch`).

    `replacing` is the state of the file that the caller looked at; None: there was none, and folders are made as
    needed. The mode of an old file is kept. Raises ToolError (not granted; something else is there by now), OSError.
    """
    _native.write_file(grant, root, path, data, _identity(replacing), at or None)


def _identity(now: os.stat_result | None) -> tuple[int, int, int, int, int] | None:
    return None if now is None else (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)


@contextmanager
def locked(folder: str) -> Iterator[None]:
    """One claw at a time changes a file that claw keeps in this folder. Blocks. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
