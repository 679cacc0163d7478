"""How the terminal is to look and behave: settings that only concern drawing. They are the person's alone.

::

    {"theme": "dark", "editorMode": "vim", "preferredNotifChannel": "terminal_bell", "terminalTitle": false,
     "screenReader": true}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from claw.settings.keys import LOOKS
from claw.settings.layers import MANAGED, Managed, own_documents

TEXTS: Mapping[str, tuple[str, ...]] = {
    "theme": ("auto", "ansi", "dark", "light", "dark-daltonized", "light-daltonized", "dark-ansi", "light-ansi"),
    "editorMode": ("normal", "vim"),
    "preferredNotifChannel": (
        *("auto", "terminal_bell", "iterm2", "iterm2_with_bell", "kitty", "ghostty", "notifications_disabled"),
    ),
}
"""What each may hold. `dark-ansi` and `light-ansi` are other names of `ansi`."""


class Looks(Struct, frozen=True):
    """`theme` "auto" is found out by the terminal's background. `notify` is how the person is called to it."""

    theme: str = "ansi"
    vim: bool = False
    notify: str = "auto"
    title: bool = True
    """Whether the window's title says what claw does."""
    screen_reader: bool = False


def looks(home: str, managed: Managed = MANAGED) -> Looks:
    """What the administrator's files and the user's say; of two the first counts. What cannot be meant is as if it were
    not said. Raises UsageError for a file that is no JSON.
    """
    said: dict[str, Any] = {}
    for document in own_documents(home, managed):
        for key in LOOKS:
            value = document.plain.get(key)
            if value is not None and not _wrong(key, value):
                said.setdefault(key, value)
    theme = said.get("theme", "ansi")
    return Looks(
        theme="ansi" if theme.endswith("-ansi") else theme,
        vim=said.get("editorMode") == "vim",
        notify=said.get("preferredNotifChannel", "auto"),
        title=said.get("terminalTitle", True),
        screen_reader=said.get("screenReader", False),
    )


def problems(plain: Mapping[str, Any], at: Callable[..., str]) -> Iterator[str]:
    """A sentence for each of these settings that cannot be meant."""
    for key in LOOKS:
        value = plain.get(key)
        why = _wrong(key, value) if value is not None else ""
        if why:
            yield f"{at(key)}: not in effect: {key} {why}."


def _wrong(key: str, value: Any) -> str:
    """Why the value cannot be meant; empty: it can."""
    if key not in TEXTS:
        return "" if isinstance(value, bool) else "is neither true nor false"
    return "" if value in TEXTS[key] else f"is none of {', '.join(TEXTS[key])}"
