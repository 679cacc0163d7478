"""The texts that steer the model. A session records them when it begins and keeps to them."""

from __future__ import annotations

from importlib.resources import files

from claw.events.session import Prompts


def load() -> Prompts:
    """The texts of this version of claw."""
    folder = files(__name__)
    return Prompts(
        system=(folder / "system.md").read_text("utf-8").strip(),
        compaction=(folder / "compaction.md").read_text("utf-8").strip(),
    )
