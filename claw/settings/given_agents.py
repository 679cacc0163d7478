"""Kinds of agent that a program brings as JSON, which are what files that say the same would be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from claw.errors import UsageError
from claw.settings.agents import MOST_FILES, AgentFile, kind_of
from claw.settings.frontmatter import Page, Unreadable, Value

INSTRUCTIONS = "prompt"
"""The key for what stands below the frontmatter of a file."""


def agents_given(said: Mapping[str, Any], source: str) -> tuple[AgentFile, ...]:
    """The kinds of an object {name: {"description", "prompt", …}}, with the keys of files; `source` is how people call
    it. Raises UsageError.
    """
    if len(said) > MOST_FILES:
        raise UsageError(f"{source} has {len(said)} kinds of agent, and {MOST_FILES} are the most")
    return tuple(_kind(name, fields, source) for name, fields in said.items())


def _kind(name: str, fields: object, source: str) -> AgentFile:
    if not isinstance(fields, dict):
        raise UsageError(f"{source}: {name} is no object")
    values = {key: _value(value) for key, value in fields.items() if value is not None and key != INSTRUCTIONS}
    body = fields.get(INSTRUCTIONS, "")
    if not isinstance(body, str):
        raise UsageError(f"{source}: the {INSTRUCTIONS} of {name} is no text")
    said = Page({**values, "name": Value(1, name)}, body.strip())
    try:
        return kind_of(said, msgspec.json.encode(fields, order="sorted"), f"{source} {name}", "command-line")
    except Unreadable as error:
        raise UsageError(f"{source}: {name}: {error.why}") from None


def _value(value: object) -> Value:
    if isinstance(value, str):
        return Value(1, value)
    if isinstance(value, bool | int):
        return Value(1, str(value).lower())
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return Value(1, entries=tuple(value))
    return Value(1, nested=True, content=value)
