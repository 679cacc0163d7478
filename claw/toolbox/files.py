"""Files by their canonical path, opened so that no symbolic link is followed, whoever changes the tree meanwhile.

A canonical path has no links left in it, so each of its folders is opened relative to the one before it with
O_NOFOLLOW, and so is the file itself. Functions block: call them in a thread.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from claw.errors import ToolError

WHOLE_LIMIT = 10 * 1024 * 1024
"""Bytes of the largest file that is read as a whole, and so of one that may be edited or overwritten."""

_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | getattr(os, "O_PATH", os.O_RDONLY)

PSEUDO = ("/proc", "/sys", "/dev")
"""Where files are made up by the system: reading them may wait for ever, or tell what nobody wrote there."""


@dataclass(frozen=True, slots=True)
class File:
    """What a regular file held, and its state as `stat` gave it before it was read."""

    data: bytes
    stat: os.stat_result


@contextmanager
def folder_of(path: str, *, create: bool = False) -> Iterator[tuple[int, str]]:
    """The folder that holds `path`, as a descriptor, and the name therein. Raises OSError, ToolError (a link)."""
    *folders, name = path.strip("/").split("/")
    at = os.open("/", _FOLDER)
    try:
        for folder in folders:
            below = _enter(at, folder, create, path)
            os.close(at)
            at = below
        yield at, name
    finally:
        os.close(at)


def _enter(at: int, folder: str, create: bool, path: str) -> int:
    try:
        return os.open(folder, _FOLDER, dir_fd=at)
    except FileNotFoundError:
        if not create:
            raise
    except NotADirectoryError:
        raise ToolError(f"{path}: {folder} is not a folder, or has become a link since the call was checked.") from None
    with suppress(FileExistsError):
        os.mkdir(folder, dir_fd=at)
    return os.open(folder, _FOLDER, dir_fd=at)


@contextmanager
def opened(path: str) -> Iterator[tuple[int, os.stat_result]]:
    """A regular file, open for reading, and its state. Raises OSError, ToolError for anything that is no such file.

    It never waits: a FIFO or a device is refused before it is opened.
    """
    must_be_real(path)
    with folder_of(path) as (at, name):
        if not name:
            raise IsADirectoryError(path)
        _must_be_file(path, os.stat(name, dir_fd=at, follow_symlinks=False))
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=at)
    try:
        state = os.fstat(descriptor)
        _must_be_file(path, state)
        yield descriptor, state
    finally:
        os.close(descriptor)


def must_be_real(path: str) -> None:
    """Raises ToolError for a path in a pseudo file system."""
    if path in PSEUDO or path.startswith(tuple(f"{folder}/" for folder in PSEUDO)):
        raise ToolError(f"{path} is not an ordinary file but made up by the system. Use Bash if you must see it.")


def _must_be_file(path: str, state: os.stat_result) -> None:
    if stat.S_ISREG(state.st_mode):
        return
    if stat.S_ISDIR(state.st_mode):
        raise IsADirectoryError(path)
    if stat.S_ISLNK(state.st_mode):
        raise ToolError(f"{path} has become a symbolic link since the call was checked. Make the call again.")
    kind = "a FIFO" if stat.S_ISFIFO(state.st_mode) else "a socket" if stat.S_ISSOCK(state.st_mode) else "a device"
    raise ToolError(f"{path} is {kind}, not a file.")


def read_whole(path: str) -> File:
    """Everything in a regular file of at most WHOLE_LIMIT bytes. Raises OSError, ToolError."""
    with opened(path) as (descriptor, state), open(descriptor, "rb", closefd=False) as file:
        data = file.read(WHOLE_LIMIT + 1)
    if len(data) > WHOLE_LIMIT:
        raise ToolError(f"{path} is larger than {WHOLE_LIMIT // 2**20} MiB. Use Bash to work on it.")
    return File(data, state)


def write_atomic(path: str, data: bytes, replacing: os.stat_result | None) -> None:
    """Put `data` at `path`, all or nothing, synced. Folders are made as needed; the mode of an old file is kept.

    `replacing` is the state of the file that the caller looked at (None: there was none). Raises ToolError if
    something else is there by now, OSError.
    """
    with folder_of(path, create=replacing is None) as (at, name):
        if not name:
            raise IsADirectoryError(path)
        temporary = f".claw-{secrets.token_hex(8)}.tmp"
        try:
            descriptor = os.open(
                temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=at
            )
            with open(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                _take_over(descriptor, replacing)
                os.fsync(descriptor)
            _must_be_unchanged(path, _state(at, name), replacing)
            os.rename(temporary, name, src_dir_fd=at, dst_dir_fd=at)
        except BaseException:
            _forget(at, temporary)
            raise
        _sync_folder(at)


def _take_over(descriptor: int, old: os.stat_result | None) -> None:
    """Permission bits and, where we may, the owner of the old file; never set-user-id on new content."""
    if old is None:
        return
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (old.st_uid, old.st_gid):
        with suppress(PermissionError):
            os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, old.st_mode & 0o777)


def _state(at: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _must_be_unchanged(path: str, now: os.stat_result | None, then: os.stat_result | None) -> None:
    if now is None and then is None:
        return
    if now is not None and then is not None and _identity(now) == _identity(then):
        return
    if now is not None and stat.S_ISDIR(now.st_mode):
        raise IsADirectoryError(path)
    raise ToolError(f"{path} was changed by someone else at this very moment. Read it again first.")


def _identity(state: os.stat_result) -> tuple[int, int, int, int, int]:
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns


def _forget(at: int, name: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=at)


def _sync_folder(at: int) -> None:
    """Make the rename last. The descriptor may be an O_PATH one, which cannot be synced itself."""
    try:
        folder = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=at)
    except PermissionError:
        return
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
