"""What a marketplace says of itself: `.claude-plugin/marketplace.json`, a list of plugins and where each is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct

from claw.errors import UsageError
from claw.settings.document import Document, read_document
from claw.settings.plugins.manifest import NAME, visible
from claw.settings.plugins.records import Source
from claw.settings.plugins.sources import source_of_entry

FILE = ".claude-plugin/marketplace.json"
MOST = 2_000
"""Plugins of one."""
_OF_MANIFEST = (
    *("name", "version", "description", "author"),
    *("commands", "agents", "skills", "hooks", "mcpServers", "outputStyles", "lspServers"),
)


class Entry(Struct, frozen=True):
    """One of its plugins. `manifest` is what the entry says of it as a manifest does, for one that has none."""

    name: str
    description: str
    version: str
    given: Any
    where: str
    manifest: dict[str, Any]


class Marketplace(Struct, frozen=True):
    name: str
    base: str
    entries: dict[str, Entry]
    notes: tuple[str, ...]

    def source(self, entry: Entry, at: Source) -> Source:
        """Where the plugin is, of a marketplace that is `at` there. Raises UsageError."""
        return source_of_entry(entry.given, entry.where, at, self.name, self.base)


def marketplace_of(root: str, shown: str = "") -> Marketplace:
    """Of the folder `root`. Blocks. Raises UsageError where there is none that can be meant."""
    document = read_document(Path(root, FILE), f"{shown}{FILE}", "user", "")
    if document is None:
        raise UsageError(f"there is no marketplace: {shown}{FILE} is missing")
    name = document.plain.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise UsageError(f"{document.at('name')}: the marketplace has no name that can be one")
    plugins = document.plain.get("plugins")
    if not isinstance(plugins, list):
        raise UsageError(f"{document.at('plugins')}: the marketplace {name} has no list of plugins")
    entries: dict[str, Entry] = {}
    notes = list(document.problems)
    for index, given in enumerate(plugins[:MOST]):
        entry = _entry(document, index, given)
        if isinstance(entry, str):
            notes.append(entry)
        elif entry.name in entries:
            notes.append(f"{entry.where}: left out: {entry.name} is there twice.")
        else:
            entries[entry.name] = entry
    metadata = document.plain.get("metadata")
    base = metadata.get("pluginRoot") if isinstance(metadata, dict) else ""
    return Marketplace(name, base if isinstance(base, str) else "", entries, tuple(notes))


def _entry(document: Document, index: int, given: Any) -> Entry | str:
    where = document.at("plugins", index)
    name = given.get("name") if isinstance(given, dict) else None
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return f"{where}: left out: the plugin has no name that can be one."
    texts = {key: visible(text) for key in ("description", "version") if isinstance(text := given.get(key), str)}
    return Entry(
        name=name,
        description=texts.get("description", ""),
        version=texts.get("version", ""),
        given=given.get("source"),
        where=where,
        manifest={key: given[key] for key in _OF_MANIFEST if key in given},
    )
