"""Schedules that outlive a session: put into the user's own log, and taken out of it, for calls."""

from __future__ import annotations

from collections.abc import Callable

from claw.errors import ClawError
from claw.events.base import Intent
from claw.events.schedule import Schedule, ScheduleSaved, ScheduleSaveRequested
from claw.execution.threads import finished
from claw.handlers.base import Call, Handler


class ScheduleHandler(Handler):
    """`keep` puts a schedule into the user's own log, `drop` takes out the one with an id; both may wait, and raise
    ClawError.
    """

    intents: frozenset[type[Intent]] = frozenset({ScheduleSaveRequested})

    def __init__(self, keep: Callable[[Schedule], None], drop: Callable[[str], bool]) -> None:
        self._keep = keep
        self._drop = drop

    async def perform(self, call: Call) -> None:
        intent = call.intent
        assert isinstance(intent, ScheduleSaveRequested)
        error = ""
        try:
            await finished(lambda: self._save(intent))
        except ClawError as problem:
            error = f"Your own log stays as it was: {problem.message}"
        call.emit(ScheduleSaved(call=call.seq, tool_call=intent.tool_call, error=error))

    def _save(self, intent: ScheduleSaveRequested) -> None:
        if intent.schedule is not None:
            self._keep(intent.schedule)
        else:
            self._drop(intent.remove)
