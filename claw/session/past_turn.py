"""The turn that an input had in an earlier run, whose answer is told again."""

from __future__ import annotations

from collections.abc import Iterator

from claw import log
from claw.events.base import Envelope
from claw.events.input import InputReceived
from claw.events.session import TurnFinished
from claw.projections.state import MAIN


def events_of(path: str, seq: int, stop: int) -> Iterator[Envelope]:
    """The events before `stop` of the turn of the input with this seq, which waited for those before it."""
    ahead = 0
    for envelope in log.read(path, 0, stop):
        if envelope.agent == MAIN and isinstance(envelope.data, InputReceived) and envelope.seq <= seq:
            ahead += 1
        over = envelope.agent == MAIN and isinstance(envelope.data, TurnFinished)
        if envelope.seq >= seq and ahead == 1:
            yield envelope
        if over:
            ahead -= 1
            if envelope.seq > seq and ahead <= 0:
                break
