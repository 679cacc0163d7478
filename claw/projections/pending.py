"""What is not over yet: open calls, the turn, and what it waits for. Recovery looks here."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.context import CompactionStarted, ContextCleared, ContextCompacted
from claw.events.hook import InputRefused, TurnHalted
from claw.events.input import CommandInvoked, InputInterrupted, InputReceived
from claw.events.kinds import INTENTS, TERMINAL
from claw.events.model import ModelFailed, ModelFinished, ModelRequested, Purpose
from claw.events.request import API
from claw.events.session import SessionForked, TurnFinished
from claw.projections.base import Projection


class Compaction(msgspec.Struct, frozen=True, kw_only=True):
    """A compaction under way; see `context.compaction_started`."""

    reason: str
    first: int
    keep_from: int | None
    limit: int | None = None


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    calls: dict[int, str] = {}
    """Open calls: key -> kind of the intent."""
    turn_open: bool = False
    interrupting: bool = False
    """The user called the turn off; it ends when the open calls have."""
    inputs: int = 0
    """Inputs that no request has carried yet."""
    behind: int = 0
    """Those of them that came while the turn was open: they open the next one when it ends early."""
    purpose: Purpose = "turn"
    attempt: int = 0
    """Of the last model request; 0 after one that finished."""
    compaction: Compaction | None = None
    compacted_on_command: bool = False
    """The last compaction was asked for by `/compact`."""
    server: tuple[str, ...] = ()
    """Whom the last model request asked: provider, API, model, base URL."""
    left_out: tuple[str, ...] = ()
    """Parts of a request that this server has refused."""
    refused: bool = False
    """The last failure added one to them, so that another try can come out otherwise."""
    speaks_chat: tuple[tuple[str, ...], ...] = ()
    """Servers that do not have the API they were asked by, and are asked by Chat Completions instead."""
    just_compacted: bool = False
    """No reply has come since the last compaction."""

    @property
    def quiet(self) -> bool:
        """Nothing runs and nothing is owed."""
        return not self.turn_open and not self.calls


MOST_LEFT_OUT = 16
"""Parts of a request; no API has as many that it can do without."""


def server_of(provider: str, api: str, model: str, base_url: str) -> tuple[str, ...]:
    return provider, api, model, base_url


def _opened(pending: Pending, envelope: Envelope, event: object) -> Pending:
    return replace(pending, calls={**pending.calls, envelope.seq: envelope.kind})


def _closed(pending: Pending, envelope: Envelope, event: Any) -> Pending:
    return replace(pending, calls={seq: kind for seq, kind in pending.calls.items() if seq != event.call})


def _requested(pending: Pending, envelope: Envelope, event: ModelRequested) -> Pending:
    pending = replace(_opened(pending, envelope, event), attempt=event.attempt, purpose=event.purpose)
    server = server_of(event.provider, event.api, event.model, event.base_url)
    if server != pending.server:
        pending = replace(pending, server=server, left_out=())
    return replace(pending, inputs=0, behind=0) if event.purpose == "turn" else pending


def _finished(pending: Pending, envelope: Envelope, event: ModelFinished) -> Pending:
    just_compacted = pending.just_compacted and pending.purpose != "turn"
    return replace(_closed(pending, envelope, event), attempt=0, just_compacted=just_compacted)


def _failed(pending: Pending, envelope: Envelope, event: ModelFailed) -> Pending:
    pending = _closed(pending, envelope, event)
    if event.refused == API:
        new = pending.server not in pending.speaks_chat
        speaks_chat = (*pending.speaks_chat, pending.server) if new else pending.speaks_chat
        pending = replace(pending, refused=new, speaks_chat=speaks_chat)
    else:
        new = bool(event.refused) and event.refused not in pending.left_out and len(pending.left_out) < MOST_LEFT_OUT
        left_out = (*pending.left_out, event.refused) if new else pending.left_out
        pending = replace(pending, refused=new, left_out=left_out)
    return replace(pending, attempt=max(0, pending.attempt - 1)) if event.failure == "lost" else pending


def _received(pending: Pending, envelope: Envelope, event: InputReceived) -> Pending:
    behind = pending.behind + pending.turn_open
    return replace(pending, turn_open=True, inputs=pending.inputs + 1, behind=behind)


def _interrupted(pending: Pending, envelope: Envelope, event: InputInterrupted) -> Pending:
    behind = pending.behind if event.how == "user" else 0
    return replace(pending, interrupting=pending.turn_open, behind=behind)


def _refused(pending: Pending, envelope: Envelope, event: InputRefused) -> Pending:
    inputs = max(0, pending.inputs - 1)
    return replace(pending, inputs=inputs, behind=min(pending.behind, inputs))


def _command(pending: Pending, envelope: Envelope, event: CommandInvoked) -> Pending:
    if event.name == "compact" and pending.quiet:
        return replace(pending, turn_open=True)
    return pending


def _compaction(pending: Pending, envelope: Envelope, event: CompactionStarted) -> Pending:
    compaction = Compaction(reason=event.reason, first=event.first, keep_from=event.keep_from, limit=event.limit)
    return replace(pending, compaction=compaction, attempt=0)


def _compacted(pending: Pending, envelope: Envelope, event: ContextCompacted) -> Pending:
    by_command = pending.compaction is not None and pending.compaction.reason == "command"
    return replace(pending, compaction=None, just_compacted=True, compacted_on_command=by_command, attempt=0)


def _turn_finished(pending: Pending, envelope: Envelope, event: TurnFinished) -> Pending:
    return replace(pending, turn_open=pending.behind > 0, behind=0, interrupting=False, attempt=0, compaction=None)


def _forked(pending: Pending, envelope: Envelope, event: SessionForked) -> Pending:
    commanded = pending.compaction is not None and pending.compaction.reason == "command"
    turn_open = pending.turn_open and not commanded and not pending.interrupting
    return replace(pending, calls={}, attempt=0, compaction=None, turn_open=turn_open, interrupting=False)


PENDING = Projection(
    "pending",
    Pending(),
    {
        **dict.fromkeys(INTENTS, _opened),
        **dict.fromkeys(TERMINAL, _closed),
        InputReceived: _received,
        InputInterrupted: _interrupted,
        CommandInvoked: _command,
        ModelRequested: _requested,
        ModelFinished: _finished,
        ModelFailed: _failed,
        InputRefused: _refused,
        TurnHalted: lambda pending, _, __: replace(pending, interrupting=pending.turn_open),
        CompactionStarted: _compaction,
        ContextCompacted: _compacted,
        ContextCleared: lambda pending, _, __: replace(pending, inputs=0, behind=0, just_compacted=False),
        TurnFinished: _turn_finished,
        SessionForked: _forked,
    },
    owner="agent",
)
