"""Settings files, as other tools have them too: what they allow, ask and deny, and who may say so."""

from __future__ import annotations

from claw.settings.layers import Managed
from claw.settings.modes import mode_named
from claw.settings.reading import Settings, Wish, read_settings

__all__ = [
    "Managed",
    "Settings",
    "Wish",
    "mode_named",
    "read_settings",
]
