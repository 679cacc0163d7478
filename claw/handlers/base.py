"""The seam between decisions and the world: an intent goes in, observed events come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from claw.events.base import Event
from claw.events.request import Request

Emit: TypeAlias = Callable[[Event], None]
"""Takes an observed event; never blocks and never fails."""


@dataclass(frozen=True, slots=True)
class Call:
    """One intent of an agent's to perform. `seq` is its key: every event reported names it as `call`.

    `request` is the canonical request of a `model.requested`, rebuilt from the log; None for other intents.
    """

    seq: int
    intent: Event
    emit: Emit
    request: Request | None = None
    agent: int = 0


class Blobs(Protocol):
    """Where long content goes; `claw.log.SessionBlobs`."""

    def put(self, content: bytes) -> str: ...
    def get(self, digest: str) -> bytes: ...


class Handler(Protocol):
    """Performs the kinds of intent in `intents`.

    `perform` reports everything by `call.emit` and must not raise for anything that the world does: a failure is a
    terminal event. It emits exactly one terminal event for its call, also when it is cancelled: then it emits it
    before it lets the cancellation through. Several calls run at the same time.
    `resume` says what a resumed session does with a call that claw's death left open: `repeat` it, or `report` it
    to the model as interrupted.
    """

    intents: frozenset[type[Event]]
    resume: Literal["repeat", "report"]

    async def perform(self, call: Call) -> None: ...
