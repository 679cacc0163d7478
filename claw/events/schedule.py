"""Prompts that are due at times: those of a session's own, and those of the user's, which their own log holds.

`schedule.kept`, `schedule.dropped` and `schedule.claimed` stand in the user's own log alone (`claw/log/personal.py`),
all others in a session's.
"""

from typing import ClassVar, Literal, TypeAlias

import msgspec

from claw.events.base import Derived, Event, Intent, Observed

Why: TypeAlias = Literal["deleted", "done", "expired", "missed"]
"""Somebody has taken it out; its one time has come; its last time has come; its one time came while no claw ran."""


class Schedule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A prompt, and when it is due: `cron` has the five fields minute, hour, day of the month, month and day of the
    week, in local time. `recurring`: each time; else once. `until`: the first time at or after it is the last, in ns
    since 1970 UTC as all times here; 0: there is no last time.
    """

    id: str
    cron: str
    prompt: str
    recurring: bool = True
    created: int = 0
    until: int = 0


class ScheduleAdded(Derived, frozen=True, kw_only=True, tag="schedule.added"):
    """The session has one more, by this call."""

    call: int
    schedule: Schedule


class ScheduleRemoved(Derived, frozen=True, kw_only=True, tag="schedule.removed"):
    """The session has it no longer."""

    id: str
    why: Why


class ScheduleFired(Observed, frozen=True, kw_only=True, tag="schedule.fired"):
    """It was due at `due`, and nothing was under way; its prompt is the input that follows. `skipped` other times had
    come since then. `personal`: it is one of the user's own.
    """

    id: str
    due: int
    skipped: int = 0
    personal: bool = False


class Missed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`count` times, the last at `last`, at which no claw ran that would have fired it; `personal` as above."""

    schedule: Schedule
    count: int
    last: int
    personal: bool = False


class SchedulesMissed(Observed, frozen=True, kw_only=True, tag="schedule.missed"):
    """Told once, and not made up for."""

    missed: tuple[Missed, ...]


class SchedulesLoaded(Observed, frozen=True, kw_only=True, tag="schedule.loaded"):
    """All that the user's own log has for sessions in this folder, from here on. `digest` is BLAKE3 over them."""

    schedules: tuple[Schedule, ...]
    digest: str


class ScheduleSaved(Observed, frozen=True, kw_only=True, tag="schedule.saved"):
    """What the call `tool_call` wanted is in the user's own log; `error` says why not, for the model."""

    call: int
    tool_call: int
    error: str = ""


class ScheduleSaveRequested(Intent, frozen=True, kw_only=True, tag="schedule.save_requested"):
    """Put a schedule into the user's own log, or, without one, take out the one with the id `remove`, for the call
    `tool_call`, the key of a `tool.started`. Done again it changes nothing.
    """

    ends: ClassVar[tuple[type[Event], ...]] = (ScheduleSaved,)
    cancellable: ClassVar[bool] = False

    tool_call: int
    schedule: Schedule | None = None
    remove: str = ""


# --- the user's own log ----------------------------------------------------------------------------------------------


class ScheduleKept(Observed, frozen=True, kw_only=True, tag="schedule.kept"):
    """One more for sessions in the folder `project`, canonical. `session`: where a call wanted it; empty: a person."""

    schedule: Schedule
    project: str
    session: str = ""


class ScheduleDropped(Observed, frozen=True, kw_only=True, tag="schedule.dropped"):
    """It is gone."""

    id: str
    why: Why


class ScheduleClaimed(Observed, frozen=True, kw_only=True, tag="schedule.claimed"):
    """`session` alone fires what was due at `due` and before; with `missed` nobody does, and it says so."""

    id: str
    due: int
    session: str
    missed: bool = False
