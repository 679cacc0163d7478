"""What a plugin says of itself: `.claude-plugin/plugin.json`.

A manifest that cannot be meant is no plugin's; what it names and claw cannot take is left out, with a sentence.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from claw.errors import UsageError
from claw.late import pattern
from claw.settings.document import Document, Where, read_document
from claw.settings.layers import SERVERS_OF_REPOSITORY

FILE = ".claude-plugin/plugin.json"
NAME = pattern(r"[a-z0-9][a-z0-9._-]{0,63}")
NAMES = "a plugin's name has at most 64 small letters, digits, and the signs - _ . behind the first"
SAID = 500
"""Characters of what it says of itself."""
_LATER = ("lspServers", "settings", "monitors", "themes", "channels", "userConfig")
"""Keys of other programs for what claw does not do."""


class Manifest(Struct, frozen=True, kw_only=True):
    """Paths are below the plugin's folder, without a slash before or behind them, and are there. `servers` are its MCP
    servers as they are written, with the file and the keys that lead to them. `inline` are hooks that stand in the
    manifest itself, with where they stand.

    `notes` has a sentence for each thing in it that has no effect.
    """

    name: str
    version: str = ""
    description: str = ""
    author: str = ""
    commands: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    inline: Document | None = None
    servers: tuple[tuple[dict[str, Any], Document, Where], ...] = ()
    notes: tuple[str, ...] = ()


def manifest_of(root: str, shown: str) -> Manifest:
    """Of the plugin in the folder `root`, whose files people know as `shown` with their path behind it. Blocks. Raises
    UsageError where there is none that can be meant.
    """
    document = read_document(Path(root, FILE), f"{shown}{FILE}", "user", "")
    if document is None:
        raise UsageError(f"there is no plugin: {shown}{FILE} is missing")
    return _Reader(root, shown, document).manifest()


class _Reader:
    def __init__(self, root: str, shown: str, document: Document) -> None:
        self._root = root
        self._shown = shown
        self._document = document
        self._notes = list(document.problems)

    def manifest(self) -> Manifest:
        name = self._value("name")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            given = repr(name)[:80] if name is not None else "none"
            where = self._document.at("name")
            raise UsageError(f"{where}: the plugin has no name that can be one: {given}", hint=NAMES)
        author = self._value("author")
        if isinstance(author, dict):
            author = author.get("name")
        later = [key for key in _LATER if self._value(key) is not None]
        if later:
            self._note((later[0],), f"claw does nothing with {', '.join(later)}")
        inline = isinstance(self._value("hooks"), dict)
        return Manifest(
            name=name,
            version=self._text("version"),
            description=self._text("description"),
            author=visible(author) if isinstance(author, str) else "",
            commands=tuple(self._paths("commands", "commands", ".md")),
            agents=tuple(self._paths("agents", "agents", ".md")),
            skills=tuple(self._paths("skills", "skills", None)),
            styles=tuple(self._paths("outputStyles", "output-styles", ".md")),
            hooks=tuple(self._paths("hooks", "hooks/hooks.json", ".json", given=not inline)),
            inline=self._document if inline else None,
            servers=tuple(self._servers()),
            notes=tuple(self._notes),
        )

    def _value(self, key: str) -> Any:
        return self._document.plain.get(key)

    def _note(self, where: Where, what: str) -> None:
        self._notes.append(f"{self._document.at(*where)}: not in effect: {what}.")

    def _text(self, key: str) -> str:
        value = self._value(key)
        if value is not None and not isinstance(value, str):
            self._note((key,), f"{key} is no text")
        return visible(value) if isinstance(value, str) else ""

    def _paths(self, key: str, usual: str, ending: str | None, *, given: bool = True) -> Iterator[str]:
        """The usual one, and those that the manifest names, each once. `ending`: how the name of a single file ends;
        None: only folders are meant.
        """
        found = [usual] if os.path.exists(os.path.join(self._root, usual)) else []
        value = self._value(key) if given else None
        for where, one in self._entries(key, value):
            path = self._inside(where, one)
            if path is None or path in found:
                continue
            whole = os.path.join(self._root, path)
            if os.path.isdir(whole) or (ending and path.endswith(ending) and os.path.isfile(whole)):
                found.append(path)
            else:
                self._note(where, f"there is no {path} that {key} can be read from")
        yield from found

    def _entries(self, key: str, value: Any) -> Iterator[tuple[Where, Any]]:
        if isinstance(value, list):
            yield from (((key, index), one) for index, one in enumerate(value))
        elif value is not None:
            yield (key,), value

    def _inside(self, where: Where, given: Any) -> str | None:
        """The path, if it can be one below the folder."""
        if not isinstance(given, str):
            self._note(where, "it is no path")
            return None
        parts = [part for part in given.split("/") if part not in ("", ".")]
        if given.startswith(("/", "~")) or ".." in parts or "\\" in given or not given.isprintable() or not parts:
            self._note(where, f"{given[:80]!r} leads out of the plugin, or is no path in it")
            return None
        return "/".join(parts)

    def _servers(self) -> Iterator[tuple[dict[str, Any], Document, Where]]:
        value = self._value("mcpServers")
        if isinstance(value, dict):
            yield value, self._document, ("mcpServers",)
        files = [] if isinstance(value, dict) else self._paths("mcpServers", SERVERS_OF_REPOSITORY, ".json")
        for path in files:
            try:
                said = read_document(Path(self._root, path), f"{self._shown}{path}", "user", "")
            except UsageError as error:
                self._notes.append(f"{error.message}.")
                continue
            if said is None:
                continue
            wrapped = "mcpServers" in said.plain
            named = said.plain["mcpServers"] if wrapped else said.plain
            if isinstance(named, dict):
                yield named, said, ("mcpServers",) if wrapped else ()


def visible(text: str) -> str:
    """In one line, without signs that a terminal might obey."""
    line = " ".join(text.split())[:SAID]
    return line if line.isprintable() else "".join(sign if sign.isprintable() else "?" for sign in line)
