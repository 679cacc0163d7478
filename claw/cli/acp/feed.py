"""A session's events on their way to the client, in order, and no faster than it reads.

The log is never held up by a client. A few events wait here as they were committed; where more come than the client
takes, they are let go, and read from the log once it reads on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import islice

import anyio

from claw import log
from claw.cli.acp.texts import Piece
from claw.cli.acp.updates import Updates
from claw.events.base import Envelope
from claw.events.model import ModelChunk

AT_ONCE = 256
"""Events that are told without looking up, and as many as wait here."""
EVERY_S = 0.2
"""Seconds between two looks at what running commands have said."""
_PIECES = (("model.chunk", ModelChunk.version),)


class Feed:
    """Tells the events of the log at `path` from `start` on. `tell` waits until there is room; `after` is called with
    each event once it has been told. Those before `first` are of earlier runs.
    """

    def __init__(
        self,
        path: str,
        start: int,
        first: int,
        updates: Updates,
        tell: Callable[[Piece], Awaitable[None]],
        after: Callable[[Envelope], Awaitable[None]],
    ) -> None:
        self._path = path
        self._next = start
        self._first = first
        self._written = first
        self._waiting: deque[Envelope] = deque()
        self._updates = updates
        self._tell = tell
        self._after = after
        self._more = anyio.Event()
        self._moved = anyio.Event()

    def listen(self, envelopes: Sequence[Envelope]) -> None:
        """These were committed."""
        for envelope in envelopes:
            if envelope.seq < self._written:
                continue
            self._written = envelope.seq + 1
            self._updates.calls.look(envelope)
            if len(self._waiting) < AT_ONCE:
                self._waiting.append(envelope)
        self._more.set()

    async def told(self, seq: int) -> None:
        """Wait until the client has been sent what this event is told by, and all before it."""
        while self._next <= seq:
            await self._moved.wait()

    async def caught_up(self) -> None:
        """Wait until the client has been sent all that is in the log by now."""
        await self.told(self._written - 1)

    async def run(self) -> None:
        """Until it is called off. Raises Gone, LogError."""
        while True:
            batch = self._batch()
            for envelope in batch:
                for piece in self._updates.take(envelope):
                    await self._tell(piece)
                self._next = max(self._next, envelope.seq + 1)
                await self._after(envelope)
                self._step()
            if not batch:
                await self._rest()

    async def _rest(self) -> None:
        """Wait for more; what running commands have said is told every while."""
        if self._next < self._first:
            self._next = self._first  # what is left before it is told by nothing
        self._step()
        with anyio.move_on_after(EVERY_S) as wait:
            await self._more.wait()
        for piece in self._updates.calls.flush():
            await self._tell(piece)
        if wait.cancelled_caught and not self._more.is_set():
            await self._more.wait()
        self._more = anyio.Event()

    def _step(self) -> None:
        self._moved.set()
        self._moved = anyio.Event()

    def _batch(self) -> list[Envelope]:
        """The next events, at most `AT_ONCE`: those that wait here, where none is missing before them."""
        while self._waiting and self._waiting[0].seq < self._next:
            self._waiting.popleft()
        if self._waiting and self._waiting[0].seq == self._next:
            return list(self._come())
        if self._next >= self._written:
            return []
        past = self._next < self._first
        stop = self._first if past else self._waiting[0].seq if self._waiting else self._written
        found = log.read(self._path, self._next, stop, without=_PIECES if past else None)
        batch = list(islice(found, AT_ONCE))
        if not batch and past:
            self._next = self._first
            return self._batch()
        return batch

    def _come(self) -> Iterator[Envelope]:
        at = self._next
        while self._waiting and self._waiting[0].seq == at:
            yield self._waiting.popleft()
            at += 1
