"""What is scheduled for later sessions: a fold of the user's own log."""

from collections.abc import Mapping

from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.schedule import ScheduleClaimed, ScheduleDropped, ScheduleKept
from claw.projections.base import Projection
from claw.projections.schedules import Planned


def _kept(kept: Mapping[str, Planned], envelope: Envelope, event: ScheduleKept) -> Mapping[str, Planned]:
    planned = Planned(schedule=event.schedule, since=envelope.ts, project=event.project)
    return {**kept, event.schedule.id: planned}


def _dropped(kept: Mapping[str, Planned], envelope: Envelope, event: ScheduleDropped) -> Mapping[str, Planned]:
    return {id: one for id, one in kept.items() if id != event.id}


def _claimed(kept: Mapping[str, Planned], envelope: Envelope, event: ScheduleClaimed) -> Mapping[str, Planned]:
    return {id: replace(one, since=envelope.ts) if id == event.id else one for id, one in kept.items()}


_NONE: Mapping[str, Planned] = {}

KEPT = Projection("kept", _NONE, {ScheduleKept: _kept, ScheduleDropped: _dropped, ScheduleClaimed: _claimed})
"""All of the user's own, by id."""
