"""Settings that are put into a file and taken out of it; every other byte of the file stays."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from claw import _native
from claw.errors import UsageError
from claw.execution.files import locked, read_whole, write_atomic
from claw.execution.grants import ordered
from claw.late import load
from claw.settings.document import Where, without_mark
from claw.settings.in_place import JsonText
from claw.settings.stricter_rules import grants

ALLOWED: Where = ("permissions", "allow")


class Text(Protocol):
    """The text of a settings file; `plain` is what it says. What changes it makes another one. Raises UsageError."""

    @property
    def text(self) -> str: ...

    @property
    def plain(self) -> dict[str, Any]: ...

    def with_value(self, where: Where, value: Any) -> Text: ...

    def without(self, where: Where) -> Text: ...


def add_allow_rule(path: Path, rule: str) -> None:
    """Add the rule to `permissions.allow`, unless it is there.

    All or nothing, and synced. Blocks. Raises UsageError (no rule; a file that is no settings file), ToolError
    (another program wrote the file in the same moment), OSError.
    """
    _native.parse_rule(rule)
    if why := grants(rule):
        raise UsageError(f"the permission rule `{rule}` cannot be taken: {why}")
    add_entry(path, ALLOWED, rule)


def set_value(path: Path, where: Where, value: Any) -> bool:
    """Have the setting hold this value; whether it did not. Otherwise as `add_allow_rule`."""
    return _change(path, lambda text: text if _value(text.plain, where) == value else text.with_value(where, value))


def unset_value(path: Path, where: Where) -> bool:
    """Take the setting out; whether it was there. Otherwise as `add_allow_rule`."""
    return _change(path, lambda text: text if _value(text.plain, where) is None else text.without(where), make=False)


def add_entry(path: Path, where: Where, entry: Any) -> bool:
    """Put the entry behind those of this list; whether it was not there. Otherwise as `add_allow_rule`."""

    def add(text: Text) -> Text:
        entries = _entries(text.plain, where, path)
        return text if entry in entries else text.with_value((*where, len(entries)), entry)

    return _change(path, add)


def remove_entry(path: Path, where: Where, entry: Any) -> bool:
    """Take the entry out of this list; whether it was there. Otherwise as `add_allow_rule`."""

    def remove(text: Text) -> Text:
        entries = _entries(text.plain, where, path)
        for index in reversed([index for index, other in enumerate(entries) if other == entry]):
            text = text.without((*where, index))
        return text

    return _change(path, remove, make=False)


def remove_allow_rule(path: Path, rule: str) -> bool:
    """Take the rule out of `permissions.allow`; whether it was there. Otherwise as `add_allow_rule`."""
    return remove_entry(path, ALLOWED, rule)


def has_allow_rule(path: Path, rule: str) -> bool:
    """Whether `permissions.allow` of the file has the rule. Blocks. Raises UsageError, ToolError, OSError."""
    try:
        text, _ = _read(read_whole(os.path.realpath(path)).data, path)
    except FileNotFoundError:
        return False
    return rule in _entries(text.plain, ALLOWED, path)


def _change(path: Path, change: Callable[[Text], Text], *, make: bool = True) -> bool:
    """Whether it changed the file. Blocks. Raises UsageError, ToolError, OSError."""
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    if make:
        os.makedirs(folder, exist_ok=True)
    elif not os.path.isdir(folder):
        return False
    with locked(folder):
        try:
            file = read_whole(target)
        except FileNotFoundError:
            if not make:
                return False
            file = None
        before, mark = _read(file.data if file else b"", path)
        after = change(before)
        if after.plain == before.plain:
            return False
        data = mark + after.text.encode("utf-8", "surrogatepass")
        write_atomic(ordered("change the settings", target), target, data, file.stat if file else None)
    return True


def _read(data: bytes, path: Path) -> tuple[Text, bytes]:
    """The file's text, and the byte order mark that it begins with. Raises UsageError."""
    text, mark = without_mark(data, str(path))
    if path.suffix == ".toml":
        toml: Text = load("claw.settings.toml_in_place", "TomlText")(text, str(path))
        return toml, mark
    return JsonText(text, str(path)), mark


def _value(plain: Any, where: Where) -> Any:
    for key in where:
        plain = plain.get(key) if isinstance(plain, dict) else None
    return plain


def _entries(plain: Any, where: Where, path: Path) -> list[Any]:
    """What the list holds; nothing, where there is none. Raises UsageError."""
    for length in range(1, len(where) + 1):
        found = _value(plain, where[:length])
        if found is None:
            return []
        if not isinstance(found, list if length == len(where) else dict):
            name = ".".join(map(str, where[:length]))
            raise UsageError(
                f"{path} is not a settings file: {name} is no {'list' if length == len(where) else 'object'}"
            )
    return found if isinstance(found, list) else []
