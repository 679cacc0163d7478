"""Permission modes by the names that people know them by, and which of two is the stricter one."""

from __future__ import annotations

from typing import cast, get_args

from claw.errors import UsageError
from claw.events.permission import Mode

ALIASES: dict[str, Mode] = {
    "prompt": "default",
    "read-only": "plan",
    "workspace-write": "acceptEdits",
    "danger-full-access": "bypassPermissions",
    "allow": "bypassPermissions",
    "ask": "default",
    "auto-edit": "acceptEdits",
    "bypass": "bypassPermissions",
}
"""Names of other tools for the same."""

BYPASS: Mode = "bypassPermissions"


def _letters(text: str) -> str:
    return text.replace("-", "").replace("_", "").replace(" ", "").lower()


_BY_LETTERS: dict[str, Mode] = {
    **{_letters(mode): cast(Mode, mode) for mode in get_args(Mode)},
    **{_letters(alias): mode for alias, mode in ALIASES.items()},
}


def find_mode(text: str) -> Mode | None:
    """The mode of this name or alias, if there is one; `accept-edits` and `ACCEPT_EDITS` are `acceptEdits`."""
    return _BY_LETTERS.get(_letters(text))


def mode_named(text: str) -> Mode:
    """The permission mode of this name or alias. Raises UsageError."""
    mode = find_mode(text)
    if mode is None:
        names = ", ".join((*get_args(Mode), *ALIASES))
        raise UsageError(f"there is no permission mode {text!r}", hint=f"one of {names}")
    return mode
