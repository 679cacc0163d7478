"""What Codex is told in its own files: the model counts here, too, where claw would ask its provider anyway; what else
it says is named where people look for it, and counts for nothing.

::

    ~/.codex/config.toml       the user's
    .codex/config.toml         below the workspace: the repository's, of which nothing counts
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from claw.errors import UsageError
from claw.events.permission import Layer
from claw.settings.document import Document, Where, read_document
from claw.settings.layers import OF_CODEX
from claw.settings.models import EFFORTS

OWN = f"~/{OF_CODEX}"

_MODES = "claw has modes of its own, which no file of Codex's chooses; the usual one asks at least as much"
_NOT_HERE: dict[str, tuple[str, str]] = {
    "approval_policy": ("permissions.defaultMode", _MODES),
    "sandbox_mode": ("permissions.defaultMode", _MODES),
    "sandbox_workspace_write": ("sandbox", "claw confines commands by its own settings"),
    "notify": ("hooks", "claw tells hooks of its own settings (docs/hooks.md)"),
    "model_providers": ("model", "claw asks the servers that the environment names"),
}
"""What has a meaning that claw does not take over: the setting that people look for it at, and why not."""


class Word(Struct, frozen=True):
    """What a file of Codex's says of a setting of claw's. `why` it counts for nothing; empty: it may count."""

    key: str
    value: Any
    place: str
    layer: Layer
    why: str = ""


def words(home: str, workspace: str = "") -> tuple[Word, ...]:
    """Of both files; none of one that cannot be read, which a session does not need. Blocks."""
    found = [*_words(home, OWN, "user", "")]
    if workspace and os.path.realpath(home) != os.path.realpath(workspace):
        found += _words(workspace, OF_CODEX, "project", "a repository's file of Codex's sets nothing here")
    return tuple(found)


def model(home: str) -> tuple[Word | None, Word | None]:
    """The model and how much it thinks, as the user's file says, where that may count. Blocks."""
    said = {word.key: word for word in words(home) if not word.why}
    return said.get("model"), said.get("effortLevel")


def _words(folder: str, name: str, layer: Layer, barred: str) -> Iterator[Word]:
    try:
        document = read_document(Path(folder, OF_CODEX), name, layer, folder)
    except UsageError as error:
        yield Word("model", None, name, layer, f"the file cannot be read: {error.message}")
        return
    if document is None:
        return
    profile = document.plain.get("profile")
    chosen: Where = ("profiles", profile) if isinstance(profile, str) else ()
    other = _other_provider(document, chosen)
    for key, setting in (("model", "model"), ("model_reasoning_effort", "effortLevel")):
        value, place = _value(document, chosen, key)
        if value is None:
            continue
        why = barred or other
        if not why and not (isinstance(value, str) and (key == "model" or value in EFFORTS)):
            why = "claw does not know it"
        yield Word(setting, value, place, layer, why)
    for key, (setting, why) in _NOT_HERE.items():
        value, place = _value(document, chosen, key)
        if value is not None:
            yield Word(setting, {key: value}, place, layer, barred or why)


def _value(document: Document, chosen: Where, key: str) -> tuple[Any, str]:
    """What the chosen profile says, else the file; and where."""
    for where in ((*chosen, key), (key,)):
        value: Any = document.plain
        for step in where:
            value = value.get(step) if isinstance(value, dict) else None
        if value is not None:
            return value, document.at(*where)
    return None, document.name


def _other_provider(document: Document, chosen: Where) -> str:
    """Why its model is none that claw asks; empty: it is one of OpenAI's."""
    provider, _ = _value(document, chosen, "model_provider")
    return "" if provider in (None, "openai") else f"it is a model of the provider {provider!r}, which is Codex's alone"
