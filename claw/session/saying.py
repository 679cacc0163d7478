"""What each settings file says of a setting, which of that counts, and why the rest does not."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from claw.events.permission import Layer
from claw.late import load
from claw.log import Home
from claw.session import trust
from claw.session.config import Options
from claw.settings import Managed, read_settings
from claw.settings.changing import keys_of, kind_of
from claw.settings.document import Document, Where
from claw.settings.layers import MANAGED, documents

if TYPE_CHECKING:
    from claw.settings.codex import Word

WHERE_IT_COUNTS = "it counts where you have named no model for claw, and where the environment leads to its provider"
WITH_ITS_MODEL = "it counts with the model that the same file names"
_NAMES = {"mode": "permissions.defaultMode"}
"""What settings are called in files that are called otherwise among sources."""
_IN_ALL = ("permissions.disableBypassPermissionsMode", "disableAllHooks")
"""What each file says for itself, or whoever says it first for all."""

_STRICTER = re.compile(r"cannot be read \(.*, so claw (denies|asks)| takes \S+ for it\.$|is taken for")
"""Of what counts, though not as it is written."""


class Said(Struct, frozen=True):
    """One file's word. `place` is `file:line`. `counts`: it, or a part of it, does; `why` it does not, or not all."""

    layer: Layer
    place: str
    value: Any
    counts: bool
    why: tuple[str, ...] = ()


class Setting(Struct, frozen=True):
    """`said` is from the highest layer to the lowest."""

    key: str
    said: tuple[Said, ...]

    @property
    def value(self) -> Any:
        """What counts: of lists and objects all that does, together, else the highest; None: nobody says anything."""
        found = [one.value for one in self.said if one.counts]
        if found and all(isinstance(value, list) for value in found):
            return list({repr(entry): entry for value in found for entry in value}.values())
        if found and all(isinstance(value, dict) for value in found):
            return _together(reversed(found))
        return found[0] if found else None


def look(home: Home, options: Options, key: str, managed: Managed = MANAGED) -> Setting:
    """The setting of this name, as `permissions.allow`. Blocks. Raises UsageError for one that claw does not have, and
    for files that cannot be meant.
    """
    path = keys_of(key)
    kind_of(path, key)
    user_home = trust.home_of(options.environ)
    settings = trust.settle(home, options, read_settings(user_home, options.workspace, managed))
    refused = (*settings.ignored, *settings.untaken)
    sources = {_NAMES.get(name, name): place for name, place in settings.sources.items()}
    found: list[Said] = []
    for document in documents(user_home, options.workspace, managed):
        value = _value(document, path)
        if value is not None:
            found.append(_said(document, path, value, refused, sources.get(key)))
    found += _of_codex(key, user_home, options.workspace, sources.get(key))
    return Setting(key, tuple(_outdone(found, key)))


def _of_codex(key: str, home: str, workspace: str, source: str | None) -> list[Said]:
    """What files of Codex's say of it: of a session that runs, whether it counts depends on its environment, too."""
    if not any(os.path.exists(f"{folder}/.codex/config.toml") for folder in (home, workspace)):
        return []
    words = [word for word in load("claw.settings.codex", "words")(home, workspace) if word.key == key]
    return [
        Said(word.layer, word.place, word.value, not word.why and word.place == source, _because(word))
        for word in words
    ]


def _because(word: Word) -> tuple[str, ...]:
    why = word.why or (WHERE_IT_COUNTS if word.key == "model" else WITH_ITS_MODEL)
    return (f"{word.place}: {why}.",)


def _value(document: Document, path: Where) -> Any:
    value: Any = document.plain
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _said(document: Document, path: Where, value: Any, refused: tuple[str, ...], source: str | None) -> Said:
    """With the parts of a list or an object taken out that do not count."""
    place = document.at(*path)
    mine = [one for one in refused if one.startswith(f"{document.name}:")]
    barred = tuple(one for one in mine if f"a repository cannot set {path[0]};" in one)
    if barred:
        return Said(document.layer, place, value, False, barred)
    why: dict[str, None] = {}
    kept = _kept(document, path, value, mine, why)
    counts = source in (None, place) and kept is not None
    return Said(document.layer, place, value if kept is None else kept, counts, (*why,))


def _kept(document: Document, path: Where, value: Any, refused: list[str], why: dict[str, None]) -> Any:
    """What is left of it; None: nothing. `why` gets what was said of the parts."""
    if isinstance(value, list | dict):
        parts = dict(enumerate(value)) if isinstance(value, list) else value
        left = {name: _kept(document, (*path, name), part, refused, why) for name, part in parts.items()}
        left = {name: part for name, part in left.items() if part is not None}
        if value and not left:
            return None
        return [*left.values()] if isinstance(value, list) else left
    place, name = document.at(*path), str(value if isinstance(value, str) else path[-1])
    said = [one for one in refused if one.startswith(f"{place}: ") and name in one]
    why |= dict.fromkeys(said)
    return value if all(_STRICTER.search(one) for one in said) else None


def _outdone(found: list[Said], key: str) -> Iterator[Said]:
    """Of several files that say one value the highest counts."""
    first = next((one for one in found if one.counts), None)
    for one in found:
        if first is None or one is first or isinstance(one.value, list | dict) or key in _IN_ALL or one.why:
            yield one
        else:
            yield Said(one.layer, one.place, one.value, False, (f"{one.place}: {first.place} goes before it.",))


def _together(values: Iterator[Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for value in values:
        for name, part in value.items():
            before = whole.get(name)
            if isinstance(before, dict) and isinstance(part, dict):
                whole[name] = _together(iter((before, part)))
            elif isinstance(before, list) and isinstance(part, list):
                whole[name] = [*part, *(entry for entry in before if entry not in part)]
            else:
                whole[name] = part
    return whole
