"""The seam between decisions and the world: an intent goes in, observed events come out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from msgspec import Struct

from claw.events.base import Event, Intent
from claw.events.request import Request


class Emit(Protocol):
    """Takes observed events of one kind, mostly one; what came together is given together. Never blocks or fails."""

    def __call__(self, *events: Event) -> None: ...


async def _at_once() -> None:
    """Nobody writes what is emitted."""


class Call(Struct, frozen=True):
    """One intent of an agent's to perform. `seq` is its key: every event reported names it as `call`.

    `request` is the canonical request of a `model.requested`, rebuilt from the log; None for other intents. `written`
    waits until what was emitted is in the log: whoever reports without end waits for that in between.
    """

    seq: int
    intent: Event
    emit: Emit
    request: Request | None = None
    agent: int = 0
    written: Callable[[], Awaitable[None]] = _at_once


class Blobs(Protocol):
    """Where long content goes; `claw.log.SessionBlobs`."""

    def put(self, content: bytes) -> str: ...
    def get(self, digest: str) -> bytes: ...


class LostCall(Struct, frozen=True):
    """A call that claw's death left open. `pieces` are the events of its intent's kind of pieces, as far as the log has
    them; `note` is what was done since for the files that a tool's call may have left half changed.
    """

    seq: int
    intent: Event
    pieces: Sequence[Event]
    note: str = ""


class Handler(ABC):
    """Performs the kinds of intent in `intents`."""

    intents: frozenset[type[Intent]]

    @abstractmethod
    async def perform(self, call: Call) -> None:
        """Do what the intent asks for. Several calls run at the same time.

        Reports everything by `call.emit` and raises for nothing that the world does: a failure is a terminal event.
        Emits exactly one terminal event for its call, also when it is cancelled: then it emits it before it lets the
        cancellation through.
        """

    def end_lost(self, call: LostCall) -> Event | None:
        """The terminal event for a call that claw's death left open, where its intent is to be reported."""
        return None

    def end_cancelled(self, call: int) -> Event | None:
        """The terminal event for a call that was called off before it gave anything; None: it is performed all the
        same.
        """
        return None
