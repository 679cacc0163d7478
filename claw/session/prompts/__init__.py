"""The texts that steer the model. A session records them when it begins and keeps to them."""

from __future__ import annotations

import os

from claw.events.session import Prompts

_FOLDER = os.path.dirname(__file__)


def load(*, title: bool = False) -> Prompts:
    """The texts of this version of claw; `title`: the one that asks for a title, too."""
    asking = _text("title.md") if title else ""
    return Prompts(system=_text("system.md"), compaction=_text("compaction.md"), title=asking)


COMMANDS = ("init", "review", "commit", "statusline")
"""Commands of claw's that stand for a text; a command file of the same name goes before it."""


def of_command(name: str) -> str:
    """What this command stands for, written as a command file is."""
    return _text(f"{name}.md")


def of_style(name: str) -> str:
    """What an output style of claw's own says; `general`: what stands in place of claw's instructions where a style
    does without those about code.
    """
    return _text(f"{name}.md")


def _text(name: str) -> str:
    with open(os.path.join(_FOLDER, name), encoding="utf-8") as file:
        return file.read().strip()
