"""The state at the end of a log, and the snapshots that are kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from claw import log
from claw._native import LogWriter
from claw.errors import LogTooNew, SessionFaulted, UsageError
from claw.events.base import Envelope
from claw.events.session import SnapshotTaken
from claw.late import load
from claw.projections.state import State
from claw.runtime import Runtime

if TYPE_CHECKING:
    from claw.session.snapshots import Restored

SNAPSHOT_EVERY = 20_000
"""Events between snapshots while a session runs."""


def state_to_resume(folder: str) -> Restored:
    """The state after the last event. Raises UsageError, LogTooNew, SessionFaulted where nothing can follow on that."""
    path = Path(folder)
    if not log.has_events(folder):
        raise UsageError(f"the session {path.name} has no events", hint=f"rm -r {path}")
    restored: Restored = load("claw.session.snapshots", "restore")(folder, log.tip(folder))
    state = restored.state
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
    return restored


WORTH_KEEPING = 1_000
"""Events since the last snapshot from which on one is kept at the end: fewer are folded sooner than it is read."""


class Snapshotting:
    """Keeps a snapshot now and then, and at the end. `folded`: events since the last one."""

    def __init__(self, path: Path, writer: LogWriter, runtime: Runtime, folded: int) -> None:
        self._path = str(path)
        self._writer = writer
        self._runtime = runtime
        self._last = writer.next_seq - folded
        self._latest: tuple[State, int, bytes] | None = None
        runtime.subscribe(self._listen)

    def take(self) -> SnapshotTaken | None:
        """Keep the latest state, if enough has happened; the event that makes the snapshot believed. None: nothing is
        kept, because it is not worth it, or the disk did not take it.
        """
        if self._latest is None or self._latest[1] - self._last < WORTH_KEEPING:
            return None
        state, self._last, chain = self._latest
        try:
            taken: SnapshotTaken = load("claw.session.snapshots", "save")(self._path, state, self._last, chain)
            return taken
        except OSError:
            return None  # only a faster next start is lost, and the log says all of it again

    def _listen(self, envelopes: Sequence[Envelope]) -> None:
        # While a block is told of, no other one is written: state, seq and chain belong together.
        self._latest = (self._runtime.state, envelopes[-1].seq, self._writer.chain)
        if envelopes[-1].seq - self._last >= SNAPSHOT_EVERY:
            taken = self.take()
            if taken is not None:
                self._runtime.record(taken)
