"""What `git apply` and `git am` would change, as the patches themselves say that they are given."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from email import message_from_bytes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claw.execution.git_changes import Git, Words, parsed
else:
    # `before_git.py` has loaded it by its path.
    from git_changes import Git, Words, parsed

_VALUED = "-p -C --directory --exclude --include --whitespace --patch-format --quoted-cr --build-fake-ancestor"
"""Options whose value is the next word."""
_COUNTED = ("apply", "--numstat", "-z", "--whitespace=nowarn")
_OLD = re.compile(rb"^rename from ([^\n\r]+)", re.MULTILINE)
"""The name that a list of changes leaves out."""
_NAMES = re.compile(rb"^(?:---|\+\+\+) (?:[^/\t\n]/)?([^\t\n\r]+)", re.MULTILINE)
"""In what git cannot list."""
_ENCODED = re.compile(rb"^content-transfer-encoding:\s*(?:base64|quoted-printable)", re.MULTILINE | re.IGNORECASE)
_MAIL = re.compile(rb"^(?=From \S+ .*\d\d:\d\d.*\d\d\d\d)", re.MULTILINE)
"""Where one begins in a mailbox."""


def _applied(git: Git, arguments: list[str]) -> Iterator[str]:
    given, _ = parsed(arguments, _VALUED)
    only_told = given.has("--check", "--stat", "--numstat", "--summary") and not given.has("--apply")
    if not given.has("--cached") and not only_told:
        for file in _files(git, given):
            yield from _named(git, git.read(file), arguments)


def _am(git: Git, arguments: list[str]) -> Iterable[str]:
    given, _ = parsed(arguments, _VALUED)
    if given.has("--abort"):
        return git.unlike("ORIG_HEAD") if git.text("rebase-apply/next") else []
    if given.has("--quit", "--show-current-patch"):
        return []
    if given.has("--continue", "-r", "--resolved", "--skip", "--retry", "--allow-empty"):
        folder = git.path("rebase-apply")
        files = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.isdigit()]
    else:
        files = [one for file in _files(git, given) for one in _mails(file)]
    return [path for file in files for path in _named(git, _decoded(git.read(file)), arguments)]


def _files(git: Git, given: Words) -> list[str]:
    """By absolute paths; "-" is standard input."""
    words = [*given.words, *(given.paths or ())] or ["-"]
    return [word if word == "-" else os.path.join(git.working_directory, word) for word in words]


def _mails(path: str) -> list[str]:
    """The files of a mailbox that is a folder; else the file."""
    if path == "-" or not os.path.isdir(path):
        return [path]
    return [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]


def _decoded(mails: bytes) -> bytes:
    """Mails with what is in them as it was before it was encoded for the way."""
    if not _ENCODED.search(mails):
        return mails.replace(b"\r\n", b"\n")
    parts = [part for mail in _MAIL.split(mails) if mail for part in message_from_bytes(mail).walk()]
    bodies = [part.get_payload(decode=True) for part in parts]
    return b"\n".join(body for body in bodies if isinstance(body, bytes)).replace(b"\r\n", b"\n")


def _named(git: Git, patch: bytes, arguments: list[str]) -> Iterator[str]:
    """What a patch changes, by git's own reading of it."""
    _, values = parsed(arguments, _VALUED)
    options = [f"-p{values['-p']}"] if "-p" in values else []
    directory = values.get("--directory", "")
    options += [f"--directory={directory}"] if directory else []
    for at, word in enumerate(arguments):
        if word.startswith(("--include=", "--exclude=")):
            options.append(word)
        elif word in ("--include", "--exclude", "--recount", "--inaccurate-eof", "--unidiff-zero"):
            options += arguments[at : at + (2 if word in ("--include", "--exclude") else 1)]
    listed = git.ask(*_COUNTED, *options, given=patch).split(b"\0")
    names = [entry.split(b"\t", 2)[2] for entry in listed if entry.count(b"\t") > 1]
    top = git.top or git.working_directory
    yield from (os.path.join(top, os.fsdecode(name)) for name in names)
    for name in _OLD.findall(patch) if names else _NAMES.findall(patch):
        yield from (
            os.path.join(folder, os.fsdecode(name))
            for folder in {top, git.working_directory, os.path.join(top, directory)}
        )


PATCHING: dict[str, Callable[[Git, list[str]], Iterable[str]]] = {"apply": _applied, "am": _am}
"""By subcommand; they need not be called in a work tree."""
