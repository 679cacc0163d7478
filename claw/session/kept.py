"""The state at the end of a log, and the values of projections that are kept beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from claw import log, snapshots
from claw._native import LogReader, LogWriter
from claw.errors import LogTooNew, SessionFaulted, UsageError
from claw.events.base import Envelope
from claw.projections.state import State
from claw.runtime import Listener, Runtime

SNAPSHOT_EVERY = 20_000
"""Events between snapshots while a session runs."""


def state_to_resume(folder: str) -> State:
    """The state after the last event. Raises UsageError, LogTooNew, SessionFaulted where nothing can follow on that."""
    path = Path(folder)
    if not log.has_events(folder):
        raise UsageError(f"the session {path.name} has no events", hint=f"rm -r {path}")
    tip = log.tip(folder)
    state, folded = snapshots.restore(folder, tip)
    if folded >= SNAPSHOT_EVERY and tip < LogReader(folder).refresh()[1]:
        snapshot(path, state, tip, LogReader(folder).chain_at(tip))
    if state.session.unknown:
        raise LogTooNew(
            f"the session has an event {state.session.unknown!r} that this claw does not know",
            hint="update claw",
            path=str(path),
        )
    if state.session.faulted:
        raise SessionFaulted(
            f"the session stopped because claw failed: {state.session.faulted}",
            hint=f"claw fork {path.name}@n^ goes on from before the failure; claw log {path.name} shows it",
        )
    return state


def snapshotting(path: Path, writer: LogWriter, runtime: Runtime) -> Listener:
    """Keeps a snapshot now and then."""
    last = writer.next_seq

    def listen(envelopes: Sequence[Envelope]) -> None:
        nonlocal last
        if envelopes[-1].seq - last >= SNAPSHOT_EVERY:
            last = envelopes[-1].seq
            snapshot(path, runtime.state, last, writer.chain)

    return listen


def snapshot(path: Path, state: State, seq: int, chain: bytes) -> None:
    """Keep the state after event `seq`, if the disk takes it."""
    try:
        snapshots.save(str(path), state, seq, chain)
    except OSError:
        return  # only a faster next start is lost, and the log says all of it again
