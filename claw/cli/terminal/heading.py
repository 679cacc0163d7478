"""What a window is headed with: what the session in it is about, what claw does in it, and where."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from rich.cells import cell_len, set_cell_size

from claw.cli.sanitize import reveal_line

WIDEST = 60
"""Cells of a part of it."""
State = Literal["idle", "working", "asking"]
_SIGNS: Mapping[State, str] = {"idle": "", "working": "* ", "asking": "? "}


class Heading(Struct, frozen=True):
    """`title` in a few words of anybody's, or none; the folder's path."""

    title: str
    folder: str

    def shown(self, state: State) -> str:
        """`* Fix the tests - work`; harmless, on one line."""
        return f"{_SIGNS[state]}{_short(self.title) or 'claw'} - {_short(os.path.basename(self.folder) or self.folder)}"


def _short(text: str) -> str:
    shown = reveal_line(text).strip()
    return set_cell_size(shown, WIDEST).rstrip() if cell_len(shown) > WIDEST else shown
