"""What a session consists of, without its content: where each thing that was said or done stands in the log."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from claw import log
from claw._native import LogReader
from claw.events.agent import AgentFinished, AgentSpawned
from claw.events.codec import Record
from claw.events.input import InputReceived
from claw.events.kinds import kind_of
from claw.events.model import ModelFailed, ModelFinished, ModelRequested
from claw.events.permission import PermissionAnswered, PermissionAsked, PermissionEvaluated
from claw.events.session import TurnFinished
from claw.events.tool import (
    ResolveRequested,
    ToolCompleted,
    ToolFinished,
    ToolInterrupted,
    ToolRequested,
    ToolResolved,
    ToolStarted,
)
from claw.projections.transcript import TRANSCRIPT

_OPENS = {kind_of(one) for one in (ResolveRequested, PermissionAsked, ToolStarted)}
"""Intents of a call, which name its request."""
_TELLS = {kind_of(one) for one in (ToolResolved, PermissionAnswered)}
"""What comes of such an intent, and does not end the call."""
_ENDS = {kind_of(one) for one in (ToolFinished, ToolCompleted, ToolInterrupted)}
_VERDICT = kind_of(PermissionEvaluated)
_CALL = kind_of(ToolRequested)
_INPUT = kind_of(InputReceived)
_ASKED = kind_of(ModelRequested)
_REPLIES = {kind_of(one) for one in (ModelFinished, ModelFailed)}
_TURN_ENDS = kind_of(TurnFinished)

BATCH = 4_096
KINDS = sorted({*map(kind_of, TRANSCRIPT.folds), kind_of(AgentSpawned), kind_of(AgentFinished)})
"""All that is read: no pieces."""


class _Names(msgspec.Struct):
    """What an event says of others. `call` is the key of an intent."""

    call: int = -1
    request: int = -1
    purpose: str = "turn"


_names = msgspec.msgpack.Decoder(_Names)


@dataclass(slots=True)
class Entry:
    """One thing that was said or done. `events` are the seqs of all events that it is drawn from, in order."""

    agent: int
    events: list[int]
    person: bool = False
    """The person has said it, to the main agent."""


@dataclass(slots=True)
class Index:
    """Of the session in the folder `path`. `entries` stand in the order in which they began."""

    path: str
    entries: list[Entry] = field(default_factory=list)
    _reader: LogReader = field(init=False)
    _read: int = 0
    """Events that have been looked at."""
    _calls: dict[int, Entry] = field(default_factory=dict)
    """By the seq of their request, until they have ended."""
    _intents: dict[int, int] = field(default_factory=dict)
    """Key of an intent that is open -> the request it is for."""
    _purposes: dict[int, str] = field(default_factory=dict)
    """Of open calls of a model that are no part of a turn."""

    def __post_init__(self) -> None:
        self._reader = LogReader(self.path)

    def update(self) -> bool:
        """Look at what has been written since; whether that was anything. Raises LogError, EventInvalid."""
        written, _ = self._reader.refresh()
        if written <= self._read:
            return False
        for record in log.records(self._reader, self._read, written, KINDS):
            self._take(record)
        self._read = written
        return True

    def found(self, pattern: str) -> set[int]:
        """Seqs of the events that may have a text in which this regular expression is found. Raises LogError,
        ToolError.
        """
        found: set[int] = set()
        start = 0
        while start < self._read:
            batch = self._reader.read(start, self._read, kinds=KINDS, pattern=pattern, limit=BATCH)
            found.update(record[0] for record in batch)
            if batch.next_seq <= start:
                break
            start = batch.next_seq
        return found

    def _take(self, record: Record) -> None:
        seq, _, kind, _, agent, _, _, payload = record
        if kind == _CALL:
            self._calls[seq] = self._add(agent, seq)
        elif kind in _OPENS or kind == _VERDICT:
            request = _names.decode(payload).request
            if kind != _VERDICT:
                self._intents[seq] = request
            self._attach(request, seq)
        elif kind in _TELLS or kind in _ENDS:
            request = self._intents.pop(_names.decode(payload).call, -1)
            self._attach(request, seq)
            if kind in _ENDS:
                self._calls.pop(request, None)
        elif kind == _ASKED:
            purpose = _names.decode(payload).purpose
            if purpose != "turn":
                self._purposes[seq] = purpose
        elif kind in _REPLIES:
            self._answer(agent, seq, _names.decode(payload).call)
        elif kind == _TURN_ENDS:
            self._end_turn(agent, seq)
        else:
            entry = self._add(agent, seq)
            entry.person = kind == _INPUT and agent == 0

    def _add(self, agent: int, *events: int) -> Entry:
        entry = Entry(agent, list(events))
        self.entries.append(entry)
        return entry

    def _attach(self, request: int, seq: int) -> None:
        entry = self._calls.get(request)
        if entry is not None:
            entry.events.append(seq)

    def _answer(self, agent: int, seq: int, call: int) -> None:
        purpose = self._purposes.pop(call, "turn")
        if purpose == "aside":
            self._add(agent, call, seq)
        elif purpose == "turn":
            self._add(agent, seq)

    def _end_turn(self, agent: int, seq: int) -> None:
        """Calls that have not ended by now were called off before they acted."""
        for request in [request for request, entry in self._calls.items() if entry.agent == agent]:
            self._calls.pop(request).events.append(seq)
        self._add(agent, seq)
