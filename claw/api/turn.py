"""One turn: what the program said, the events that follow from it, and what came of it."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from claw import log
from claw.api.result import Result, result_of
from claw.events.base import Envelope
from claw.events.input import InputReceived
from claw.events.session import TurnFinished
from claw.projections.state import MAIN, State
from claw.session.summary import Summary

if TYPE_CHECKING:
    from claw.api.session import Session

MOST_KEPT = 4_096
"""Events that wait in memory for whoever iterates; more are read from the log."""


class Turn:
    """Iterate over it for its events; await it for its result. It begins with the first of these, once the turns before
    it are over.
    """

    def __init__(self, session: Session, text: str, id: str) -> None:
        self.text = text
        self.id = id
        self.seq = -1
        """Seq of the `input.received`; -1 before there is one."""
        self.over = False
        self.failed: Exception | None = None
        """What a function of the program's raised that was asked."""
        self._session = session
        self._summary = Summary(session.load)
        self._begun = False
        self._behind = False
        """Another turn is open, behind which the input waits."""
        self._iterated = False
        self._kept: deque[Envelope] = deque()
        self._missed = -1
        """Seq of the first event that was not kept."""
        self._last = -1

    def __await__(self) -> Generator[Any, None, Result]:
        return self._ended().__await__()

    async def __aiter__(self) -> AsyncIterator[Envelope]:
        self._iterated = True
        await self._begin()
        while True:
            while self._kept:
                yield self._kept.popleft()
            if self._missed >= 0:
                first, self._missed = self._missed, -1
                for envelope in log.read(self._session.path, first, self._last + 1):
                    yield envelope
            elif self.over:
                break
            else:
                await self._session.until(self._has_more)
        self._raise_failed()

    async def _ended(self) -> Result:
        await self._begin()
        if not self.over:
            await self._session.until(lambda _: self.over)
        self._raise_failed()
        return result_of(self._session.id, self._summary)

    async def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            await self._session.begin(self)

    def _has_more(self, state: State) -> bool:
        return bool(self._kept) or self._missed >= 0 or self.over

    def _raise_failed(self) -> None:
        if self.failed is not None:
            raise self.failed

    # --- for the session ----------------------------------------------------------------------------------------------

    def take(self, envelopes: Sequence[Envelope], before: State, after: State) -> None:
        """What was written since `before`."""
        for envelope in envelopes:
            event = envelope.data
            if self.seq < 0:
                if envelope.agent != MAIN or not isinstance(event, InputReceived) or not event.waits or event.source:
                    continue
                self.seq = envelope.seq
                self._behind = before.main.turn.is_open
                self._keep(envelope)
            elif self._behind:
                if envelope.agent == MAIN and isinstance(event, TurnFinished):
                    self._behind = _is_waiting(after, self.seq)
            elif not self.over:
                self._keep(envelope)
                self.over = envelope.agent == MAIN and isinstance(event, TurnFinished)

    def go_on(self, envelopes: Sequence[Envelope], seq: int) -> None:
        """An earlier run has left it open; `envelopes` are those of this run until now."""
        self._begun = self._iterated = True
        self.seq = seq
        for envelope in envelopes:
            self._keep(envelope)

    def tell_again(self, envelopes: Iterable[Envelope], seq: int) -> None:
        """It is over since long."""
        self.seq = seq
        for envelope in envelopes:
            self._keep(envelope)
        self.over = True

    def _keep(self, envelope: Envelope) -> None:
        self._summary.take((envelope,))
        self._last = envelope.seq
        if not self._iterated or self._missed >= 0:
            return
        if len(self._kept) < MOST_KEPT:
            self._kept.append(envelope)
        else:
            self._missed = envelope.seq


def _is_waiting(state: State, seq: int) -> bool:
    talk = state.main.conversation
    return any(entry.seq == seq for entry in talk.waiting) or any(line.seq == seq for line in talk.lines)
