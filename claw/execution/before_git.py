"""A program: may git be run, or would it stop halfway, because what it would change could not all be changed?

`claw/execution/path/git` calls it in confined commands: `before_git.py GIT WORDS…`. It is run by its path, without
claw's packages. What it asks git is asked in the sandbox, so nothing here has to be safe from the repository; where
anything is unclear git runs, and the sandbox keeps what it keeps.

What comes through a pipe can be read once. So where that decides, it is called again, as `before_git.py --given GIT
WORDS…`, takes what comes, and becomes git, which finds the same there, or says why not.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import signal
import stat
import sys
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING


def _loaded(name: str, folder: str, file: str) -> ModuleType:
    """A module of claw's by its file."""
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, file))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_HERE = os.path.dirname(os.path.realpath(__file__))
if TYPE_CHECKING:
    from claw.execution import git_changes, git_patches, git_trees
else:
    git_changes = _loaded("git_changes", _HERE, "git_changes.py")
    _loaded("git_configuration", _HERE, "git_configuration.py")
    git_trees = _loaded("git_trees", _HERE, "git_trees.py")
    git_patches = _loaded("git_patches", _HERE, "git_patches.py")

REFUSED = 86
"""The exit status that says so, which neither git nor the end of a process by a signal has."""
GIVEN = 87
"""The exit status that says that what git is given decides."""
MOST_GIVEN = 128 * 1024 * 1024
"""Bytes that are taken of that."""
MOST = 5
"""Paths that are named."""
OPENED = "CLAW_OPENED"
"""Environment variable: paths that this command was let change, one in a line."""
WORKSPACE = "CLAW_WORKSPACE"
"""Environment variable: the folders that commands may change, one in a line."""


class _Unread(Exception):
    """What decides was not read, because it could be read only once."""


class _Unreadable(Exception):
    """It cannot be looked at before git has it; the words say why."""


class _Given:
    """What git is given by descriptors and files. `takes`: also what can be read only once."""

    def __init__(self, *, takes: bool) -> None:
        self._takes = takes
        self._taken = dict[int, int]()

    def read(self, path: str) -> bytes:
        """What git will find there; "-" is standard input. Raises _Unread, _Unreadable, OSError."""
        descriptor = _descriptor(path)
        if descriptor is None:
            if stat.S_ISFIFO(os.stat(path).st_mode):
                raise _Unreadable(f"`{path}` is a FIFO; give it as a file or on standard input")
            return git_changes.whole(path)
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISREG(kind) and path != "-" and descriptor not in self._taken:
            return git_changes.whole(path)
        if not (stat.S_ISREG(kind) or stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
            # Of a terminal nothing is taken.
            return b""
        if not self._takes:
            raise _Unread
        if descriptor not in self._taken:
            self._taken[descriptor] = _copied(descriptor)
        with open(self._taken[descriptor], "rb", closefd=False) as file:
            data = file.read()
        os.lseek(self._taken[descriptor], 0, os.SEEK_SET)
        return data

    @property
    def is_taken(self) -> bool:
        return bool(self._taken)

    def hand_over(self) -> None:
        """Put what was taken where it was."""
        for descriptor, copy in self._taken.items():
            os.dup2(copy, descriptor)


def _descriptor(path: str) -> int | None:
    if path in ("-", "/dev/stdin"):
        return 0
    found = re.fullmatch(r"/(?:dev|proc/self)/fd/(\d+)", path)
    return int(found[1]) if found else None


def _copied(descriptor: int) -> int:
    """A file in memory that holds what comes there, from its beginning on."""
    copy = os.memfd_create("given")
    size = 0
    try:
        while piece := os.read(descriptor, 1 << 20):
            size += len(piece)
            if size > MOST_GIVEN:
                raise _Unreadable(f"it is given more than {MOST_GIVEN >> 20} MiB; give it that as a file")
            while piece:
                piece = piece[os.write(copy, piece) :]
    except (OSError, MemoryError) as error:
        # git must not get a part of it.
        raise _Unreadable(f"what it is given cannot be read ({error})") from None
    os.lseek(copy, 0, os.SEEK_SET)
    return copy


def main() -> None:
    takes = sys.argv[1] == "--given"
    real, *words = sys.argv[2 if takes else 1 :]
    given = _Given(takes=takes)
    refusal = ""
    # Anything else is unclear.
    with suppress(Exception):
        try:
            refusal = _refusal(real, words, given)
        except _Unread:
            sys.exit(GIVEN)
        except _Unreadable as why:
            refusal = f"[claw: `{shlex.join(['git', *words])}` was not begun and has changed nothing: {why}.]"
    if refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(1 if takes else REFUSED)
    if takes:
        given.hand_over()
        # Python ignores them, and what is ignored stays so in what it becomes.
        for one in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(one, signal.SIG_DFL)
        os.execv(real, [real, *words])


def _refusal(real: str, words: list[str], given: _Given) -> str:
    making = {**git_trees.MAKING, **git_patches.PATCHING}
    git, changed = git_changes.changes(real, words, making, given.read)
    kept = sorted({path for path in map(os.path.normpath, changed) if _is_kept(path, git.top)})
    if not kept:
        return ""
    names = [os.path.relpath(path) for path in kept]
    told = ", ".join(f"`{name}`" for name in names[:MOST])
    if len(names) > MOST:
        told += f" and {len(names) - MOST} more"
    line = shlex.join(["git", *words])
    outside = not all(_is_of_the_workspace(path) for path in kept)
    touch = f"touch -c {shlex.join(names)};"
    ask = f"Run `{touch} {line}` to have the user asked."
    if given.is_taken:
        ask = f"Run the same command with `{touch}` in front of it to have the user asked."
    return (
        f"[claw: `{line}` was not begun and has changed nothing, because its sandbox keeps {told} from being changed, "
        f"so it would have stopped halfway. {'Only the user can run it.' if outside else ask}]"
    )


def _is_kept(path: str, top: str) -> bool:
    """Whether it cannot be changed, or does not stay if it is made."""
    if os.path.islink(path) or not os.path.lexists(path):
        place = os.path.dirname(path)
        while not os.path.lexists(place):
            place = os.path.dirname(place)
        new = not os.path.lexists(path) and _is_of_the_workspace(path) and path not in _opened()
        made = new and _is_protected(path, top or place)
        return made or _is_read_only(place)
    return _is_read_only(path)


def _is_of_the_workspace(path: str) -> bool:
    """Elsewhere nothing is looked through afterwards."""
    return any(f"{path}/".startswith(f"{root}/") for root in os.environ.get(WORKSPACE, "/").split("\n"))


def _is_read_only(path: str) -> bool:
    """Of the mount, not of the file: git replaces files that nobody may write to."""
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _opened() -> list[str]:
    return os.environ.get(OPENED, "").split("\n")


def _is_protected(path: str, top: str) -> bool:
    native = _loaded("_native", os.path.dirname(_HERE), "_native.abi3.so")
    return bool(native.is_protected(path, top, os.environ.get("HOME", ""), ""))


if __name__ == "__main__":
    main()
