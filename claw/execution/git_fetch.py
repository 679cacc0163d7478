"""What one commit of a repository elsewhere holds, as plain files: fetched by git, and written by nobody but claw.

git checks nothing out, so no filter, hook or attribute of the repository has a say; nor does it fetch submodules. It
asks nobody for a name or a password.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct

from claw.errors import ToolError
from claw.execution.context import ToolContext
from claw.execution.git_program import Git, git_in
from claw.late import pattern

MOST_FILES = 20_000
LARGEST = 128 << 20
"""Bytes of the files of the commit."""
LARGEST_FETCHED = 256 << 20
"""Bytes that git may have written meanwhile."""
_TICK = 0.2
_PASSED = (
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "SSH_AUTH_SOCK"),
)
"""Variables by which git finds its way, and ssh the user's agent."""
_REF = pattern(r"[A-Za-z0-9_][A-Za-z0-9_./+-]{0,199}")
_LINK, _FILE, _RUN = b"120000", b"100644", b"100755"
_OLD_FILE = b"100664"


class _Entry(Struct, frozen=True):
    mode: bytes
    object: bytes
    path: str


def fetched(url: str, ref: str, below: str, target: str, home: str, environ: Mapping[str, str]) -> str:
    """Put the files of `ref` (empty: what the repository calls its HEAD) that lie in the folder `below` into `target`,
    which is not there, and return the commit. `protocol` of the URL is the only one that is used. Blocks. Raises
    ToolError.
    """
    if ref and (not _REF.fullmatch(ref) or ".." in ref):
        raise ToolError(f"{ref!a} cannot be the name of a branch, a tag or a commit.")
    work = f"{target}.git"
    os.mkdir(work, 0o700)
    stop = threading.Event()
    context = ToolContext(
        workspace=work, home=home, claw_home="", guard=f"{work}/guard", environment=_environment(environ)
    )
    way = {"GIT_ALLOW_PROTOCOL": _protocol(url), **{name: environ[name] for name in _PASSED if name in environ}}
    git = git_in(work, f"{work}/repository", context, stop, way)
    git.run("init", "--quiet", "--template=")
    with _bounded(work, stop):
        git.run("fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", url, ref or "HEAD")
    commit = git.run("rev-parse", "--verify", "FETCH_HEAD^{commit}").decode().strip()
    _write(git, list(_entries(git, commit, below)), below, target)
    return commit


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in ("PATH", "HOME", "XDG_CONFIG_HOME") if name in environ}


def _protocol(url: str) -> str:
    scheme, colon, _ = url.partition("://")
    return scheme if colon else "file" if url.startswith("/") else "ssh"


@contextmanager
def _bounded(folder: str, stop: threading.Event) -> Iterator[None]:
    """What has grown too large is stopped. Raises ToolError for it."""
    over, large = threading.Event(), threading.Event()

    def watch() -> None:
        while not over.wait(_TICK):
            if _size(folder) > LARGEST_FETCHED:
                large.set()
                stop.set()
                return

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    except ToolError:
        if large.is_set():
            raise ToolError(f"The repository has more than {LARGEST_FETCHED >> 20} MiB.") from None
        raise
    finally:
        over.set()
        watching.join()


def _size(folder: str) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue
    return total


def _entries(git: Git, commit: str, below: str) -> Iterator[_Entry]:
    """What is to be written. Raises ToolError for what cannot be."""
    found = git.run("ls-tree", "-r", "-z", "-l", "--full-tree", commit, *(["--", f"{below}/"] if below else []))
    rows = [row for row in found.split(b"\0") if row]
    if not rows:
        raise ToolError(f"The repository has no folder {below}." if below else "The repository is empty.")
    if len(rows) > MOST_FILES:
        raise ToolError(f"The repository has more than {MOST_FILES} files.")
    total = 0
    for row in rows:
        facts, _, name = row.partition(b"\t")
        mode, _, object, size = facts.split()
        path = _path(name)
        if mode not in (_FILE, _OLD_FILE, _RUN, _LINK):
            raise ToolError(f"The repository has a submodule, which claw does not fetch: {path}")
        total += int(size)
        if total > LARGEST:
            raise ToolError(f"The repository has more than {LARGEST >> 20} MiB.")
        yield _Entry(mode, object, path)


def _path(name: bytes) -> str:
    try:
        path = name.decode()
    except UnicodeDecodeError:
        raise ToolError(f"The repository has a file whose name is no text: {name!r}") from None
    parts = path.split("/")
    if not path.isprintable() or any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        raise ToolError(f"The repository has a file whose name nobody should have: {path!a}")
    return path


def _write(git: Git, entries: list[_Entry], below: str, target: str) -> None:
    """Links last, when nothing is written any more that could go through one."""
    given = b"".join(entry.object + b"\n" for entry in entries)
    said = memoryview(git.run("cat-file", "--batch", given=given))
    os.mkdir(target, 0o700)
    links: list[tuple[str, bytes]] = []
    place = 0
    for entry in entries:
        head, place = _line(said, place)
        size = int(head.split()[-1])
        data = bytes(said[place : place + size])
        place += size + 1
        path = os.path.join(target, entry.path[len(below) + 1 :] if below else entry.path)
        try:
            os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
            if entry.mode == _LINK:
                links.append((path, data))
                continue
            writing = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with open(writing, "wb") as file:
                file.write(data)
                os.fchmod(writing, 0o700 if entry.mode == _RUN else stat.S_IRUSR | stat.S_IWUSR)
        except (FileExistsError, NotADirectoryError):
            raise ToolError(f"The repository has two files of one name: {entry.path}") from None
    for path, data in links:
        try:
            os.symlink(data, path)
        except (OSError, ValueError):
            raise ToolError(f"The repository has a link that cannot be made: {os.path.relpath(path, target)}") from None


def _line(said: memoryview, place: int) -> tuple[bytes, int]:
    end = bytes(said[place : place + 200]).index(b"\n")
    return bytes(said[place : place + end]), place + end + 1
