"""What a person changes about a session while it does not run: written as the running session would write it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from claw import log
from claw._native import LogReader, LogWriter
from claw.decide.step import take
from claw.errors import UsageError
from claw.events.base import Event
from claw.events.codec import envelop
from claw.projections.state import State
from claw.session.saved_state import state_to_resume


@contextmanager
def opened(path: str, there: str) -> Iterator[tuple[LogWriter, State]]:
    """The log's writer, and the state that it is in. `there` is what to type once the session is gone on with.

    Raises UsageError (the last write broke off), LogLocked (it runs), other ClawErrors.
    """
    if LogReader(path).verify().torn_bytes:
        # The event that says what became of the torn bytes is one of a resumed session.
        raise UsageError(
            f"the last write to {Path(path).name} broke off, and going on with it comes first",
            hint=f"claw resume {Path(path).name}, and there {there}",
        )
    writer = LogWriter.open(path)
    try:
        yield writer, state_to_resume(path).state
    finally:
        writer.close()


def record(path: str, event: Event, there: str) -> None:
    """Write one observed event of the main agent's, and what follows from it. Raises as `opened` does."""
    with opened(path, there) as (writer, state):
        observed = envelop(event, seq=writer.next_seq, ts=time.time_ns(), agent=0, cause=None)
        log.append(writer, take(state, observed).envelopes, durable=True)
