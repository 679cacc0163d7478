"""A workspace on disk, and tools called in it as the runtime calls them: resolved first, then run."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from claw import _native
from claw.events.base import Blob, Content, Event
from claw.events.results import in_words
from claw.events.tool import (
    PathFact,
    ResolveRequested,
    ToolFinished,
    ToolInterrupted,
    ToolOutput,
    ToolResolved,
    ToolStarted,
    call_bytes,
)
from claw.execution.context import ToolContext
from claw.execution.credentials import known_secrets
from claw.execution.environment import for_tools
from claw.handlers.base import Call
from claw.handlers.resolve import ResolveHandler
from claw.handlers.tool import ToolHandler
from claw.tools import every

SECRET = "s3cr3t-Value-of-the-test"
BY_NAME = {tool.spec.name: tool for tool in every()}
"""All tools of claw's own."""
TRAITS = {name: tool.spec.traits for name, tool in BY_NAME.items()}


@dataclass
class Result:
    """All that a call reported."""

    events: list[Event]
    blobs: _native.BlobStore

    @property
    def end(self) -> ToolFinished | ToolInterrupted:
        *pieces, end = self.events
        assert isinstance(end, ToolFinished | ToolInterrupted)
        assert all(isinstance(piece, ToolOutput) for piece in pieces), "only pieces come before the end"
        assert [piece.index for piece in self.pieces] == list(range(len(pieces)))
        assert {event.call for event in [*self.pieces, end]} == {end.call}
        return end

    @property
    def finished(self) -> ToolFinished:
        assert isinstance(self.end, ToolFinished), self.end
        return self.end

    @property
    def moved(self) -> tuple[PathFact, ...]:
        """The call did not act, because its facts were others by now: these."""
        (end,) = self.events
        assert isinstance(end, ToolResolved), end
        assert end.error == ""
        return end.paths

    @property
    def pieces(self) -> list[ToolOutput]:
        return [event for event in self.events if isinstance(event, ToolOutput)]

    @property
    def streamed(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    def load(self, content: Content | None) -> str:
        assert content is not None
        return self.blobs.get(content.digest).decode() if isinstance(content, Blob) else content

    @property
    def text(self) -> str:
        """What the model is told; the call must have succeeded."""
        assert not self.finished.is_error, self.finished
        return in_words(self.finished.content, self.load)

    @property
    def error(self) -> str:
        assert self.finished.is_error, self.finished
        return in_words(self.finished.content, self.load)


@dataclass
class World:
    root: Path
    secrets: dict[str, str] = field(default_factory=lambda: {"TEST_API_KEY": SECRET})
    exclude: tuple[str, ...] = ()
    """What rules keep from searches."""

    def __post_init__(self) -> None:
        self.root = Path(os.path.realpath(self.root))
        for name in ("home", "claw", "workspace"):
            (self.root / name).mkdir()
        self.workspace = self.root / "workspace"
        self.home = self.root / "home"
        self.context = self.fresh_context()
        self.blobs = _native.BlobStore(str(self.root / "blobs"))
        self.agent = 0
        """Whose calls the next ones are."""
        self._seq = 0

    def fresh_context(self) -> ToolContext:
        """As a new process has it."""
        environ = {**os.environ, "HOME": str(self.home), **self.secrets}
        return ToolContext(
            workspace=str(self.workspace),
            home=str(self.home),
            claw_home=str(self.root / "claw"),
            guard=str(self.root / "guard"),
            environment=for_tools(environ),
            secrets=tuple(known_secrets(self.secrets)),
        )

    def write(self, name: str, content: str | bytes = "") -> Path:
        path = self.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    async def resolved(self, name: str, **arguments: Any) -> ToolResolved:
        events: list[Event] = []
        intent = ResolveRequested(request=1, name=name, arguments=arguments)
        await ResolveHandler(BY_NAME, self.context).perform(Call(self._next(), intent, events.append))
        (event,) = events
        assert isinstance(event, ToolResolved)
        return event

    async def facts(self, name: str, **arguments: Any) -> tuple[PathFact, ...]:
        event = await self.resolved(name, **arguments)
        assert event.error == ""
        return event.paths

    async def run(
        self, name: str, paths: tuple[PathFact, ...], into: list[Event] | None = None, **arguments: Any
    ) -> Result:
        """Run a call on facts that were found before."""
        events: list[Event] = [] if into is None else into
        digest = _native.blake3(call_bytes(name, arguments, paths))
        intent = ToolStarted(
            request=1,
            name=name,
            arguments=arguments,
            paths=paths,
            digest=digest,
            exclude=self.exclude,
            traits=TRAITS[name],
        )
        call = Call(self._next(), intent, events.append, agent=self.agent)
        await ToolHandler(BY_NAME, self.context, self.blobs).perform(call)
        return Result(events, self.blobs)

    async def call(self, name: str, **arguments: Any) -> Result:
        return await self.run(name, await self.facts(name, **arguments), **arguments)

    def _next(self) -> int:
        self._seq += 1
        return self._seq


def running(marker: str) -> list[str]:
    """Command lines of the processes whose command line holds `marker`."""
    found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in found if marker in line and not line.startswith("ps ")]
