"""The texts that steer the model. A session records them when it begins and keeps to them."""

from __future__ import annotations

import os
from collections.abc import Callable

from msgspec.structs import replace

from claw.events.session import Prompts
from claw.session.config import Options

_FOLDER = os.path.dirname(__file__)


def load(*, title: bool = False) -> Prompts:
    """The texts of this version of claw; `title`: the one that asks for a title, too."""
    asking = _text("title.md") if title else ""
    return Prompts(system=_text("system.md"), compaction=_text("compaction.md"), title=asking)


def wanted(options: Options, mask: Callable[[str], str], *, title: bool = False) -> Prompts:
    """The same with what the command line says of them, without secrets."""
    texts = load(title=title)
    return replace(texts, system=mask(_asked(options, texts.system)))


def changed(options: Options, mask: Callable[[str], str], before: Prompts | None) -> str | None:
    """The instructions of a session that goes on, where the command line says others than it has; None: they stay."""
    if before is None or (options.system is None and not options.append):
        return None
    system = mask(_asked(options, _text("system.md")))
    return None if system == before.system else system


def _asked(options: Options, own: str) -> str:
    base = own if options.system is None else options.system.strip()
    return "\n\n".join(part for part in (base, options.append.strip()) if part)


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
