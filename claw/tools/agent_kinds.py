"""The kinds of agent that claw brings, and how a declaration says which kinds there are."""

from collections.abc import Iterable
from typing import get_args

import msgspec
from msgspec.structs import replace

from claw.events.agent import AgentKind
from claw.events.tools import BUILTIN, Footprint, ToolSpec

_LOOKING: tuple[Footprint, ...] = tuple(one for one in get_args(Footprint) if one in ("read", "none"))

_TOLD = (
    "You are an agent of claw, a coding agent in a terminal. Another agent has given you a task. Nobody reads what you "
    "write along the way: only your last message reaches that agent, and no user can answer questions. What you run in "
    "the background ends with you. Do the task with your tools, and end with a message that says all that was asked "
    "for: what you found or did, the paths of the files that matter with line numbers, and what you could not do."
)

KINDS: tuple[AgentKind, ...] = (
    AgentKind(
        name="general-purpose",
        description="for tasks of several steps: it has the same tools as you",
        instructions=f"{_TOLD} Change only what the task asks for, and check your work before you say that it is done.",
        source=BUILTIN,
    ),
    AgentKind(
        name="explore",
        description="finds out where something is or how it works; it can only read and search",
        instructions=f"{_TOLD} You can only read and search. Look in several places, and under several names, before "
        "you say that something is not there. Quote what proves your answer; do not guess.",
        source=BUILTIN,
        footprints=_LOOKING,
    ),
    AgentKind(
        name="plan",
        description="reads what a change has to do with, and gives back a plan for it; it can only read and search",
        instructions=f"{_TOLD} You can only read and search. Give back a plan that another can carry out: the files to "
        "change, in what order and how, what could break, and how to check that it works.",
        source=BUILTIN,
        footprints=_LOOKING,
    ),
)
"""The kinds of agent that claw itself brings."""

SAID = 1_000
"""Characters of what a kind says of itself that the model is told."""


def with_kinds(spec: ToolSpec, kinds: Iterable[AgentKind], models: Iterable[str]) -> ToolSpec:
    """The declaration of what starts an agent, where there are these kinds and names of models to choose from."""
    lines = "\n".join(f"  - {kind.name}: {_cut(kind.description)}" for kind in kinds)
    return replace(spec, description=spec.description.replace("{kinds}", lines), schema=_schema(spec, list(models)))


def _schema(spec: ToolSpec, models: list[str]) -> str:
    """The schema of the arguments; without that for a model where there is none to choose."""
    schema = msgspec.json.decode(spec.schema)
    if models:
        schema["properties"]["model"]["enum"] = models
    else:
        del schema["properties"]["model"]
    return msgspec.json.encode(schema, order="sorted").decode()


def _cut(text: str) -> str:
    return text if len(text) <= SAID else f"{text[:SAID]}…"
