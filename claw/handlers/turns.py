"""Who is next, where only one can be served."""

from __future__ import annotations

import asyncio
import heapq

import anyio.lowlevel


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
