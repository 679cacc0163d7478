"""What the terminal looks like, from the settings to the theme; and what the person makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast, get_args

from claw.cli.terminal.styles import USUAL, Name
from claw.errors import UsageError
from claw.late import load
from claw.settings.edit import set_value
from claw.settings.layers import of_user
from claw.settings.looks import Looks


def theme_of(looks: Looks, environ: Mapping[str, str]) -> Name:
    """The theme, where it says "auto" by the terminal's background; where nobody knows that, the one for any."""
    if looks.theme in get_args(Name):
        return cast(Name, looks.theme)
    dark = load("claw.cli.terminal.background", "is_dark")(environ)
    return USUAL if dark is None else "dark" if dark else "light"


def settings_of(home: str) -> Path:
    """The file that the person's own settings stand in."""
    return Path(home, of_user(home))


def keep(home: str, key: str, value: str) -> str:
    """Write it into the user's settings; the sentence about that. Blocks."""
    path = settings_of(home)
    try:
        set_value(path, (key,), value)
    except OSError as error:
        return f"it holds for this session only: {path} cannot be written: {error.strerror}"
    except UsageError as error:
        return f"it holds for this session only: {error.message}"
    return f"saved in ~/{path.relative_to(home)} ({key})"
