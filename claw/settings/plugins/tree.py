"""The files of a plugin: by digest, so that what a person has said yes to is told from everything else.

A plugin that is installed is a folder of ordinary files in ordinary folders. What is taken from elsewhere is copied so:
a link is followed if it leads to a place within, and anything else is refused.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping

import msgspec

from claw._native import blake3
from claw.errors import UsageError
from claw.execution.links import is_inside

MOST_FILES = 5_000
LARGEST = 64 << 20
"""Bytes of all files together."""
DEEPEST = 32
"""Folders in folders."""
LONGEST = 300
"""Characters of a path below the plugin's folder."""
_LEFT = ".git"
"""What git keeps for itself is no part of a plugin."""
_SAID = 5
"""Files that a sentence names."""

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def digest(files: Mapping[str, str]) -> str:
    """What stands for all of these files, as `files_of` gives them."""
    return blake3(_encode(sorted(files.items())))


def files_of(root: str) -> dict[str, str]:
    """Of each file below `root`, by its path there: the BLAKE3 of what it says, behind an x for one that can be run.
    What is no file stands there as what it is. Blocks. Raises OSError.
    """
    found = {}
    for path, state in _entries(root):
        name = os.path.relpath(path, root)
        if not stat.S_ISREG(state.st_mode):
            found[name] = f"no file: {stat.S_IFMT(state.st_mode):o}"
            continue
        with open(path, "rb") as file:
            found[name] = f"{'x' if state.st_mode & stat.S_IXUSR else ''}{blake3(file.read())}"
    return found


def state_of(root: str) -> str:
    """What tells the files below `root` from what they were, without reading them: no program can set the time of the
    last change of a file's state. Blocks. Raises OSError.
    """
    rows = [
        (os.path.relpath(path, root), one.st_mode, one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns)
        for path, one in _entries(root)
    ]
    return blake3(_encode(sorted(rows)))


def _entries(root: str, depth: int = 0) -> Iterator[tuple[str, os.stat_result]]:
    """All that is no folder."""
    with os.scandir(root) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and depth < DEEPEST:
                yield from _entries(entry.path, depth + 1)
            else:
                yield entry.path, entry.stat(follow_symlinks=False)


def difference(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Which files are others, in words; empty: none."""
    said = [f"{name} {'has changed' if name in now else 'is gone'}" for name in before if now.get(name) != before[name]]
    said += [f"{name} is new" for name in now if name not in before]
    more = [f"{len(said) - _SAID} more"] if len(said) > _SAID else []
    return ", ".join([*sorted(said)[:_SAID], *more])


def copied(source: str, target: str) -> dict[str, str]:
    """Copy the plugin in `source` to `target`, which is not there; its files as `files_of` gives them. Blocks. Raises
    UsageError for what no plugin can have, OSError.
    """
    real = os.path.realpath(source)
    copy = _Copy(real, target)
    copy.folder(real, target, "", ())
    return files_of(target)


class _Copy:
    def __init__(self, root: str, target: str) -> None:
        self._root = root
        self._target = target
        self._files = 0
        self._bytes = 0

    def folder(self, source: str, target: str, name: str, above: tuple[str, ...]) -> None:
        if source in above:
            raise UsageError(f"the plugin has a link in a circle: {name}")
        if len(above) >= DEEPEST:
            raise UsageError(f"the plugin has folders that are more than {DEEPEST} deep: {name}")
        os.mkdir(target, 0o755)
        for entry in sorted(os.listdir(source)):
            if entry != _LEFT:
                place = os.path.join(target, entry)
                self._entry(os.path.join(source, entry), place, f"{name}{entry}", (*above, source))

    def _entry(self, source: str, target: str, name: str, above: tuple[str, ...]) -> None:
        check_name(name)
        state = os.lstat(source)
        if stat.S_ISLNK(state.st_mode):
            source = os.path.realpath(source)
            if not is_inside(source, self._root) or not os.path.exists(source):
                raise UsageError(f"the plugin has a link that leads out of it, or nowhere: {name}")
            state = os.lstat(source)
        if stat.S_ISDIR(state.st_mode):
            self.folder(source, target, f"{name}/", above)
        elif stat.S_ISREG(state.st_mode):
            self._file(source, target, name)
        else:
            raise UsageError(f"the plugin has something that is no ordinary file: {name}")

    def _file(self, source: str, target: str, name: str) -> None:
        self._files += 1
        if self._files > MOST_FILES:
            raise UsageError(f"the plugin has more than {MOST_FILES} files")
        reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(reading, "rb") as file:
            state = os.fstat(reading)
            if not stat.S_ISREG(state.st_mode):
                raise UsageError(f"the plugin has something that is no ordinary file: {name}")
            data = file.read(LARGEST - self._bytes + 1)
        self._bytes += len(data)
        if self._bytes > LARGEST:
            raise UsageError(f"the plugin has more than {LARGEST >> 20} MiB")
        mode = 0o555 if state.st_mode & stat.S_IXUSR else 0o444
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(writing, "wb") as file:
            file.write(data)
            os.fchmod(writing, mode)


def check_name(name: str) -> None:
    """Raises UsageError for a path that no file of a plugin can have."""
    parts = name.split("/")
    if not name.isprintable() or any(part in ("", ".", "..") for part in parts):
        raise UsageError(f"the plugin has a file whose name no plugin can have: {name!a}")
    if len(name) > LONGEST:
        raise UsageError(f"the plugin has a file whose path is longer than {LONGEST} characters: {name[:60]}…")


def removed(root: str) -> None:
    """Remove a folder that `copied` has made, as far as it is there. Blocks. Raises OSError."""
    if os.path.lexists(root):
        shutil.rmtree(root)
