"""What a plugin brings, read from its folder: commands and skills, agents, hooks, output styles."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from claw.errors import UsageError
from claw.events.hook import Hook
from claw.late import load
from claw.settings.agents import AgentFile, agent_files
from claw.settings.commands import ROOT, CommandFile, of_plugin, with_root
from claw.settings.document import Document, read_document
from claw.settings.hooks import hooks_in
from claw.settings.plugins.manifest import Manifest, manifest_of
from claw.settings.styles import StyleFile
from claw.settings.styles import of_plugin as styles_of

if TYPE_CHECKING:
    from claw.settings.mcp import FoundServers, ServerFile


class Brought(Struct, frozen=True):
    """`unread`: as `claw.settings.hooks.Found` has it. `notes` has a sentence for each thing that has no effect."""

    manifest: Manifest
    commands: tuple[CommandFile, ...]
    agents: tuple[AgentFile, ...]
    hooks: tuple[Hook, ...]
    styles: tuple[StyleFile, ...]
    servers: tuple[ServerFile, ...]
    unread: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def brought(root: str, shown: str = "") -> Brought:
    """By the plugin in the folder `root`, canonical. Blocks. Raises UsageError where its manifest cannot be meant."""
    manifest = manifest_of(root, shown)
    shown = shown or f"plugin {manifest.name}/"
    commands = of_plugin(manifest, root, shown)
    agents = [agent_files(root, shown, "user", folder, f"{manifest.name}:") for folder in manifest.agents]
    styles = styles_of(manifest.styles, root, shown, f"{manifest.name}:")
    servers = _servers(manifest, root)
    hooks, unread, ignored = _hooks(manifest, root, shown)
    return Brought(
        manifest=manifest,
        commands=tuple(commands.files.values()),
        agents=tuple(_rooted_agent(file, root) for found in agents for file in found.files),
        hooks=hooks,
        styles=tuple(styles.files.values()),
        servers=servers.servers,
        unread=unread,
        notes=(
            *manifest.notes,
            *commands.left_out,
            *(sentence for file in commands.files.values() for sentence in file.notes),
            *(sentence for found in agents for sentence in found.left_out),
            *styles.left_out,
            *servers.left_out,
            *ignored,
        ),
    )


def _hooks(
    manifest: Manifest, root: str, shown: str
) -> tuple[tuple[Hook, ...], tuple[tuple[str, str], ...], tuple[str, ...]]:
    documents: list[Document] = [manifest.inline] if manifest.inline else []
    hooks: list[Hook] = []
    unread: list[tuple[str, str]] = []
    ignored: list[str] = []
    for path in manifest.hooks:
        name = f"{shown}{path}"
        try:
            document = read_document(Path(root, path), name, "user", "")
        except UsageError as error:
            ignored.append(f"{error.message}; none of the hooks in it runs, and claw asks instead.")
            unread.append((f"{name}:1", ""))
            continue
        documents += [document] if document else []
    for document in documents:
        found = hooks_in(document.plain, document.at, "user")
        hooks += [_rooted(hook, root) for hook in found.hooks]
        unread += found.unread
        ignored += [*document.problems, *found.ignored]
    return tuple(hooks), tuple(unread), tuple(ignored)


class _Servers(Struct, frozen=True):
    servers: tuple[ServerFile, ...] = ()
    left_out: tuple[str, ...] = ()


def _servers(manifest: Manifest, root: str) -> _Servers:
    """Its MCP servers, with the plugin's folder put in, and with names that no other has. They are confined, whatever
    they say of that.
    """
    found = _Servers()
    for given, document, where in manifest.servers:
        names = {f"plugin_{manifest.name}_{name}": name for name in given}
        fields = {name: _filled(given[own], root) for name, own in names.items()}
        read: FoundServers = load("claw.settings.mcp", "servers_in")(
            fields, lambda name, document=document, where=where, names=names: document.at(*where, names[name]), "user"
        )
        confined = [replace(server, confined=True) for server in read.servers.values()]
        found = _Servers((*found.servers, *confined), (*found.left_out, *read.left_out))
    return found


def _filled(value: Any, root: str) -> Any:
    """With the plugin's folder where a text names it."""
    if isinstance(value, str):
        return with_root(value, root)
    if isinstance(value, list):
        return [_filled(one, root) for one in value]
    return {name: _filled(one, root) for name, one in value.items()} if isinstance(value, dict) else value


def _rooted_agent(file: AgentFile, root: str) -> AgentFile:
    return replace(file, hooks=tuple(_rooted(hook, root) for hook in file.hooks))


def _rooted(hook: Hook, root: str) -> Hook:
    """The hook with the plugin's folder in its command, where a shell takes the folder's path as it is: so it can be
    told beforehand what the command runs.
    """
    if hook.type != "command":
        return hook
    command = hook.command
    if shlex.quote(root) == root:
        command = re.sub(_names(ROOT), lambda _: root, command)
    return replace(hook, command=command, root=root)


def _names(variables: Iterable[str]) -> str:
    return "|".join(rf"\$\{{{name}\}}|\${name}\b" for name in variables)


def shown_of(name: str) -> str:
    """How people know the files of an installed plugin: with their path behind this."""
    return f"plugin {name}{os.sep}"
