"""What is scheduled, in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from claw.events.base import Event
from claw.events.schedule import (
    Missed,
    Schedule,
    ScheduleAdded,
    ScheduleClaimed,
    ScheduleDropped,
    ScheduleFired,
    ScheduleKept,
    ScheduleRemoved,
    ScheduleSaved,
    ScheduleSaveRequested,
    SchedulesLoaded,
    SchedulesMissed,
)

LONGEST = 60
"""Characters of a prompt that stand for it."""


def line(schedule: Schedule) -> str:
    """What is due, and when."""
    return f"{schedule.id}: {schedule.cron}{'' if schedule.recurring else ' (once)'}: {prompt(schedule)}"


def prompt(schedule: Schedule) -> str:
    """The beginning of its prompt, in one line."""
    words = " ".join(schedule.prompt.split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"


def moment(at: int) -> str:
    """A time as the person's clock has it."""
    return datetime.fromtimestamp(at // 1_000_000_000).strftime("%Y-%m-%d %H:%M")  # noqa: DTZ006 - the person's own


def missed(event: SchedulesMissed) -> str:
    """What did not come while no claw ran, a line each."""
    return "\n".join(map(_missed, event.missed))


def _missed(one: Missed) -> str:
    count = "once" if one.count == 1 else f"{one.count} times"
    gone = "" if one.schedule.recurring else "; it does not come any more"
    return f"missed {count} while no session was open here, last at {moment(one.last)}{gone}: {line(one.schedule)}"


def ended(event: ScheduleRemoved) -> str:
    """What a person should know of a schedule that is gone; empty: they know."""
    return f"schedule {event.id} has come for the last time" if event.why == "expired" else ""


def _saving(event: ScheduleSaveRequested) -> str:
    return f"without {event.remove}" if event.schedule is None else line(event.schedule)


SUMMARIES: dict[type[Event], Callable[[Any], str]] = {
    ScheduleAdded: lambda event: line(event.schedule),
    ScheduleRemoved: lambda event: f"{event.id}, {event.why}",
    ScheduleFired: lambda event: (
        f"{event.id}, due at {moment(event.due)}" + (f", {event.skipped} more skipped" if event.skipped else "")
    ),
    SchedulesMissed: lambda event: missed(event).replace("\n", "; "),
    SchedulesLoaded: lambda event: "; ".join(map(line, event.schedules)) or "none",
    ScheduleSaveRequested: _saving,
    ScheduleSaved: lambda event: event.error or "done",
    ScheduleKept: lambda event: f"{line(event.schedule)} (for {event.project})",
    ScheduleDropped: lambda event: f"{event.id}, {event.why}",
    ScheduleClaimed: lambda event: (
        f"{event.id}, due at {moment(event.due)}, "
        + (f"missed, said in {event.session}" if event.missed else f"by {event.session}")
    ),
}
"""What an event says in a line of `claw log`."""
