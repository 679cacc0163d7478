"""git in a git directory that claw makes for one errand, where commands cannot write: of the repository it has the
objects and nothing else, so that no setting, ref, index or log of it leads git anywhere or has it run anything.

What such a git writes goes to the repository by `hand_over`, file by file.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from threading import Event

from msgspec import Struct

from claw.errors import ToolError
from claw.execution.context import ToolContext
from claw.execution.git_program import Git, git_in
from claw.execution.git_refs import content, folder
from claw.execution.removal import remove_tree
from claw.late import load

_HARMLESS = frozenset(
    f"core.{name}"
    for name in (
        *("autocrlf", "eol", "safecrlf", "filemode", "symlinks", "ignorecase", "precomposeunicode", "protecthfs"),
        *("protectntfs", "excludesfile", "attributesfile", "compression", "loosecompression", "bigfilethreshold"),
    )
)
"""Settings that are taken over: how files are written and which are left out. None of them names a program."""
_FILES = ("core.excludesfile", "core.attributesfile")
_FILTER = re.compile(r"filter\.(.*)\.(?:clean|smudge|process)", re.DOTALL)
_LARGEST = 16 * 1024 * 1024
"""Bytes of `info/exclude` and the like."""
LARGEST_INDEX = 2 * 1024**3
"""Bytes of an index that is looked at."""
NO_CONFIG = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class Settings(Struct, frozen=True):
    """What git is told by the user and the repository: values by key, its first and last part in small letters."""

    values: Mapping[str, str]

    @property
    def filters(self) -> list[str]:
        """Names of the filters that have programs."""
        named = (_FILTER.fullmatch(key) for key, value in self.values.items() if value)
        return sorted({match[1] for match in named if match})

    @property
    def is_partial(self) -> bool:
        """Whether objects are left out of the repository, and would be fetched when they are needed."""
        return any(key == "extensions.partialclone" or key.endswith(".promisor") for key in self.values)

    @property
    def identity(self) -> dict[str, str]:
        """Who commits: the user, if git knows who that is."""
        name, mail = self.values.get("user.name", ""), self.values.get("user.email", "")
        name = name if re.search(r"\w", name) else "claw"
        mail = mail if re.search(r"\w", mail) else "claw@localhost"
        roles = ("AUTHOR", "COMMITTER")
        return {f"GIT_{role}_{part}": value for role in roles for part, value in (("NAME", name), ("EMAIL", mail))}


def settings_of(common: str, context: ToolContext, stop: Event) -> Settings:
    """Raises ToolError with git's complaint where it cannot read them, or does not know the repository's format."""
    git = git_in(common, common, context, stop)
    with git.begin("rev-parse", "--git-dir") as known, git.begin("config", "--list", "-z") as listed:
        known.said()
        pairs = [entry.partition("\n") for entry in os.fsdecode(listed.said()).split("\0") if entry]
    return Settings({key: value if is_given else "true" for key, is_given, value in pairs})


def apart(place: str, common: str, top: str, head: str, settings: Settings, context: ToolContext, stop: Event) -> Git:
    """git in the work tree `top`, with a git directory that is made in `place` anew; the commit `head` is its HEAD, and
    its index is empty. Raises ToolError, OSError.
    """
    if "\n" in common or os.path.islink(os.path.join(common, "objects")):
        raise ToolError(f"The objects of the repository in {common} lie elsewhere.")
    remove_tree(place)
    for path in ("objects/info", "refs", "info"):
        os.makedirs(os.path.join(place, path), mode=0o700)
    _write(place, "HEAD", f"{head}\n".encode())
    _write(place, "objects/info/alternates", os.fsencode(f"{common}/objects\n"))
    _write(place, "config", os.fsencode(_config(settings, top)))
    for path in ("info/exclude", "info/attributes", "shallow"):
        text = content(common, path, _LARGEST)
        if text is not None:
            _write(place, path, text)
    return git_in(top, place, context, stop, NO_CONFIG)


def index_of(git: Git, own: str, name: str) -> str | None:
    """A copy, named so, of the index in the git directory `own` of a work tree; None where there is none. Raises
    OSError where that is no regular file.
    """
    text = content(own, "index", LARGEST_INDEX)
    if text is None:
        return None
    _write(git.git, name, text)
    with folder(own) as there:
        parts = [entry for entry in os.listdir(there) if entry.startswith("sharedindex.")]
    for part in parts:
        _write(git.git, part, content(own, part, LARGEST_INDEX) or b"")
    return os.path.join(git.git, name)


def hand_over(git: Git, common: str) -> None:
    """The objects that this git has written become the repository's. Raises OSError."""
    place = os.path.join(git.git, "objects")
    for above in sorted(os.listdir(place)):
        # A pack counts once its index is there, which therefore comes last.
        names = sorted(os.listdir(os.path.join(place, above)), key=lambda name: name.endswith(".idx"))
        if above == "info" or not names:
            continue
        with folder(common, "objects", above, make=True) as there:
            for name in names:
                _copy(os.path.join(place, above, name), name, there)


def _copy(path: str, name: str, there: int) -> None:
    with suppress(FileNotFoundError):
        if stat.S_ISREG(os.stat(name, dir_fd=there, follow_symlinks=False).st_mode):
            return
        raise OSError(errno.EEXIST, "It is no file as git writes it", name)
    beside = f"tmp_obj_{name}"
    with suppress(FileNotFoundError):
        os.unlink(beside, dir_fd=there)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444, dir_fd=there)
    with open(descriptor, "wb") as file, open(path, "rb") as given:
        load("shutil", "copyfileobj")(given, file)
        file.flush()
        os.fsync(descriptor)
    os.rename(beside, name, src_dir_fd=there, dst_dir_fd=there)


def _config(settings: Settings, top: str) -> str:
    taken = {key: value for key, value in settings.values.items() if key in _HARMLESS}
    for key in _FILES:
        path = os.path.join(top, os.path.expanduser(taken.get(key, "")))
        if key in taken and not os.path.isfile(path):
            del taken[key]
    form = settings.values.get("extensions.objectformat", "")
    lines = ["[core]", "\trepositoryformatversion = 1", "\tbare = false", "\tquotePath = true"]
    lines += [f"\t{key.partition('.')[2]} = {_quoted(value)}" for key, value in taken.items()]
    lines += ["[extensions]", f"\tobjectFormat = {_quoted(form)}"] if form else []
    return "\n".join([*lines, ""])


def _quoted(value: str) -> str:
    text = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{text}"'


def _write(place: str, name: str, text: bytes) -> None:
    with open(os.path.join(place, name), "wb") as file:
        file.write(text)
