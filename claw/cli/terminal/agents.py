"""The agents that others have started, as people follow them: who is at work, since when, and what each has used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from claw.events.agent import AgentFinished, AgentSpawned
from claw.events.base import Envelope, Event
from claw.events.model import ModelFailed, ModelFinished
from claw.events.session import SessionForked, SessionResumed
from claw.events.tool import ToolFinished, ToolInterrupted, ToolResolved, ToolStarted
from claw.events.worktree import WorktreeClosed
from claw.projections.usage import Spent, spent_by


@dataclass(slots=True)
class Followed:
    """One agent. Times are ns since 1970 UTC; `spent` is its own, without those below it. `end` is empty while it is at
    work.
    """

    id: int
    parent: int
    depth: int
    kind: str
    description: str
    background: bool
    began: int
    spent: Spent = field(default_factory=Spent)
    ended: int = 0
    end: str = ""
    branches: tuple[str, ...] = ()
    """Where the changes are that it made in a worktree of its own."""

    @property
    def title(self) -> str:
        """As in `explore: find the tests`."""
        return f"{self.kind}: {self.description}"

    @property
    def tokens(self) -> int:
        """Of all its requests and replies, also what a cache had of them."""
        return self.spent.tokens.context

    def seconds(self, now: int) -> float:
        """How long it has been at work."""
        return max(0, (self.ended or now) - self.began) / 1e9


@dataclass(slots=True)
class Agents:
    """Takes every event of a session, in order. What one event costs does not depend on how many agents there are, but
    where one begins or ends.
    """

    known: dict[int, Followed] = field(default_factory=dict)
    """All that there were, by id."""
    at_work: list[Followed] = field(default_factory=list)
    """Those below an agent follow it."""
    _writing: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Calls that may change workspaces -> which."""
    _queues: dict[str, dict[int, None]] = field(default_factory=dict)
    """Workspaces -> the calls that may change them, in the order in which they act."""
    _last: int = 0

    def take(self, envelope: Envelope) -> None:
        """Follow what this event says."""
        function = _FOLLOWED.get(type(envelope.data))
        if function is not None:
            function(self, envelope, envelope.data)
        self._last = envelope.ts

    def waits_for_workspace(self, call: int) -> bool:
        """Whether this call may change a workspace, and another one before it that may has not ended."""
        return any(next(iter(self._queues[place])) != call for place in self._writing.get(call, ()))

    def _begin(self, envelope: Envelope, event: AgentSpawned) -> None:
        kind, background = event.definition.name, event.background
        one = Followed(envelope.agent, event.parent, event.depth, kind, event.description, background, envelope.ts)
        self.known[one.id] = one
        at = next((n + 1 for n, other in enumerate(self.at_work) if other.id == event.parent), len(self.at_work))
        while at < len(self.at_work) and self.at_work[at].depth >= one.depth > 1:
            at += 1
        self.at_work.insert(at, one)

    def _finish(self, envelope: Envelope, event: AgentFinished) -> None:
        one = self.known.get(envelope.agent)
        if one is not None:
            one.ended, one.end = envelope.ts, event.reason
            self.at_work = [other for other in self.at_work if other is not one]

    def _spend(self, envelope: Envelope, event: ModelFinished | ModelFailed) -> None:
        one = self.known.get(envelope.agent)
        if one is not None:
            one.spent = one.spent.together(spent_by(event))

    def _start(self, envelope: Envelope, event: ToolStarted) -> None:
        self._writing[envelope.seq] = event.written
        for place in event.written:
            self._queues.setdefault(place, {})[envelope.seq] = None

    def _end_call(self, envelope: Envelope, event: ToolFinished | ToolInterrupted | ToolResolved) -> None:
        for place in self._writing.pop(event.call, ()):
            self._queues[place].pop(event.call)

    def _resume(self, envelope: Envelope, event: SessionResumed) -> None:
        """While claw did not run nobody was at work."""
        for one in self.at_work:
            one.began += envelope.ts - self._last
        self._forget_calls()

    def _fork(self, envelope: Envelope, event: SessionForked) -> None:
        for one in self.at_work:
            one.ended, one.end = self._last, "forked"
        self.at_work = []
        self._forget_calls()

    def _forget_calls(self) -> None:
        self._writing.clear()
        self._queues.clear()

    def _close(self, envelope: Envelope, event: WorktreeClosed) -> None:
        one = self.known.get(envelope.agent)
        if one is not None and event.agent_call < 0:
            one.branches = event.branches


_FOLLOWED: dict[type[Event], Callable[[Agents, Envelope, Any], None]] = {
    AgentSpawned: Agents._begin,
    AgentFinished: Agents._finish,
    ModelFinished: Agents._spend,
    ModelFailed: Agents._spend,
    ToolStarted: Agents._start,
    ToolFinished: Agents._end_call,
    ToolInterrupted: Agents._end_call,
    ToolResolved: Agents._end_call,
    WorktreeClosed: Agents._close,
    SessionResumed: Agents._resume,
    SessionForked: Agents._fork,
}
