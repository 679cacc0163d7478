"""How things look: each meaning has one name here, and each theme one style for it. Nobody else writes a colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from rich.theme import Theme

QUIET = "claw.quiet"
"""What is said beside the matter: hints, what was set, output that is only looked at."""
STRONG = "claw.strong"
"""Names, headings, what the person has typed."""
TITLE = "claw.title"
"""The first heading of an answer."""
QUESTION = "claw.question"
"""What the person is asked."""
CHOSEN = "claw.chosen"
"""The answer that Enter would take."""
WARNING = "claw.warning"
"""What is not as it should be, and goes on."""
ERROR = "claw.error"
"""What failed, or was refused."""
FAULT = "claw.fault"
"""The session has stopped."""
DONE = "claw.done"
"""It ended well."""
RUNNING = "claw.running"
"""It has begun, or waits for the person."""
WORKING = "claw.working"
"""What claw does at this moment."""
SAID = "claw.said"
"""What the model shows the person: a plan, a message."""
ASIDE = "claw.aside"
"""An answer beside the conversation."""
THOUGHT = "claw.thought"
"""What the model thinks."""
ADDED = "claw.added"
REMOVED = "claw.removed"
UNCHANGED = "claw.unchanged"
"""Lines of a change."""
OTHER = "claw.other"
"""Words that are others in a line of a change; it has the line's colour."""

Name: TypeAlias = Literal["ansi", "dark", "light", "dark-daltonized", "light-daltonized"]
NAMES: tuple[Name, ...] = get_args(Name)
USUAL: Name = "ansi"

_ANSI = {
    QUIET: "dim",
    STRONG: "bold",
    TITLE: "bold underline",
    QUESTION: "bold yellow",
    CHOSEN: "bold cyan",
    WARNING: "yellow",
    ERROR: "red",
    FAULT: "bold red",
    DONE: "green",
    RUNNING: "yellow",
    WORKING: "cyan",
    SAID: "cyan",
    ASIDE: "magenta",
    THOUGHT: "dim italic",
    ADDED: "green",
    REMOVED: "red",
    UNCHANGED: "dim",
    OTHER: "bold underline",
    "markdown.code": "cyan",
    "markdown.link_url": "underline",
    "markdown.block_quote": "italic",
    "markdown.item.bullet": "bold yellow",
    "markdown.item.number": "bold yellow",
    "markdown.hr": "yellow",
}
"""The terminal's own sixteen colours: they can be read on whatever background it has."""


def _coloured(
    *, notice: str, bad: str, good: str, active: str, aside: str, added: str, removed: str, code: str
) -> dict[str, str]:
    """The same with these colours, each for all that is of its kind."""
    return {
        **_ANSI,
        QUESTION: f"bold {notice}",
        CHOSEN: f"bold {active}",
        WARNING: notice,
        ERROR: bad,
        FAULT: f"bold {bad}",
        DONE: good,
        RUNNING: notice,
        WORKING: active,
        SAID: active,
        ASIDE: aside,
        ADDED: added,
        REMOVED: removed,
        "markdown.code": code,
        "markdown.item.bullet": f"bold {notice}",
        "markdown.item.number": f"bold {notice}",
        "markdown.hr": notice,
    }


THEMES: Mapping[Name, Mapping[str, str]] = {
    "ansi": _ANSI,
    "dark": _coloured(
        notice="#e5b95c",
        bad="#ff7b72",
        good="#6fcf7f",
        active="#5fc8d8",
        aside="#c9a2ff",
        added="#8ddb9a",
        removed="#ff9a93",
        code="#7fc8e8",
    ),
    "light": _coloured(
        notice="#7d5200",
        bad="#b3261e",
        good="#1a6e31",
        active="#005f80",
        aside="#7127b5",
        added="#116329",
        removed="#a40e26",
        code="#0b4f8a",
    ),
    # What is good is blue, what is bad is orange: no kind of colour blindness takes one for the other.
    "dark-daltonized": _coloured(
        notice="#f0e442",
        bad="#ff9a4d",
        good="#6cb6ff",
        active="#d0d7de",
        aside="#e3a6cf",
        added="#6cb6ff",
        removed="#ff9a4d",
        code="#d0d7de",
    ),
    "light-daltonized": _coloured(
        notice="#6a5600",
        bad="#a04000",
        good="#00558f",
        active="#24292f",
        aside="#8a3d74",
        added="#00558f",
        removed="#a04000",
        code="#24292f",
    ),
}

_made: dict[Name, Theme] = {}


def theme(name: Name) -> Theme:
    """The styles of this theme, for Rich."""
    if name not in _made:
        _made[name] = Theme(dict(THEMES[name]))
    return _made[name]
