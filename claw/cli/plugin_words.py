"""What people are told of plugins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from claw.session.plugin_store import Staged
from claw.session.plugins import Checked
from claw.session.trust import hook_in_words
from claw.settings.agents import AgentFile
from claw.settings.plugins.brought import Brought
from claw.settings.plugins.records import Source

ROOT = "${CLAUDE_PLUGIN_ROOT}"


def state(one: Checked) -> str:
    """Whether it takes part."""
    if not one.installed.enabled:
        return "disabled"
    return "not in effect" if one.why else "enabled"


def heading(brought: Brought, source: Source, digest: str) -> str:
    """What it is, in one line."""
    manifest = brought.manifest
    version = f" {manifest.version}" if manifest.version else ""
    author = f" by {manifest.author}" if manifest.author else ""
    about = f": {manifest.description}" if manifest.description else ""
    return f"{manifest.name}{version}{author}{about} (from {source.shown}; BLAKE3 {digest[:16]}…)"


def rows(brought: Brought, root: str) -> list[tuple[str, str]]:
    """Each thing that it brings: what it is, and exactly what matters of it. What acts comes first."""
    found = [(kind, text.replace(root, ROOT)) for kind, text in _rows(brought)]
    return found or [("nothing", "that claw could use")]


def _rows(brought: Brought) -> Iterator[tuple[str, str]]:
    for hook in brought.hooks:
        yield "hook", hook_in_words(hook)
    for agent in brought.agents:
        for hook in agent.hooks:
            yield "hook of an agent", f"{agent.name}: {hook_in_words(hook)}"
    for server in brought.servers:
        yield "MCP server", server.words
    for file in brought.commands:
        wants = [f"without asking {', '.join(file.allowed)}"] if file.allowed else []
        wants += [f"model {file.model}"] if file.model else []
        told = f" ({', '.join(wants)})" if wants else ""
        yield file.kind, f"/{file.name}{told}: {file.description}"
    for agent in brought.agents:
        yield "agent", f"{agent.name} ({_terms(agent)}): {agent.description}"
    for style in brought.styles:
        yield "output style", f"{style.name}: {style.description}"


def _terms(agent: AgentFile) -> str:
    tools = "its parent's tools" if agent.tools is None else f"tools {', '.join(agent.tools) or 'none'}"
    more = [f"model {agent.model}"] if agent.model else []
    more += [f"mode {agent.mode}"] if agent.mode else []
    return ", ".join([tools, *more])


def counted(brought: Brought) -> str:
    """How much of what it brings."""
    kinds: dict[str, int] = {}
    for kind, _ in _rows(brought):
        kinds[kind] = kinds.get(kind, 0) + 1
    return ", ".join(f"{kind}: {count}" for kind, count in kinds.items()) or "nothing"


def plain(one: Checked) -> dict[str, Any]:
    """The same for programs."""
    known = one.installed
    return {
        "name": known.name,
        "version": known.version,
        "description": known.description,
        "digest": known.digest,
        "source": known.source,
        "state": state(one),
        "why": one.why,
        **(_brought(one.brought, one.root) if one.brought else {}),
    }


def of_staged(staged: Staged) -> dict[str, Any]:
    """Of one that is not installed."""
    manifest = staged.brought.manifest
    return {
        "name": manifest.name,
        "version": manifest.version,
        "description": manifest.description,
        "digest": staged.digest,
        "source": staged.source,
        "state": "not installed",
        **_brought(staged.brought, staged.folder),
    }


def _brought(brought: Brought, root: str) -> dict[str, Any]:
    return {"brings": [{"kind": kind, "text": text} for kind, text in rows(brought, root)], "notes": brought.notes}
