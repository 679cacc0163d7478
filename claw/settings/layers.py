"""Which settings files there are, from the highest layer to the lowest, and whose word each of them is.

::

    /etc/claw/settings.json, config.toml, settings.d/*     managed: the machine's administrator
    (the command line, see `claw.session.config`)
    ~/.config/claw/config.toml, ~/.claude/settings.json    user
    .claw/config.local.toml, .claude/settings.local.json   local    } below the workspace: whoever wrote the repository
    .claw/config.toml, .claude/settings.json               project  } may have written these

Of a line's files the first one goes before the others, but among the administrator's, of which the last one does.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct

from claw.errors import UsageError
from claw.events.permission import Layer
from claw.settings.document import Document, read_document

Scope: TypeAlias = Literal["user", "local", "project"]
"""Whose files a person may have changed."""

USER = ".claude/settings.json"
"""Below the home directory."""
FILES: dict[Scope, tuple[str, str]] = {
    "user": (".config/claw/config.toml", USER),
    "local": (".claw/config.local.toml", ".claude/settings.local.json"),
    "project": (".claw/config.toml", ".claude/settings.json"),
}
"""Below the home directory, or below the workspace."""
OF_CODEX = ".codex/config.toml"
"""Codex's own file, below the home directory, and below the workspace."""
SERVERS_OF_USER = ".claude.json"
"""A file that names MCP servers, below the home directory."""
SERVERS_OF_REPOSITORY = ".mcp.json"
"""The same, below the workspace, or in a plugin."""
LAYER_OF: dict[Scope, Layer] = {"user": "user", "local": "local", "project": "project"}

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
    for name in FILES["user"]:
        document = read_document(Path(home, name), f"~/{name}", "user", home)
        if document:
            yield document


def _documents(home: str, workspace: str, managed: Managed) -> Iterator[Document]:
    yield from own_documents(home, managed)
    scopes: tuple[Scope, ...] = ("local", "project")
    for scope in scopes:
        for name in FILES[scope]:
            path = Path(workspace, name)
            if not _is_there(path) or any(_same(path, Path(home, own)) for own in FILES["user"]):
                continue
            document = read_document(path, name, LAYER_OF[scope], workspace)
            if document:
                yield document


def _is_there(path: Path) -> bool:
    """Whether there is something to read, or nobody can tell."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def of_user(home: str) -> str:
    """Below the home directory: the file of the user's that changes go into."""
    toml, plain = FILES["user"]
    return toml if os.path.exists(os.path.join(home, toml)) else plain


def to_change(scope: Scope, home: str, workspace: str) -> tuple[Path, ...]:
    """The files of this scope, the one first that a change belongs into: the TOML file where there is one."""
    folder = home if scope == "user" else workspace
    toml, plain = (Path(folder, name) for name in FILES[scope])
    return (toml, plain) if toml.exists() else (plain, toml)


def _managed_files(managed: Managed) -> Iterator[str]:
    """Paths, the later of which add to the earlier. What somebody else could have written is refused."""
    if not _belongs(managed.folder, managed):
        return
    for name in ("settings.json", "config.toml"):
        whole = os.path.join(managed.folder, name)
        if _belongs(whole, managed):
            yield whole
    parts = os.path.join(managed.folder, "settings.d")
    if not _belongs(parts, managed):
        return
    try:
        names = sorted(
            name for name in os.listdir(parts) if name.endswith((".json", ".toml")) and not name.startswith(".")
        )
    except OSError as error:
        raise UsageError(f"{parts} cannot be read: {error.strerror}") from None
    for name in names:
        path = os.path.join(parts, name)
        if name.endswith((".json", ".toml")) and not name.startswith(".") and _belongs(path, managed):
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
