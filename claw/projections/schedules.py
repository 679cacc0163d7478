"""What is scheduled in a session, and what it was told of the user's own."""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.schedule import (
    Schedule,
    ScheduleAdded,
    ScheduleFired,
    ScheduleRemoved,
    SchedulesLoaded,
    SchedulesMissed,
)
from claw.events.session import SessionForked
from claw.projections.base import Projection

MOST = 50
"""Schedules of a session, and of the user's own for a folder."""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """`since`: times up to then are over, in ns since 1970 UTC. `project`: of the user's own, the folder for whose
    sessions it is.
    """

    schedule: Schedule
    since: int
    project: str = ""


class Schedules(msgspec.Struct, frozen=True, kw_only=True):
    """Of a session: `own` are its own by id, `durable` those of the user's that it was told of."""

    own: Mapping[str, Planned] = {}
    durable: tuple[Schedule, ...] = ()
    digest: str = ""
    """Of the durable ones; empty: it was told of none."""


def is_last(schedule: Schedule, now: int) -> bool:
    """Whether no time after `now` counts any more."""
    return not schedule.recurring or 0 < schedule.until <= now


def _added(schedules: Schedules, envelope: Envelope, event: ScheduleAdded) -> Schedules:
    planned = Planned(schedule=event.schedule, since=event.schedule.created)
    return replace(schedules, own={**schedules.own, event.schedule.id: planned})


def _removed(schedules: Schedules, envelope: Envelope, event: ScheduleRemoved) -> Schedules:
    return replace(schedules, own={id: one for id, one in schedules.own.items() if id != event.id})


def _over(schedules: Schedules, ids: set[str], at: int) -> Schedules:
    own = {id: replace(one, since=at) if id in ids else one for id, one in schedules.own.items()}
    return replace(schedules, own=own)


def _missed(schedules: Schedules, envelope: Envelope, event: SchedulesMissed) -> Schedules:
    return _over(schedules, {missed.schedule.id for missed in event.missed}, envelope.ts)


SCHEDULES = Projection(
    "schedules",
    Schedules(),
    {
        ScheduleAdded: _added,
        ScheduleRemoved: _removed,
        ScheduleFired: lambda schedules, envelope, event: _over(schedules, {event.id}, envelope.ts),
        SchedulesMissed: _missed,
        SchedulesLoaded: lambda schedules, _, event: replace(schedules, durable=event.schedules, digest=event.digest),
        SessionForked: lambda _, __, ___: Schedules(),
    },
)
"""A fork has none: its parent goes on with them."""
