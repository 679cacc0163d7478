"""What the model asks the person, and the plans it proposes: put before whoever can be asked, one at a time."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Sequence

from msgspec.structs import replace

from claw.events.base import Intent
from claw.events.permission import Mode
from claw.events.question import PlanProposed, PlanReviewed, QuestionAnswered, QuestionAsked
from claw.handlers.base import Call, Handler
from claw.handlers.permission import Answers, Asker, Mask, Review
from claw.handlers.turns import Turns

KEPT = "The administrator's settings keep this session in plan mode."


class _Asking(Handler):
    """Takes `turns` with whoever else asks the person. Secrets in what the person says are masked."""

    def __init__(self, asker: Asker, mask: Mask, turns: Turns) -> None:
        self._asker = asker
        self._mask = mask
        self._turns = turns

    async def perform(self, call: Call) -> None:
        try:
            await self._turns.take(call.seq)
            try:
                event = await self._asked(call)
            finally:
                self._turns.give_back(call.seq)
        except asyncio.CancelledError:
            call.emit(self.end_cancelled(call.seq))
            raise
        except Exception as error:  # noqa: BLE001 - an asker that fails has said nothing
            event = self._failed(call.seq, f"Asking failed: {type(error).__name__}: {error}")
        call.emit(event)

    @abstractmethod
    async def _asked(self, call: Call) -> QuestionAnswered | PlanReviewed:
        """What the person says."""

    @abstractmethod
    def _failed(self, call: int, why: str) -> QuestionAnswered | PlanReviewed:
        """The end of a call about which nobody could be asked."""

    def end_cancelled(self, call: int) -> QuestionAnswered | PlanReviewed:
        return replace(self._failed(call, ""), how="withdrawn")


class QuestionHandler(_Asking):
    """Puts the model's questions."""

    intents: frozenset[type[Intent]] = frozenset({QuestionAsked})

    async def _asked(self, call: Call) -> QuestionAnswered:
        assert isinstance(call.intent, QuestionAsked)
        return self._event(call.seq, await self._asker.answer(call.intent))

    def _failed(self, call: int, why: str) -> QuestionAnswered:
        return self._event(call, Answers(how="headless", reason=why))

    def _event(self, call: int, said: Answers) -> QuestionAnswered:
        answers = tuple(replace(one, words=self._mask(one.words)) for one in said.answers)
        return QuestionAnswered(call=call, how=said.how, answers=answers, reason=self._mask(said.reason))


class PlanHandler(_Asking):
    """Puts plans before the person. `modes` are those that may follow plan mode; none: nobody may leave it."""

    intents: frozenset[type[Intent]] = frozenset({PlanProposed})

    def __init__(self, asker: Asker, mask: Mask, turns: Turns, modes: Sequence[Mode]) -> None:
        super().__init__(asker, mask, turns)
        self._modes = modes

    async def _asked(self, call: Call) -> PlanReviewed:
        assert isinstance(call.intent, PlanProposed)
        if not self._modes:
            return self._event(call.seq, Review(accepted=False, reason=KEPT))
        said = await self._asker.review(call.intent, self._modes)
        event = self._event(call.seq, said)
        return replace(event, edited=None) if event.edited == call.intent.plan else event

    def _failed(self, call: int, why: str) -> PlanReviewed:
        return self._event(call, Review(accepted=False, how="headless", reason=why))

    def _event(self, call: int, said: Review) -> PlanReviewed:
        accepted = said.accepted and said.how == "person" and said.mode in self._modes
        return PlanReviewed(
            call=call,
            accepted=accepted,
            how=said.how,
            mode=said.mode if accepted else "default",
            edited=self._mask(said.edited) if accepted and said.edited is not None else None,
            reason=self._mask(said.reason),
        )
