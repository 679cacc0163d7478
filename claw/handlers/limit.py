"""The question whether to go on beyond a limit, put to the person."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from claw.events.base import Intent
from claw.events.control import LimitAnswered, LimitAsked
from claw.handlers.base import Call, Handler
from claw.handlers.permission import Asker
from claw.handlers.turns import Turns


class LimitHandler(Handler):
    """Asks in the order of the questions' seqs; `turns` are those of whatever else asks this person."""

    intents: frozenset[type[Intent]] = frozenset({LimitAsked})

    def __init__(self, asker: Asker, turns: Turns) -> None:
        self._asker = asker
        self._turns = turns

    async def perform(self, call: Call) -> None:
        question = call.intent
        assert isinstance(question, LimitAsked)
        try:
            await self._turns.take(call.seq)
            try:
                more = await self._asker.go_on(question)
            finally:
                self._turns.give_back(call.seq)
        except asyncio.CancelledError:
            call.emit(LimitAnswered(call=call.seq, what=question.what, how="withdrawn"))
            raise
        except Exception:  # noqa: BLE001 - an asker that fails has not said yes
            more = None
        answered = LimitAnswered(call=call.seq, what=question.what, more=more or 0)
        call.emit(replace(answered, how="headless") if more is None else answered)
