"""What a command file or a skill comes to that the person has named, or the model."""

from typing import Literal

import msgspec

from claw.events.base import Content
from claw.events.permission import Rule
from claw.events.session import Model


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What is put into the text of a command: what a command line says, or what stands in a file."""

    what: Literal["shell", "read"]
    text: str
    """The command line, or the path."""


class Leave(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a command or a skill gives the turn that it begins, or is used in: rules that allow calls, behind all that
    deny or ask; the model that is asked; and the skill that the person has named themselves.
    """

    rules: tuple[Rule, ...] = ()
    model: Model | None = None
    skill: str = ""


class CommandUse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The file behind a typed `/name`: its `source` as people know it, and the BLAKE3 `digest` (hex) of what it said.

    `parts` are the texts that stand for what was typed, with `items` between them: one part more than there are items.
    """

    name: str
    source: str
    digest: str
    parts: tuple[Content, ...]
    items: tuple[Item, ...] = ()
    leave: Leave = Leave()
