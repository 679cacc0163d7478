"""Files of a git directory that others may have changed, read and written without being led anywhere: no link is
followed, nothing but a regular file is opened, and nothing is waited for.

See gitrepository-layout(5). Refs in a reftable are not known here.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from msgspec import Struct

from claw.execution.git import DEEPEST, LARGE, SMALL

_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_OWN = ("refs/bisect/", "refs/worktree/", "refs/rewritten/")
HEADS = "refs/heads/"


@contextmanager
def folder(root: str, *names: str, make: bool = False) -> Iterator[int]:
    """A descriptor of the folder below `root`. Raises OSError, where any of these names is a link as well."""
    descriptor = os.open(root, _OPEN | os.O_DIRECTORY)
    try:
        for name in names:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=descriptor)
            below = os.open(name, _OPEN | os.O_DIRECTORY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def content(root: str, path: str, most: int = SMALL) -> bytes | None:
    """What the file has; None where there is none. Raises OSError where that is no regular file of at most so many
    bytes, or a link leads there.
    """
    *above, name = path.split("/")
    try:
        with folder(root, *above) as there:
            found = os.stat(name, dir_fd=there, follow_symlinks=False)
            if not stat.S_ISREG(found.st_mode) or found.st_size > most:
                raise OSError(errno.EINVAL, "It is no file as git writes it", os.path.join(root, path))
            descriptor = os.open(name, _OPEN, dir_fd=there)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.path.join(root, path)) from None
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "It is no file as git writes it", os.path.join(root, path))
        return file.read(most)


def put(root: str, path: str, text: bytes, *, lock: bool = False) -> None:
    """Write the file, as git does: whole, or not at all. `lock`: what others lock is left alone. Raises OSError."""
    *above, name = path.split("/")
    beside = f"{name}.lock"
    with folder(root, *above, make=True) as there:
        if not lock:
            with suppress(FileNotFoundError):
                os.unlink(beside, dir_fd=there)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=there)
        try:
            with open(descriptor, "wb") as file:
                file.write(text)
            os.rename(beside, name, src_dir_fd=there, dst_dir_fd=there)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside, dir_fd=there)
            raise


class Refs(Struct, frozen=True):
    """Refs of the repository with this git directory. Methods raise OSError."""

    git: str

    def raw(self, name: str, own: str = "") -> str:
        """What the ref has: an id, or `ref: ` and another ref's name; empty where there is none. `own` is the git
        directory of the work tree whose HEAD is meant.
        """
        root = own if own and (name == "HEAD" or name.startswith(_OWN)) else self.git
        text = content(root, name)
        if text is None:
            return self._packed().get(name, "")
        said = os.fsdecode(text).strip()
        return said if said.startswith("ref:") or _ID.fullmatch(said) else ""

    def id(self, name: str, own: str = "") -> str:
        """The id of what the ref leads to; empty where it leads to nothing."""
        for _ in range(DEEPEST):
            said = self.raw(name, own)
            if not said.startswith("ref:"):
                return said
            name = said[len("ref:") :].strip()
            if not _is_ref(name):
                return ""
        return ""

    def all(self, *kinds: str) -> dict[str, str]:
        """Ids by name, of refs below these folders (`refs/heads/`) that do not lead to others."""
        found = {name: id for name, id in self._packed().items() if name.startswith(kinds)}
        for kind in kinds:
            for name in self._loose(kind.rstrip("/")):
                said = ""
                with suppress(OSError):
                    said = self.raw(name)
                found[name] = said if _ID.fullmatch(said) else ""
        return {name: id for name, id in found.items() if id}

    def write(self, name: str, id: str) -> None:
        """The ref itself is written, wherever it led before. No log has it."""
        put(self.git, name, f"{id}\n".encode())

    def delete(self, name: str) -> None:
        """The ref itself, with its log; harmless where there is none."""
        packed = content(self.git, "packed-refs", LARGE) or b""
        line = re.compile(rb"^[0-9a-f]+ " + re.escape(os.fsencode(name)) + rb"\n(?:\^.*\n)?", re.MULTILINE)
        if line.search(packed):
            put(self.git, "packed-refs", line.sub(b"", packed), lock=True)
        for path in (name, f"logs/{name}"):
            *above, last = path.split("/")
            with suppress(FileNotFoundError), folder(self.git, *above) as there:
                os.unlink(last, dir_fd=there)

    def _packed(self) -> dict[str, str]:
        text = os.fsdecode(content(self.git, "packed-refs", LARGE) or b"")
        pairs = (line.split(" ", 1) for line in text.splitlines() if line[:1] not in ("#", "^", ""))
        return {pair[1]: pair[0] for pair in pairs if len(pair) == 2 and _ID.fullmatch(pair[0])}

    def _loose(self, kind: str) -> Iterator[str]:
        left = [kind]
        while left:
            above = left.pop()
            try:
                with folder(self.git, *above.split("/")) as there:
                    entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in os.scandir(there)]
            except OSError:
                continue
            for name, is_folder in entries:
                (left.append if is_folder else lambda _: None)(f"{above}/{name}")
                if not is_folder and not name.endswith(".lock"):
                    yield f"{above}/{name}"


def _is_ref(name: str) -> bool:
    parts = name.split("/")
    return parts[0] == "refs" and len(parts) > 1 and name.isprintable() and not {"", ".", ".."} & set(parts)
