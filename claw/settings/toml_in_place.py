"""Values of a TOML text, comments and all, set and taken out where they stand."""

from __future__ import annotations

from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from claw.errors import UsageError
from claw.settings.document import Where
from claw.settings.toml import parsed


class TomlText:
    """A settings file's text. `plain` is what it says. Raises UsageError for one that is no TOML."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.plain = parsed(text.replace("\r\n", "\n"), name)
        self._name = name

    def with_value(self, where: Where, value: Any) -> TomlText:
        """The text with this value there; tables on the way are made where they are missing. Raises UsageError."""
        document = self._document()
        holder: Any = document
        for position, key in enumerate(where[:-1]):
            if isinstance(key, int) or key in holder:
                holder = holder[key]
            else:
                is_list = isinstance(where[position + 1], int)
                new: Any = tomlkit.array() if is_list else tomlkit.table(is_super_table=position + 2 < len(where))
                holder[key] = new
                holder = holder[key]
            if not isinstance(holder, list if isinstance(where[position + 1], int) else dict):
                raise UsageError(f"{self._name}: {'.'.join(map(str, where[: position + 1]))} cannot hold {where[-1]}")
        last = where[-1]
        if isinstance(last, int) and last == len(holder):
            holder.append(value)
        else:
            holder[last] = value
        return self._checked(tomlkit.dumps(document), _with(self.plain, where, value))

    def without(self, where: Where) -> TomlText:
        """The text without what stands there, which must be there. Raises UsageError."""
        document = self._document()
        holder: Any = document
        for key in where[:-1]:
            holder = holder[key]
        del holder[where[-1]]
        return self._checked(tomlkit.dumps(document), _without(self.plain, where))

    def _document(self) -> Any:
        try:
            return tomlkit.parse(self.text)
        except TOMLKitError as error:
            raise UsageError(f"{self._name} cannot be changed: {error}", hint=f"${{EDITOR:-vi}} {self._name}") from None

    def _checked(self, text: str, wanted: Any) -> TomlText:
        """The new text, if it says just what it is to say."""
        changed = TomlText(text, self._name)
        if changed.plain != wanted:
            raise UsageError(
                f"{self._name} cannot be changed without losing something", hint=f"${{EDITOR:-vi}} {self._name}"
            )
        return changed


def _with(plain: Any, where: Where, value: Any) -> Any:
    if not where:
        return value
    key, rest = where[0], where[1:]
    if isinstance(key, int):
        entries = list(plain or [])
        return [*entries[:key], _with(entries[key] if key < len(entries) else None, rest, value), *entries[key + 1 :]]
    return {**(plain or {}), key: _with((plain or {}).get(key), rest, value)}


def _without(plain: Any, where: Where) -> Any:
    key, rest = where[0], where[1:]
    if isinstance(key, int):
        return [*plain[:key], *([_without(plain[key], rest)] if rest else []), *plain[key + 1 :]]
    left = {name: value for name, value in plain.items() if name != key or rest}
    return {**left, key: _without(plain[key], rest)} if rest else left
