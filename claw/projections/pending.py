"""Calls that are not over yet. Recovery looks here."""

from typing import Any

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.control import TimerSet
from claw.events.kinds import INTENTS, TERMINAL
from claw.events.mcp import McpConnectRequested
from claw.events.model import ModelRequested
from claw.events.session import SessionForked
from claw.projections.base import Projection


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    calls: dict[int, str] = {}
    """Open calls: key -> kind of the intent."""
    deadline: int | None = None
    """The one of them that nothing waits for: the timer of the agent's limit of time."""

    asides: tuple[int, ...] = ()
    """Others that it does not wait for: the model answers beside the conversation."""

    title: int | None = None
    """Another: what the session is about. Nobody waits for that."""

    servers: tuple[int, ...] = ()
    """Others: connections to servers, which are open as long as they last."""
    idle: int | None = None
    """The timer that was set last for the person's silence, open or not. Nobody waits for that."""

    @property
    def idles(self) -> bool:
        """Whether that timer runs."""
        return self.idle is not None and self.idle in self.calls

    @property
    def lingers(self) -> bool:
        """Whether there is something that nobody waits for, and that whoever leaves calls off."""
        return self.title is not None or self.idles

    @property
    def owed(self) -> bool:
        """Whether there are calls that somebody waits for, the person among them."""
        return len(self.calls) > (self.title is not None) + len(self.servers) + self.idles

    @property
    def awaited(self) -> dict[int, str]:
        """Those that the agent's turn waits for."""
        if self.deadline is None and not self.asides and self.title is None and not self.servers and not self.idles:
            return self.calls
        beside = (self.deadline, self.title, self.idle, *self.asides, *self.servers)
        return {key: kind for key, kind in self.calls.items() if key not in beside}


def _opened(pending: Pending, envelope: Envelope, event: object) -> Pending:
    return replace(pending, calls={**pending.calls, envelope.seq: envelope.kind})


def _requested(pending: Pending, envelope: Envelope, event: ModelRequested) -> Pending:
    opened = _opened(pending, envelope, event)
    if event.purpose == "title":
        return replace(opened, title=envelope.seq)
    return replace(opened, asides=(*pending.asides, envelope.seq)) if event.purpose == "aside" else opened


def _timed(pending: Pending, envelope: Envelope, event: TimerSet) -> Pending:
    opened = _opened(pending, envelope, event)
    if event.purpose == "idle":
        return replace(opened, idle=envelope.seq)
    return replace(opened, deadline=envelope.seq) if event.purpose == "time" else opened


def _connecting(pending: Pending, envelope: Envelope, event: McpConnectRequested) -> Pending:
    return replace(_opened(pending, envelope, event), servers=(*pending.servers, envelope.seq))


def _closed(pending: Pending, envelope: Envelope, event: Any) -> Pending:
    calls = pending.calls.copy()
    calls.pop(event.call, None)
    if pending.deadline is None and pending.title is None and not pending.asides and not pending.servers:
        return Pending(calls=calls, idle=pending.idle)
    asides = tuple(key for key in pending.asides if key != event.call)
    deadline = None if event.call == pending.deadline else pending.deadline
    title = None if event.call == pending.title else pending.title
    servers = tuple(key for key in pending.servers if key != event.call)
    return Pending(calls=calls, deadline=deadline, asides=asides, title=title, servers=servers, idle=pending.idle)


PENDING = Projection(
    "pending",
    Pending(),
    {
        **dict.fromkeys(INTENTS, _opened),
        TimerSet: _timed,
        ModelRequested: _requested,
        McpConnectRequested: _connecting,
        **dict.fromkeys(TERMINAL, _closed),
        SessionForked: lambda pending, _, __: Pending(),
    },
    owner="agent",
)
