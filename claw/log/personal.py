"""The user's own log: what outlives every session, such as notes and what is scheduled.

It lies beside the sessions, in `$CLAW_HOME/user`, in the same format, and the verbs that read a session read it by
the name `user`, which no session can have. Its events are facts of families of their own (`claw/events/note.py`);
nothing is decided in it, so each is observed, and whoever wants to know what holds folds them by a projection:

    personal = PersonalLog.of(home)
    personal.append([event, …])              # on the disk when it returns
    notes = personal.fold(NOTES)             # of all events so far; of none where there is no log yet

Who decides by what is there what to write does both at once, so that nobody else writes in between:

    personal.change(NOTES, lambda notes: [NoteRemoved(…)] if … else [])

Every process of claw's writes to it, each for a moment: it takes the lock, reads what others have written, appends
durably and releases the lock, and the next one goes on in the same segment (`LogWriter.leave`; `docs/adr/0030`). A call
may wait for locks and disks, so in a session it is made in a thread.
"""

from __future__ import annotations

import os
import random
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from msgspec import Struct

from claw._native import LogWriter, new_session_id
from claw.errors import LogError, LogLocked, LogNotFound
from claw.events.base import Envelope, Event
from claw.events.codec import envelop
from claw.log.files import Home, append, read

PATIENCE = 10.0
"""Seconds that a writer waits for others; each takes some milliseconds."""
_BETWEEN = 0.02
"""Seconds between two tries, at most."""

T = TypeVar("T")


class Fold(Protocol[T]):
    """A projection, as its folder has them."""

    @property
    def initial(self) -> T: ...

    def fold(self, value: T, envelope: Envelope) -> T: ...


class PersonalLog(Struct, frozen=True):
    """`path` is the log's folder; there is none before the first append."""

    path: Path

    @staticmethod
    def of(home: Home) -> PersonalLog:
        return PersonalLog(home.personal)

    def read(self) -> Iterator[Envelope]:
        """All events so far. Raises LogError, EventInvalid."""
        try:
            yield from read(str(self.path))
        except LogNotFound:
            return

    def fold(self, projection: Fold[T]) -> T:
        """What the events so far come to. Raises LogError, EventInvalid."""
        value = projection.initial
        for envelope in self.read():
            value = projection.fold(value, envelope)
        return value

    def append(self, events: Sequence[Event]) -> list[Envelope]:
        """Write these events, all or none; on the disk when it returns, as they stand in the log.

        Raises LogLocked where others write for longer than `PATIENCE`, LogError.
        """
        return self._written(lambda: events)

    def change(self, projection: Fold[T], decide: Callable[[T], Sequence[Event]]) -> list[Envelope]:
        """Write what follows from what is there now, which nobody changes meanwhile. `decide` may raise; then nothing
        is written. Raises what it raises, and as `append` does.
        """
        return self._written(lambda: decide(self.fold(projection)))

    def _written(self, events: Callable[[], Sequence[Event]]) -> list[Envelope]:
        writer = self._open()
        try:
            now = time.time_ns()
            envelopes = [
                envelop(event, seq=seq, ts=now, agent=0, cause=None)
                for seq, event in enumerate(events(), writer.next_seq)
            ]
            if envelopes:
                append(writer, envelopes, durable=True)
        finally:
            writer.leave()
        return envelopes

    def _open(self) -> LogWriter:
        """Under its lock, and made where there is none."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return LogWriter.open(str(self.path), continues=True)
            except LogNotFound:
                self._make()
            except LogLocked as error:
                if time.monotonic() >= until:
                    raise LogLocked(
                        f"for {PATIENCE:.0f} seconds {error.message}", path=error.path, hint="end it, then try again"
                    ) from None
                time.sleep(random.uniform(_BETWEEN / 4, _BETWEEN))

    def _make(self) -> None:
        """An empty log under another name, which then gets its own: so it is whole, whoever else makes one."""
        session = new_session_id(time.time_ns() // 1_000_000)
        home = self.path.parent
        made = home / f"{self.path.name}.{uuid.UUID(bytes=session)}.new"
        try:
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            LogWriter.create(str(made), session=session).leave()
            made.rename(self.path)
            _sync(home)
        except (OSError, LogError) as error:
            shutil.rmtree(made, ignore_errors=True)
            if not any(self.path.glob("*.seg")):
                reason = error.strerror if isinstance(error, OSError) else error.message
                raise LogError(f"cannot make your own log in {self.path}: {reason}", path=str(self.path)) from None
            return
        with suppress(OSError):
            # What a kill has left of others that tried; who tries still finds this one.
            for other in home.glob(f"{self.path.name}.*.new"):
                shutil.rmtree(other, ignore_errors=True)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
