"""Calls that are not over yet. Recovery looks here."""

from __future__ import annotations

from typing import Any

import msgspec

from claw.events.base import Envelope
from claw.events.kinds import INTENTS, TERMINAL
from claw.events.session import SessionForked
from claw.projections.base import Projection


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    calls: dict[int, str] = {}
    """Open calls: key -> kind of the intent."""


def _opened(pending: Pending, envelope: Envelope, event: object) -> Pending:
    return Pending(calls={**pending.calls, envelope.seq: envelope.kind})


def _closed(pending: Pending, envelope: Envelope, event: Any) -> Pending:
    calls = pending.calls.copy()
    calls.pop(event.call, None)
    return Pending(calls=calls)


PENDING = Projection(
    "pending",
    Pending(),
    {
        **dict.fromkeys(INTENTS, _opened),
        **dict.fromkeys(TERMINAL, _closed),
        SessionForked: lambda pending, _, __: Pending(),
    },
    owner="agent",
)
