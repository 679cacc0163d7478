"""Every kind of event that claw knows, and what the declarations of the intents among them say together."""

from collections.abc import Iterator
from types import ModuleType

from claw.events import (
    agent,
    context,
    control,
    environment,
    hook,
    input,
    mcp,
    memory,
    model,
    note,
    output,
    permission,
    question,
    schedule,
    session,
    setting,
    shell,
    skill,
    task,
    tool,
    tools,
    worktree,
)
from claw.events.base import Event, Intent

FAMILIES: tuple[ModuleType, ...] = (
    session,
    setting,
    tools,
    mcp,
    agent,
    worktree,
    input,
    model,
    tool,
    shell,
    skill,
    task,
    output,
    permission,
    question,
    schedule,
    context,
    environment,
    hook,
    control,
    note,
    memory,
)
"""A class in one of these modules that has a tag is a kind of event."""


def kind_of(event: Event | type[Event]) -> str:
    """The dotted tag of an event or of its class."""
    tag = event.__struct_config__.tag
    assert isinstance(tag, str)
    return tag


def _declared() -> Iterator[type[Event]]:
    for family in FAMILIES:
        for value in vars(family).values():
            if isinstance(value, type) and issubclass(value, Event) and value.__module__ == family.__name__:
                yield value


KINDS: dict[str, type[Event]] = {kind_of(cls): cls for cls in _declared()}
"""Every kind, by its tag."""

INTENTS: tuple[type[Intent], ...] = tuple(cls for cls in KINDS.values() if issubclass(cls, Intent) and cls.ends)
"""The kinds of intent that open a call."""

TERMINAL: tuple[type[Event], ...] = tuple(dict.fromkeys(end for intent in INTENTS for end in intent.ends))
"""The kinds of event that end a call."""
