"""What the model asks the person, and the plans it proposes: put before whoever can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec.structs import replace

from claw.events.base import Event, Intent
from claw.events.input import InputInterrupted
from claw.events.permission import Mode
from claw.events.question import PlanProposed, PlanReviewed, QuestionAnswered, QuestionAsked
from claw.handlers.base import Call
from claw.handlers.permission import Answers, Asker, Mask, Review
from claw.handlers.turns import Asking, Turns

KEPT = "The administrator's settings keep this session in plan mode."


class QuestionHandler(Asking):
    """Puts the model's questions. Secrets in what the person says are masked."""

    intents: frozenset[type[Intent]] = frozenset({QuestionAsked})

    def __init__(self, asker: Asker, mask: Mask, turns: Turns) -> None:
        super().__init__(turns)
        self._asker = asker
        self._mask = mask

    async def asked(self, call: Call) -> Sequence[Event]:
        assert isinstance(call.intent, QuestionAsked)
        said = await self._asker.answer(call.intent)
        return [self._event(call.seq, said), *([InputInterrupted(how="user")] if said.halt else [])]

    def unasked(self, call: Call, how: Literal["headless", "withdrawn"], why: str = "") -> QuestionAnswered:
        return QuestionAnswered(call=call.seq, how=how, reason=self._mask(why))

    def end_cancelled(self, call: int) -> QuestionAnswered:
        return QuestionAnswered(call=call, how="withdrawn")

    def _event(self, call: int, said: Answers) -> QuestionAnswered:
        answers = tuple(replace(one, words=self._mask(one.words)) for one in said.answers)
        return QuestionAnswered(call=call, how=said.how, answers=answers, reason=self._mask(said.reason))


class PlanHandler(Asking):
    """Puts plans before the person. `modes` are those that may follow plan mode; none: nobody may leave it. Secrets in
    what the person says are masked.
    """

    intents: frozenset[type[Intent]] = frozenset({PlanProposed})

    def __init__(self, asker: Asker, mask: Mask, turns: Turns, modes: Sequence[Mode]) -> None:
        super().__init__(turns)
        self._asker = asker
        self._mask = mask
        self._modes = modes

    async def asked(self, call: Call) -> Sequence[Event]:
        assert isinstance(call.intent, PlanProposed)
        if not self._modes:
            return [self._event(call.seq, Review(accepted=False, reason=KEPT))]
        said = await self._asker.review(call.intent, self._modes)
        event = self._event(call.seq, said)
        event = replace(event, edited=None) if event.edited == call.intent.plan else event
        return [event, *([InputInterrupted(how="user")] if said.halt else [])]

    def unasked(self, call: Call, how: Literal["headless", "withdrawn"], why: str = "") -> PlanReviewed:
        return PlanReviewed(call=call.seq, accepted=False, how=how, reason=self._mask(why))

    def end_cancelled(self, call: int) -> PlanReviewed:
        return PlanReviewed(call=call, accepted=False, how="withdrawn")

    def _event(self, call: int, said: Review) -> PlanReviewed:
        accepted = said.accepted and said.how != "headless" and said.mode in self._modes
        return PlanReviewed(
            call=call,
            accepted=accepted,
            how=said.how,
            mode=said.mode if accepted else "default",
            edited=self._mask(said.edited) if accepted and said.edited is not None else None,
            reason=self._mask(said.reason),
        )
