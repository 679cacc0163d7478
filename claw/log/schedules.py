"""What the user's own log has of schedules: put in, taken out, and claimed, so that one session alone fires each time.

Whoever changes something tells all live sessions, by the bells of their inboxes. All of this waits for locks and disks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from claw.errors import UsageError
from claw.events.base import Event
from claw.events.schedule import Schedule, ScheduleClaimed, ScheduleDropped, ScheduleKept, Why
from claw.log import inbox
from claw.log.files import Home
from claw.log.personal import PersonalLog
from claw.projections.personal_schedules import KEPT
from claw.projections.schedules import MOST, Planned, is_last


def load(home: Home) -> Mapping[str, Planned]:
    """All of them by id, of every folder. Raises LogError, EventInvalid."""
    return PersonalLog.of(home).fold(KEPT)


def keep(home: Home, schedule: Schedule, project: str, session: str = "") -> None:
    """One more for sessions in this folder; nothing changes where it is there already. Raises UsageError, LogError."""

    def added(kept: Mapping[str, Planned]) -> Sequence[Event]:
        if schedule.id in kept:
            return ()
        if sum(one.project == project for one in kept.values()) >= MOST:
            raise UsageError(
                f"there are {MOST} schedules for {project}, and there may be no more", hint="claw schedule remove ID"
            )
        return (ScheduleKept(schedule=schedule, project=project, session=session),)

    _change(home, added)


def drop(home: Home, id: str, why: Why = "deleted") -> bool:
    """One less; False: there is none with this id. Raises LogError."""
    dropped = ScheduleDropped(id=id, why=why)
    return bool(_change(home, lambda kept: (dropped,) if id in kept else ()))


def claim(home: Home, id: str, due: int, session: str, now: int, *, missed: bool = False) -> bool:
    """Whether this session, and no other, has to do with what was due at `due`: it fires it, or says that it was
    missed. What has no time more goes. Raises LogError.
    """

    def claimed(kept: Mapping[str, Planned]) -> Sequence[Event]:
        planned = kept.get(id)
        if planned is None or planned.since >= due:
            return ()
        claim = ScheduleClaimed(id=id, due=due, session=session, missed=missed)
        if not is_last(planned.schedule, now):
            return (claim,)
        why: Why = "expired" if planned.schedule.recurring else "missed" if missed else "done"
        return (claim, ScheduleDropped(id=id, why=why))

    return bool(_change(home, claimed))


def state_of(home: Home) -> tuple[int, int]:
    """Something that is another one once the log has changed: size and time of its last segment."""
    newest = (0, 0)
    try:
        with os.scandir(home.personal) as entries:
            for entry in entries:
                if entry.name.endswith(".seg"):
                    status = entry.stat()
                    newest = max(newest, (status.st_mtime_ns, status.st_size))
    except OSError:
        pass
    return newest


def _change(home: Home, decide: Callable[[Mapping[str, Planned]], Sequence[Event]]) -> Sequence[object]:
    written = PersonalLog.of(home).change(KEPT, decide)
    if written:
        inbox.ring_all(home)
    return written
