"""The clock's part in a session with a person at it: prompts that are due come in, once nothing else is under way.

It is one more sender of inputs, as the person and the inbox are. What it decides by is in two logs; what it observes, a
time that has come, goes into the session's as `schedule.fired` and the input that follows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path

import anyio
from msgspec import Struct

from claw.errors import ClawError
from claw.events.base import Envelope
from claw.events.schedule import Missed, Schedule, ScheduleAdded, ScheduleRemoved
from claw.events.session import TurnFinished
from claw.execution.threads import finished
from claw.late import load
from claw.log import Home, schedules
from claw.projections.schedules import Planned
from claw.session.session import Session

LONGEST_WAIT_S = 30.0
"""While something is scheduled: a machine that slept, or a clock that was set, is noticed by then."""
SECOND = 1_000_000_000
_MATTERS = (ScheduleAdded, ScheduleRemoved, TurnFinished)
"""What may let something come sooner than was waited for."""


class Due(Struct, frozen=True):
    """The first time that counts, in ns since 1970 UTC."""

    at: int
    planned: Planned
    personal: bool


class Scheduler:
    """Looks after what is scheduled for one open session. `tell` shows the person a sentence."""

    def __init__(self, session: Session, environ: Mapping[str, str], tell: Callable[[str], None]) -> None:
        self._session = session
        self._environ = environ
        self._home = Home(Path(session.path).parent.parent)
        self._tell = tell
        self._begun = time.time_ns()
        self._kept: dict[str, Planned] = {}
        self._seen: tuple[int, int] | None = None
        self._problem = ""
        """What was said last of the user's own log."""
        self._moved = anyio.Event()

    async def run(self) -> None:
        """Until it is called off, or the session has stopped."""
        self._session.subscribe(self._listen)
        self._session.when_rung(self._wake)
        try:
            await self._load()
            await self._say_missed()
            while True:
                self._moved = anyio.Event()
                await self._load()
                await self._fire_or_wait()
        except ClawError:
            pass  # it has stopped the session, which says so

    def _listen(self, envelopes: Sequence[Envelope]) -> None:
        if any(isinstance(envelope.data, _MATTERS) for envelope in envelopes):
            self._wake()

    def _wake(self) -> None:
        self._moved.set()

    def _complain(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            self._tell(problem)

    # --- what there is -----------------------------------------------------------------------------------------------

    @property
    def _zone(self) -> tzinfo:
        zone: tzinfo = load("claw.tools.due", "local_zone")(self._environ)
        return zone

    def _all(self) -> list[tuple[Planned, bool]]:
        own = [(planned, False) for planned in self._session.state.schedules.own.values()]
        return [*own, *((planned, True) for planned in self._kept.values())]

    async def _load(self) -> None:
        """Read the user's own log, where it is another than it was; the session's log has what holds from here on."""
        seen = schedules.state_of(self._home)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            kept = await finished(lambda: schedules.load(self._home))
        except ClawError as error:
            self._complain(f"what is scheduled in your own log is not known: {error.message}")
            return
        project = self._session.state.session.workspace
        self._kept = {id: planned for id, planned in kept.items() if planned.project == project}
        await self._session.load_schedules(planned.schedule for planned in self._kept.values())

    # --- what is due -------------------------------------------------------------------------------------------------

    async def _fire_or_wait(self) -> None:
        due = self._next()
        if due is None:
            await self._moved.wait()
            return
        left = (due.at - time.time_ns()) / SECOND
        if left <= 0 and not self._session.state.main.turn.is_open:
            await self._fire(due)
            return
        with anyio.move_on_after(min(left, LONGEST_WAIT_S) if left > 0 else LONGEST_WAIT_S):
            await self._moved.wait()

    def _next(self) -> Due | None:
        found = []
        for planned, personal in self._all():
            at = load("claw.tools.due", "following")(planned.schedule.cron, planned.since, self._zone)
            if at is not None:
                found.append(Due(at, planned, personal))
        return min(found, key=lambda due: (due.at, due.planned.schedule.id), default=None)

    async def _fire(self, due: Due) -> None:
        schedule, now = due.planned.schedule, time.time_ns()
        passed = load("claw.tools.due", "passed")(schedule.cron, due.planned.since, now, self._zone)
        if due.personal:
            self._kept.pop(schedule.id)
            self._seen = None
            if not await self._claimed(schedule, due.at, now):
                return
        await self._session.fire(schedule, due.at, skipped=passed.count - 1 if passed else 0, personal=due.personal)

    async def _claimed(self, schedule: Schedule, due: int, now: int, *, missed: bool = False) -> bool:
        id, home, session = schedule.id, self._home, self._session.id
        try:
            return await finished(lambda: schedules.claim(home, id, due, session, now, missed=missed))
        except ClawError as error:
            self._complain(f"schedule {id} was due, and your own log cannot be written: {error.message}")
            await anyio.sleep(LONGEST_WAIT_S)
            return False

    async def _say_missed(self) -> None:
        """What was due before this run began."""
        missed = []
        for planned, personal in self._all():
            passed = load("claw.tools.due", "passed")(planned.schedule.cron, planned.since, self._begun, self._zone)
            if passed is None:
                continue
            if personal and not await self._claimed(planned.schedule, passed.last, self._begun, missed=True):
                continue
            missed.append(Missed(schedule=planned.schedule, count=passed.count, last=passed.last, personal=personal))
        if missed:
            self._seen = None
            await self._session.miss(missed)
