"""The session's own `/tmp` and `/var/tmp`: what confined commands find there, and the tools for files with them.

It begins empty and belongs to one process that runs a session: each command sees what the one before left there, nobody
else does, and it is gone when that process ends. Of a process that was killed the next one removes it.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterable
from contextlib import suppress
from threading import Lock

from msgspec import Struct, field

from claw.execution.removal import remove_tree

PLACES = tuple(dict.fromkeys(os.path.realpath(place) for place in ("/tmp", "/var/tmp")))
"""What it stands in for."""


class Scratch(Struct):
    """`base` is the folder that holds those of all sessions; empty where only questions are asked, and nothing is ever
    made. Else nothing is made before it is needed."""

    base: str
    root: str = ""
    """Where it is on this disk; empty as long as it is not."""
    _lock: int = -1
    _making: Lock = field(default_factory=Lock)

    def make(self) -> str:
        """Its root, made if there is none. Raises OSError. Blocks."""
        with self._making:
            if not self.root:
                if not self.base:
                    return ""
                os.makedirs(self.base, mode=0o700, exist_ok=True)
                base = os.path.realpath(self.base)
                sweep(base)
                root, self._lock = _taken(base)
                for place in PLACES:
                    os.makedirs(root + place, exist_ok=True)
                    os.chmod(root + place, 0o1777)
                self.root = root
        return self.root

    def real(self, path: str) -> str:
        """By which path this process finds what is at this one."""
        return (self.root or os.devnull) + path

    def shown(self, path: str) -> str:
        """The reverse of `real`; other paths as they are."""
        return path.removeprefix(self.root) if self.root and path.startswith(self.root + os.sep) else path

    def close(self) -> None:
        """Remove it. Nothing must use it any more. Blocks."""
        with self._making:
            if self.root:
                _remove(self.root, self._lock)
                self.root, self._lock = "", -1


def is_apart(path: str, others: Iterable[str]) -> bool:
    """Whether this canonical path lies in what the scratch stands in for, and in none of these folders."""

    def inside(root: str) -> bool:
        return path == root or path.startswith(root.rstrip(os.sep) + os.sep)

    return any(path == place or path.startswith(place + os.sep) for place in PLACES) and not any(
        inside(one) for one in others if one
    )


def sweep(base: str) -> None:
    """Remove what processes left here that are gone. Raises nothing."""
    with suppress(OSError):
        for name in os.listdir(base):
            if name.endswith(_LOCK):
                _sweep_one(os.path.join(base, name))


_LOCK = ".lock"


def _sweep_one(path: str) -> None:
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        if _locked(descriptor, path):
            _remove(path.removesuffix(_LOCK), descriptor)
        else:
            os.close(descriptor)


def _taken(base: str) -> tuple[str, int]:
    """A folder of a new name, and the lock that says it is in use."""
    while True:
        root = os.path.join(base, uuid.uuid4().hex)
        descriptor = os.open(root + _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        # Another process that sweeps may have been quicker.
        if _locked(descriptor, root + _LOCK):
            os.mkdir(root, 0o700)
            return root, descriptor
        os.close(descriptor)


def _locked(descriptor: int, path: str) -> bool:
    """Whether nobody else holds it, and it is still the file of that name."""
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(descriptor).st_ino == os.lstat(path).st_ino
    return False


def _remove(root: str, lock: int) -> None:
    """The folder, then its lock: as long as something is left of it, the next sweep finds it."""
    remove_tree(root)
    if not os.path.lexists(root):
        with suppress(OSError):
            os.unlink(root + _LOCK)
    os.close(lock)
