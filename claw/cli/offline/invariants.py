"""What must hold between the events of any log that claw wrote, beyond bytes and hashes.

Each checker takes every event in order and yields one sentence for each thing that cannot be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from claw._native import blake3
from claw.errors import EventInvalid
from claw.events.agent import AgentFinished, AgentSpawned
from claw.events.assembly import Assembler, outsource
from claw.events.base import DERIVED, Envelope, Event, Unknown
from claw.events.codec import flags_of
from claw.events.hook import HookFinished, HookRequested
from claw.events.input import InputInterrupted, InputReceived
from claw.events.kinds import INTENTS, TERMINAL, kind_of
from claw.events.model import ModelChunk, ModelFailed, ModelFinished, ModelRequested
from claw.events.permission import PermissionEvaluated, PermissionGranted
from claw.events.session import SessionForked
from claw.events.shell import ShellFinished, ShellNoticed, ShellOutput, ShellStarted
from claw.events.tool import ResolveRequested, ToolRequested, ToolStarted
from claw.events.worktree import Worktree, WorktreeCloseRequested, WorktreeMade

_INTENTS_OF = {end: tuple(intent for intent in INTENTS if end in intent.ends) for end in TERMINAL}
_PIECE_OF = {intent.pieces: intent for intent in INTENTS if intent.pieces}


class Checker(Protocol):
    def see(self, envelope: Envelope) -> Iterator[str]:
        """What is wrong with this event, given all before it."""
        ...


@dataclass(slots=True)
class Steps:
    """Observed and derived events form steps; seqs are dense; the record's header says what its kind is."""

    step: int | None = None
    expected: int = 0

    def see(self, envelope: Envelope) -> Iterator[str]:
        if envelope.seq != self.expected:
            yield f"seq {self.expected} comes next"
        self.expected = envelope.seq + 1
        if envelope.cause is not None and envelope.cause >= envelope.seq:
            yield f"its cause {envelope.cause} is not before it"
        if not isinstance(envelope.data, Unknown):
            yield from _header(envelope)
        if not envelope.flags & DERIVED:
            self.step = envelope.seq
        elif envelope.cause is None:
            yield "it is derived from nothing"
        elif self.step is None or envelope.cause < self.step:
            yield f"its cause {envelope.cause} is outside its step, which began at {self.step}"


def _header(envelope: Envelope) -> Iterator[str]:
    if kind_of(envelope.data) != envelope.kind:
        yield f"its payload is a {kind_of(envelope.data)}"
    expected = flags_of(envelope.data)
    if (envelope.flags ^ expected) & DERIVED:
        yield f"a {envelope.kind} is never {'derived' if envelope.flags & DERIVED else 'observed'}"


@dataclass(slots=True)
class Calls:
    """Every call ends once, by an event that belongs to its kind of intent, and no other event names it."""

    intents: dict[int, type[Event]] = field(default_factory=dict)
    ended: dict[int, int] = field(default_factory=dict)

    @property
    def open(self) -> list[int]:
        """Calls without an end, by seq."""
        return [seq for seq in self.intents if seq not in self.ended]

    def see(self, envelope: Envelope) -> Iterator[str]:
        kind = type(envelope.data)
        if kind in INTENTS:
            self.intents[envelope.seq] = kind
        elif kind in _INTENTS_OF:
            yield from self._end(envelope, envelope.data.call, _INTENTS_OF[kind])
        elif kind in _PIECE_OF and self.intents.get(envelope.data.call) is not _PIECE_OF[kind]:
            yield f"{envelope.data.call} is no {kind_of(_PIECE_OF[kind])}"
        elif isinstance(envelope.data, SessionForked):
            self.ended |= {seq: envelope.seq for seq in self.open}

    def _end(self, envelope: Envelope, call: int, intents: tuple[type[Event], ...]) -> Iterator[str]:
        if self.intents.get(call) not in intents:
            yield f"{call} is no {' or '.join(map(kind_of, intents))}"
        elif call in self.ended:
            yield f"call {call} had ended already, at {self.ended[call]}"
        else:
            self.ended[call] = envelope.seq


@dataclass(slots=True)
class Background:
    """A command in the background is started by a call of a tool, and ends once; only then it says nothing more."""

    calls: set[int] = field(default_factory=set)
    running: set[str] = field(default_factory=set)

    def see(self, envelope: Envelope) -> Iterator[str]:
        match envelope.data:
            case ToolStarted():
                self.calls.add(envelope.seq)
            case ShellStarted(id=id, call=call):
                if call not in self.calls:
                    yield f"{call} is no {kind_of(ToolStarted)}"
                if id in self.running:
                    yield f"{id} runs already"
                self.running.add(id)
            case ShellOutput(id=id) | ShellNoticed(id=id) | ShellFinished(id=id) if id not in self.running:
                yield f"{id} does not run"
            case ShellFinished(id=id):
                self.running.remove(id)
            case SessionForked():
                self.running.clear()


@dataclass(slots=True)
class Agents:
    """An agent begins once, for a call of its parent's that is open, and ends once; before and after it has no event
    that claw derived, and no input.
    """

    calls: dict[int, int] = field(default_factory=dict)
    """Calls of tools -> the agent that made them."""
    at_work: set[int] = field(default_factory=lambda: {0})
    known: set[int] = field(default_factory=lambda: {0})

    def see(self, envelope: Envelope) -> Iterator[str]:
        match envelope.data:
            case ToolStarted():
                self.calls[envelope.seq] = envelope.agent
            case AgentSpawned(parent=parent, call=call):
                if envelope.agent in self.known:
                    yield f"agent {envelope.agent} began before"
                if parent not in self.at_work or self.calls.get(call) != parent:
                    yield f"{call} is no call of agent {parent}'s"
                self.known.add(envelope.agent)
                self.at_work.add(envelope.agent)
            case SessionForked():
                self.at_work = {0}
        told = isinstance(envelope.data, InputReceived | InputInterrupted)
        if envelope.agent not in self.at_work and (told or envelope.derived):
            yield f"agent {envelope.agent} is not at work"
        if isinstance(envelope.data, AgentFinished):
            self.at_work.discard(envelope.agent)


@dataclass(slots=True)
class Worktrees:
    """An agent with a worktree works in the one that was made for its call, which no other has; each that was made is
    closed once, and then its agent may end.
    """

    made: dict[int, Worktree] = field(default_factory=dict)
    """By the call of the tool that asked for the agent."""
    open: dict[str, int | None] = field(default_factory=dict)
    """By path the agent that works there; None: none yet."""

    def see(self, envelope: Envelope) -> Iterator[str]:
        match envelope.data:
            case WorktreeMade(worktree=Worktree() as made, agent_call=call):
                self.made[call] = made
                self.open[made.path] = None
            case AgentSpawned(worktree=Worktree() as own, call=call):
                if self.made.pop(call, None) != own:
                    yield f"{own.path} was not made for call {call}"
                self.open[own.path] = envelope.agent
            case WorktreeCloseRequested(worktree=worktree, agent_call=call):
                expected = None if call >= 0 else envelope.agent
                if self.open.pop(worktree.path, -1) != expected:
                    yield f"{worktree.path} is no open worktree of its agent's"
                self.made.pop(call, None)
            case AgentFinished() if envelope.agent in self.open.values():
                yield f"the worktree of agent {envelope.agent} is not closed"
            case SessionForked():
                self.made.clear()
                self.open.clear()


@dataclass(slots=True)
class Permissions:
    """No tool starts without an allow or a grant before it, and what starts is what was requested, or what a hook made
    of it.
    """

    requested: dict[int, tuple[str, dict[str, Any] | None]] = field(default_factory=dict)
    verdicts: dict[int, str] = field(default_factory=dict)
    hooks: dict[int, int] = field(default_factory=dict)
    """Call of a hook -> the request it is about."""
    changes: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    def see(self, envelope: Envelope) -> Iterator[str]:
        match envelope.data:
            case ToolRequested() as event:
                self.requested[envelope.seq] = (event.name, event.arguments)
            case HookRequested() as event:
                self.hooks[envelope.seq] = event.subject
            case HookFinished(updated=dict(changed)) as event:
                self.changes.setdefault(self.hooks.get(event.call, -1), []).append(changed)
            case ResolveRequested() as event if event.arguments in self.changes.get(event.request, ()):
                self.requested[event.request] = (event.name, event.arguments)
                self.verdicts.pop(event.request, None)
            case PermissionEvaluated() as event:
                self.verdicts[event.request] = event.verdict
            case PermissionGranted() as event:
                if self.verdicts.get(event.request) != "ask":
                    yield f"it grants {event.request}, about which nobody had to be asked"
                self.verdicts[event.request] = "allow"
            case ToolStarted() as event:
                if self.requested.get(event.request) != (event.name, event.arguments):
                    yield f"it is not the call that was requested at {event.request}"
                if self.verdicts.pop(event.request, "nothing") != "allow":
                    yield "it started without an allow or a grant before it"


@dataclass(slots=True)
class Replies:
    """The chunks of a model call make up its finished message."""

    parts: dict[int, tuple[Assembler, int]] = field(default_factory=dict)

    def see(self, envelope: Envelope) -> Iterator[str]:
        match envelope.data:
            case ModelRequested():
                self.parts[envelope.seq] = (Assembler(), 0)
            case ModelChunk() as event if event.call in self.parts:
                yield from self._chunk(event)
            case ModelFailed() as event:
                self.parts.pop(event.call, None)
            case ModelFinished() as event if event.call in self.parts:
                assembler, _ = self.parts.pop(event.call)
                if outsource(assembler.content(), blake3) != event.content:
                    yield f"it is not what the chunks of call {event.call} make up"

    def _chunk(self, event: ModelChunk) -> Iterator[str]:
        assembler, expected = self.parts[event.call]
        self.parts[event.call] = (assembler, event.index + 1)
        if event.index != expected:
            yield f"chunk {expected} of call {event.call} is missing"
        try:
            assembler.feed(event.block, event.delta)
        except EventInvalid as error:
            yield error.message


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that cannot be, at the event where it shows."""

    seq: int
    kind: str
    what: str

    def __str__(self) -> str:
        return f"event {self.seq} ({self.kind}): {self.what}"


@dataclass(slots=True)
class Report:
    """What a look at all events of a log found; `open_calls` are no fault: the session may go on."""

    events: int = 0
    findings: list[Finding] = field(default_factory=list)
    open_calls: list[int] = field(default_factory=list)


def examine(envelopes: Iterable[Envelope]) -> Report:
    """Check all events of one log, from seq 0 on."""
    calls = Calls()
    checkers: tuple[Checker, ...] = (Steps(), calls, Background(), Agents(), Worktrees(), Permissions(), Replies())
    report = Report()
    for envelope in envelopes:
        report.events += 1
        for checker in checkers:
            report.findings += [Finding(envelope.seq, envelope.kind, what) for what in checker.see(envelope)]
    report.open_calls = calls.open
    return report
