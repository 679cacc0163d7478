"""The seam to what a tool does: arguments checked, facts found, then run with what was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import pydantic

from claw.events.request import ToolSpec
from claw.events.tool import PathFact


@dataclass(slots=True)
class Place:
    """Where tools act. `workspace` is canonical and absolute; `guard` is the lock that a tool's processes hold."""

    workspace: str
    home: str
    claw_home: str
    guard: str
    environment: dict[str, str]
    """What a process gets: without secrets."""
    read: dict[str, str] = field(default_factory=dict)
    """Digest of each file as the model last saw it, by absolute path."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool gives back. `content` is for the model; `output` all there was, where the model got only a part."""

    content: str
    is_error: bool = False
    exit: int | None = None
    output: str | None = None


Report: TypeAlias = Callable[[str], None]
"""Takes a piece of output while the tool runs."""


class Tool(Protocol):
    """One tool. `Arguments` are checked by pydantic; a wrong one is told to the model as it is."""

    spec: ToolSpec
    arguments: type[pydantic.BaseModel]

    async def run(
        self, arguments: dict[str, Any], paths: tuple[PathFact, ...], place: Place, report: Report
    ) -> Outcome:
        """Do it. Raises ToolError for what the model should know. Once cancelled, nothing of it still runs."""
        ...
