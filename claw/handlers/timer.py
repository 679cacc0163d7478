"""Waiting, as an intent: so that the log knows every delay, and a delay can be called off."""

from __future__ import annotations

import asyncio
import time

import anyio

from claw.events.base import Intent
from claw.events.control import TimerFired, TimerSet, WaitEnded, WaitRequested
from claw.handlers.base import Call, Handler, LostCall

LOOK_SECONDS = 30
"""How often a wait looks at the clock."""


class TimerHandler(Handler):
    """Waits; a resumed session waits the whole time again, but for a limit of time (`TimerSet`)."""

    intents: frozenset[type[Intent]] = frozenset({TimerSet})

    async def perform(self, call: Call) -> None:
        assert isinstance(call.intent, TimerSet)
        try:
            await anyio.sleep(call.intent.delay_ms / 1000)
        except asyncio.CancelledError:
            call.emit(self.end_cancelled(call.seq))
            raise
        call.emit(TimerFired(call=call.seq))

    def end_lost(self, call: LostCall) -> TimerFired:
        return self.end_cancelled(call.seq)

    def end_cancelled(self, call: int) -> TimerFired:
        return TimerFired(call=call, cancelled=True)


class WaitHandler(Handler):
    """Waits until a time of the clock, whatever the machine did meanwhile."""

    intents: frozenset[type[Intent]] = frozenset({WaitRequested})

    async def perform(self, call: Call) -> None:
        assert isinstance(call.intent, WaitRequested)
        try:
            # A machine that sleeps holds the loop's clock, not the one of the wall.
            while (left := (call.intent.until - time.time_ns()) / 1e9) > 0:  # noqa: ASYNC110
                await anyio.sleep(min(left, LOOK_SECONDS))
        except asyncio.CancelledError:
            call.emit(self.end_cancelled(call.seq))
            raise
        call.emit(WaitEnded(call=call.seq))

    def end_cancelled(self, call: int) -> WaitEnded:
        return WaitEnded(call=call, cancelled=True)
