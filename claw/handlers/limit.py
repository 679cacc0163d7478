"""The question whether to go on beyond a limit, put to the person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from claw.events.base import Intent
from claw.events.control import LimitAnswered, LimitAsked
from claw.handlers.base import Call
from claw.handlers.permission import Asker
from claw.handlers.turns import Asking, Turns


class LimitHandler(Asking):
    """Asks by how much a limit is raised."""

    intents: frozenset[type[Intent]] = frozenset({LimitAsked})

    def __init__(self, asker: Asker, turns: Turns) -> None:
        super().__init__(turns)
        self._asker = asker

    async def asked(self, call: Call) -> Sequence[LimitAnswered]:
        assert isinstance(call.intent, LimitAsked)
        more = await self._asker.go_on(call.intent)
        if more is None:
            return [self.unasked(call, "headless")]
        return [LimitAnswered(call=call.seq, what=call.intent.what, more=more)]

    def unasked(self, call: Call, how: Literal["headless", "withdrawn"], why: str = "") -> LimitAnswered:
        assert isinstance(call.intent, LimitAsked)
        return LimitAnswered(call=call.seq, what=call.intent.what, how=how)
