"""The seam to what a tool does: arguments checked, facts found, then run with what was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import pydantic

from claw import _native
from claw.events.permission import Rule, directories
from claw.events.request import ToolSpec
from claw.events.tool import DeniedCommand, PathFact, Sandbox
from claw.toolbox.scratch import Scratch
from claw.toolbox.shells import Shell, Shells


@dataclass(slots=True)
class Place:
    """Where tools act. `workspace` is canonical and absolute; `guard` is the lock that a tool's processes hold."""

    workspace: str
    home: str
    claw_home: str
    guard: str
    environment: dict[str, str]
    """What a process gets: without secrets."""
    rules: tuple[Rule, ...] = ()
    """What the session's settings allow, ask and deny, for what reads and runs without a call of the model's."""
    secrets: tuple[tuple[str, str], ...] = ()
    """(name, value) of every secret that is known; none of them is shown to a model or written down."""
    read: dict[tuple[int, str], str] = field(default_factory=dict)
    """BLAKE3 of each file as an agent last saw it, by the agent's id and canonical path. It begins empty with every
    process, so that after a resume a file must be read again before it is changed."""
    scratch: Scratch | None = None
    """What stands in for /tmp; None where commands are not confined so, and see the machine's."""
    left: dict[str, str] = field(default_factory=dict)
    """BLAKE3 of each file that a call was let change, as the call left it, by canonical path."""
    shells: Shells = field(default_factory=Shells)
    """The commands that run in the background."""

    @property
    def roots(self) -> tuple[str, ...]:
        """The workspace, and the folders that settings take for parts of it: canonical and absolute."""
        return (self.workspace, *directories(self.rules))


@dataclass(frozen=True, slots=True)
class Facts:
    """What was recorded about a call before it was allowed: it acts on this and on nothing else."""

    grant: _native.Grant
    paths: tuple[PathFact, ...] = ()
    exclude: tuple[str, ...] = ()
    """Gitignore patterns, from the root of the file system, of what a search must not see."""
    sandbox: Sandbox | None = None
    """How a process is confined; None: not at all."""
    room: int | None = None
    """At most so many bytes for the model; None: as many as the tool usually gives."""
    denied: tuple[DeniedCommand, ...] = ()
    """What no process of the call may start."""
    agent: int = 0
    """Id of the agent that makes the call."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool gives back. `content` is for the model; `output` all there was, where the model got only a part."""

    content: str
    is_error: bool = False
    exit: int | None = None
    output: str | None = None
    shell: Shell | None = None
    """A command that the call has left running in the background."""


Report: TypeAlias = Callable[[str], None]
"""Takes a piece of output, already masked, while the tool runs; called in the event loop's thread."""


class Tool(Protocol):
    """One tool. `Arguments` are checked by pydantic; a wrong one is told to the model as it is."""

    spec: ToolSpec
    arguments: type[pydantic.BaseModel]

    def paths(self, arguments: pydantic.BaseModel) -> tuple[tuple[str, str], ...]:
        """(parameter, path as given) for everything on disk that the arguments name. Raises ToolError."""
        ...

    async def run(self, arguments: dict[str, Any], facts: Facts, place: Place, report: Report) -> Outcome:
        """Do it. Raises ToolError for what the model should know. Once cancelled, nothing of it still runs."""
        ...
