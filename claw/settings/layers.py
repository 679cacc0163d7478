"""Which settings files there are, from the highest layer to the lowest, and whose word each of them is.

::

    /etc/claw/settings.json, /etc/claw/settings.d/*.json   managed: the machine's administrator
    (the command line, see `claw.session.config`)
    ~/.claude/settings.json                                user
    .claude/settings.local.json                            local    } below the workspace: whoever wrote the repository
    .claude/settings.json                                  project  } may have written these
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from claw.errors import UsageError
from claw.events.permission import Layer
from claw.settings.document import Document, read_document

USER = ".claude/settings.json"
"""Below the home directory."""
LOCAL = ".claude/settings.local.json"
"""Below the workspace."""
PROJECT = ".claude/settings.json"
"""Below the workspace."""

ORDER: tuple[Layer, ...] = ("managed", "command-line", "user", "local", "project")
"""Highest first."""


class Managed(Struct, frozen=True):
    """Where the administrator's settings lie, and who must own them (a user id). Only tests say anything else."""

    folder: str = "/etc/claw"
    owner: int = 0


MANAGED = Managed()


def documents(home: str, workspace: str, managed: Managed = MANAGED) -> tuple[Document, ...]:
    """All settings files that exist, highest layer first. Raises UsageError for one that cannot be read or meant."""
    return tuple(_documents(home, workspace, managed))


def own_documents(home: str, managed: Managed = MANAGED) -> Iterator[Document]:
    """The administrator's and the user's, highest layer first. Raises UsageError as `documents`."""
    for name in _managed_files(managed):
        document = read_document(Path(name), name, "managed", "")
        if document is None:
            raise UsageError(f"{name} cannot be read: it vanished")
        yield document
    user = Path(home, USER)
    document = read_document(user, f"~/{USER}", "user", home)
    if document:
        yield document


def _documents(home: str, workspace: str, managed: Managed) -> Iterator[Document]:
    yield from own_documents(home, managed)
    user = Path(home, USER)
    repository: tuple[tuple[str, Layer], ...] = ((LOCAL, "local"), (PROJECT, "project"))
    for name, layer in repository:
        path = Path(workspace, name)
        document = None if _same(path, user) else read_document(path, name, layer, workspace)
        if document:
            yield document


def _managed_files(managed: Managed) -> Iterator[str]:
    """Paths, the later of which add to the earlier. What somebody else could have written is refused."""
    if not _belongs(managed.folder, managed):
        return
    whole = os.path.join(managed.folder, "settings.json")
    if _belongs(whole, managed):
        yield whole
    parts = os.path.join(managed.folder, "settings.d")
    if not _belongs(parts, managed):
        return
    try:
        names = sorted(name for name in os.listdir(parts) if name.endswith(".json") and not name.startswith("."))
    except OSError as error:
        raise UsageError(f"{parts} cannot be read: {error.strerror}") from None
    for name in names:
        path = os.path.join(parts, name)
        if _belongs(path, managed):
            yield path


def _belongs(path: str, managed: Managed) -> bool:
    """Whether it is there, and nobody but the administrator can change it. Raises UsageError if somebody could."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        if os.path.islink(path):
            raise UsageError(f"{path} leads nowhere", hint=f"sudo rm {path}, or make its target") from None
        return False
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    if found.st_uid == managed.owner and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return True
    raise UsageError(
        f"{path} holds settings of this machine's administrator, but others can write to it",
        hint=f"sudo chown root:root {path} && sudo chmod go-w {path}",
    )


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
