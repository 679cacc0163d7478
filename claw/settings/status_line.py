"""A line below the input that a program of the person's writes.

::

    {"statusLine": {"type": "command", "command": "~/.claude/statusline.sh", "padding": 1}}
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from claw._native import find_tokens
from claw.events.permission import Layer
from claw.execution.credentials import LEAK
from claw.settings.keys import STATUS_LINE

KEY = STATUS_LINE
WIDEST = 20
"""Blanks at most on either side."""
_KNOWN = ("type", "command", "padding", "refreshInterval", "hideVimModeIndicator")
"""What other tools have there, too: claw tells the program again whenever something has changed."""


class StatusLine(Struct, frozen=True):
    """`source` is `file:line`. `padding` is in cells."""

    command: str
    padding: int
    source: str
    layer: Layer


class Found(Struct, frozen=True):
    line: StatusLine | None = None
    ignored: tuple[str, ...] = ()


def status_line_in(plain: dict[str, Any], at: Callable[..., str], layer: Layer) -> Found:
    """The status line of a settings file with this content; what cannot be meant does not run, and is said."""
    given, where = plain.get(KEY), at(KEY)
    if given is None:
        return Found()
    if plain.get("disableAllHooks") is True:
        return Found(ignored=(f"{where}: the status line of this file is switched off, as its hooks are.",))
    why = _wrong(given)
    if why:
        return Found(ignored=(f"{where}: not in effect: {why}.",))
    padding = given.get("padding", 0)
    ignored = [f"{where}: claw does not know {key} of a {KEY}." for key in given if key not in _KNOWN]
    if not isinstance(padding, int) or isinstance(padding, bool) or not 0 <= padding <= WIDEST:
        ignored.append(f"{where}: not in effect: the padding is a number from 0 to {WIDEST}, not {padding!r}.")
        padding = 0
    return Found(StatusLine(given["command"], padding, where, layer), tuple(ignored))


def _wrong(given: Any) -> str:
    """Why it cannot be run."""
    if not isinstance(given, dict):
        return f"{KEY} is no object"
    if given.get("type", "command") != "command":
        return f"claw has no {KEY} of type {given['type']!r}"
    command = given.get("command")
    if not isinstance(command, str) or not command.strip() or "\0" in command or "\ufffd" in command:
        return f"the {KEY} has no command that can be run"
    return f"the command of the {KEY} holds {LEAK}" if find_tokens(command) else ""
