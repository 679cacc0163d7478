"""The flags that programs written for Claude Code start claw with, beside those that people use."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec.structs import replace

from claw.cli.live.flags import Raw
from claw.errors import UsageError
from claw.events.base import INLINE_LIMIT
from claw.events.permission import Layer
from claw.session.config import Options
from claw.settings.document import Document, read_document
from claw.settings.given_agents import agents_given
from claw.settings.mcp import ServerFile, servers_given
from claw.tools import DEFERRED, OFFERED

LAYER: Layer = "command-line"
FILES: tuple[Layer, ...] = ("user", "project", "local")
"""Names for `--setting-sources`."""


def with_flags(raw: Raw, options: Options) -> Options:
    """The options with what these flags say. Raises UsageError."""
    system = raw.system_prompt
    if raw.system_prompt_file is not None:
        if system is not None:
            raise UsageError("--system-prompt and --system-prompt-file say the same thing", hint="give one of them")
        system = _read("--system-prompt-file", raw.system_prompt_file)
    return replace(
        options,
        system=_prompt("--system-prompt", system),
        append=_prompt("--append-system-prompt", raw.append_system_prompt) or "",
        offered=None if raw.tools is None else _tools(raw.tools),
        agents=() if raw.agents is None else agents_given(_object("--agents", raw.agents), "--agents"),
        given=tuple(_documents(raw, options.workspace)),
        layers=options.layers if raw.setting_sources is None else _layers(raw.setting_sources),
        servers=_servers(raw.mcp_config or ()),
        only_these=raw.strict_mcp_config,
        session=b"" if raw.session_id is None else _id(raw.session_id),
    )


def _read(flag: str, file: str) -> str:
    try:
        return Path(file).read_text("utf-8")
    except (OSError, ValueError) as error:
        why = (isinstance(error, OSError) and error.strerror) or "it is not text"
        raise UsageError(f"{flag} {file}: {why}") from None


def _prompt(flag: str, text: str | None) -> str | None:
    if text is not None and len(text.encode()) > INLINE_LIMIT:
        raise UsageError(f"{flag} has {len(text.encode())} bytes, and {INLINE_LIMIT} are the most")
    return text


def _object(flag: str, text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise UsageError(f"{flag} is no JSON object: {error}") from None


def _tools(text: str) -> tuple[str, ...] | None:
    """Their names; `default` stands for all."""
    if text.strip() == "default":
        return None
    known = {name.lower(): name for name in (*OFFERED, *DEFERRED)}
    wanted = [name.strip() for name in text.replace(" ", ",").split(",") if name.strip()]
    for name in wanted:
        if name.lower() not in known:
            raise UsageError(f"--tools: there is no tool {name!r}", hint=f"one of {', '.join(sorted(known.values()))}")
    return tuple(known[name.lower()] for name in wanted)


def _documents(raw: Raw, workspace: str) -> list[Document]:
    """What `--settings` and `--add-dir` say, as settings files say it."""
    found: list[Document] = []
    if raw.settings is not None and raw.settings.lstrip().startswith("{"):
        found.append(Document("--settings", LAYER, workspace, _object("--settings", raw.settings), {}))
    elif raw.settings is not None:
        document = read_document(Path(raw.settings), raw.settings, LAYER, workspace)
        if document is None:
            raise UsageError(f"--settings: there is no file {raw.settings}", hint="name a file, or give JSON as {...}")
        found.append(document)
    if raw.add_dir:
        found.append(added_folders("--add-dir", raw.add_dir, workspace))
    return found


def added_folders(giver: str, folders: Sequence[str], workspace: str) -> Document:
    """These are parts of the workspace, as `giver` says. Raises UsageError."""
    for folder in folders:
        if "\0" in folder or not os.path.isdir(folder):
            raise UsageError(f"{giver}: there is no folder {folder}", hint=f"mkdir {folder}")
    plain = {"permissions": {"additionalDirectories": [os.path.realpath(folder) for folder in folders]}}
    return Document(giver, LAYER, workspace, plain, {})


def _layers(text: str) -> frozenset[Layer]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in FILES:
            raise UsageError(f"--setting-sources: there is no {name!r}", hint=f"of {', '.join(FILES)}")
    return frozenset(cast("list[Layer]", names))


def _servers(texts: Sequence[str]) -> dict[str, ServerFile]:
    """Those of all these files, or objects as {...}. Raises UsageError."""
    found: dict[str, ServerFile] = {}
    for text in texts:
        flag = "--mcp-config"
        said = _object(flag, text if text.lstrip().startswith("{") else _read(flag, text))
        found |= servers_given(said, flag)
    return found


def _id(text: str) -> bytes:
    """Ids have the time in them, by which sessions are listed."""
    try:
        id = uuid.UUID(text)
    except ValueError:
        raise UsageError(f"--session-id must be a UUID, not {text!r}") from None
    if id.version != 7:
        raise UsageError(f"--session-id must be a UUID of version 7, which {text} is not", hint="leave it out")
    return id.bytes
