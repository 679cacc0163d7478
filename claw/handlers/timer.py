"""Waiting, as an intent: so that the log knows every delay, and a delay can be called off."""

from __future__ import annotations

import asyncio
from typing import Literal

import anyio

from claw.events.base import Event
from claw.events.control import TimerFired, TimerSet
from claw.handlers.base import Call


class TimerHandler:
    """Waits; a resumed session waits the whole time again."""

    intents: frozenset[type[Event]] = frozenset({TimerSet})
    resume: Literal["repeat", "report"] = "repeat"

    async def perform(self, call: Call) -> None:
        assert isinstance(call.intent, TimerSet)
        try:
            await anyio.sleep(call.intent.delay_ms / 1000)
        except asyncio.CancelledError:
            call.emit(TimerFired(call=call.seq, cancelled=True))
            raise
        call.emit(TimerFired(call=call.seq))
