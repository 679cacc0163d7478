"""Who is next, where only one can be served; and what all that ask the person have in common."""

from __future__ import annotations

import asyncio
import heapq
from abc import abstractmethod
from collections.abc import Sequence
from typing import Literal

import anyio.lowlevel

from claw.events.base import Event
from claw.handlers.base import Call, Handler


class Turns:
    """A queue at one counter: of those who wait, the lowest number is next."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, asyncio.Event]] = []
        self._busy: int | None = None

    async def take(self, number: int) -> None:
        """Wait for this number's turn. Cancelled, it leaves the queue."""
        ready = asyncio.Event()
        heapq.heappush(self._waiting, (number, ready))
        try:
            # All that were asked in the same step stand in the queue before the first of them is served.
            await anyio.lowlevel.checkpoint()
            self._serve()
            await ready.wait()
        except asyncio.CancelledError:
            self._waiting = [entry for entry in self._waiting if entry[0] != number]
            heapq.heapify(self._waiting)
            self.give_back(number)
            raise

    def give_back(self, number: int) -> None:
        """This number is done; harmless if it never had its turn."""
        if self._busy == number:
            self._busy = None
        self._serve()

    def _serve(self) -> None:
        if self._busy is None and self._waiting:
            self._busy, ready = heapq.heappop(self._waiting)
            ready.set()


class Asking(Handler):
    """Puts what it is given before the person, one at a time, by seq: it takes `turns` with whoever else asks."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def perform(self, call: Call) -> None:
        try:
            await self._turns.take(call.seq)
            try:
                said = await self.asked(call)
            finally:
                self._turns.give_back(call.seq)
        except asyncio.CancelledError:
            call.emit(self.unasked(call, "withdrawn"))
            raise
        except Exception as error:  # noqa: BLE001 - an asker that fails has said nothing
            said = [self.unasked(call, "headless", f"Asking failed: {type(error).__name__}: {error}")]
        for event in said:
            call.emit(event)

    @abstractmethod
    async def asked(self, call: Call) -> Sequence[Event]:
        """What the person says: the call's end, and what comes with it."""

    @abstractmethod
    def unasked(self, call: Call, how: Literal["headless", "withdrawn"], why: str = "") -> Event:
        """The end of a call about which nobody could be asked, or which was withdrawn."""
