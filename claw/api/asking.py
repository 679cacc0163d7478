"""The program that has opened a session is asked what a person would be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from claw.errors import UsageError
from claw.events.control import LimitAsked
from claw.events.permission import Mode, PermissionAsked
from claw.events.question import Choices, PlanProposed, QuestionAsked
from claw.handlers.permission import Answers, Headless, Reply, Review


class Allow(Struct, frozen=True, kw_only=True):
    """The call may act, once; with `scope="session"` so may later ones that `rule` covers, which is one of those that
    the question offers (`suggestion`, `wider`); empty: the narrowest. `network`: this call may use it.
    """

    scope: Literal["once", "session"] = "once"
    rule: str = ""
    network: bool = False


class Deny(Struct, frozen=True):
    """The call may not act, or the plan is not to be carried out. `reason` is for the model; `stop`: the turn ends."""

    reason: str = ""
    stop: bool = False


class Accept(Struct, frozen=True, kw_only=True):
    """The plan is to be carried out, in this mode; `edited` is what counts instead of its text."""

    mode: Mode = "default"
    edited: str | None = None


AskAllow: TypeAlias = Callable[[PermissionAsked], Awaitable[Allow | Deny]]
"""May this call act?"""
AskAnswer: TypeAlias = Callable[[QuestionAsked], Awaitable[Sequence[Choices] | None]]
"""What the model asks: an answer to each question, in their order; None: there is none."""
AskReview: TypeAlias = Callable[[PlanProposed], Awaitable[Accept | Deny]]
"""Is this plan to be carried out?"""


class Program:
    """Asks these functions; where there is none, nobody is there, and the answer is no. What one of them raises is a
    no as well: the turn is called off, and `failed` is told of the error.
    """

    def __init__(
        self,
        allow: AskAllow | None,
        answer: AskAnswer | None,
        review: AskReview | None,
        failed: Callable[[Exception], None],
    ) -> None:
        self._allow = allow
        self._answer = answer
        self._review = review
        self._failed = failed
        self._nobody = Headless()

    async def ask(self, question: PermissionAsked) -> Reply:
        if self._allow is None:
            return await self._nobody.ask(question)
        try:
            said = await self._allow(question)
            if isinstance(said, Allow):
                return _allowed(said, question)
            _must_be(said, Deny)
        except Exception as error:  # noqa: BLE001 - the program's own, which `send` raises
            self._failed(error)
            return Reply(allowed=False, how="program", reason=_told(error), halt=True)
        return Reply(allowed=False, how="program", reason=said.reason, halt=said.stop)

    async def answer(self, questions: QuestionAsked) -> Answers:
        if self._answer is None:
            return await self._nobody.answer(questions)
        try:
            said = await self._answer(questions)
            if said is None:
                return Answers(how="program")
            if len(said) != len(questions.questions):
                raise UsageError(f"{len(questions.questions)} answers are wanted, not {len(said)}")
        except Exception as error:  # noqa: BLE001 - see above
            self._failed(error)
            return Answers(how="program", reason=_told(error), halt=True)
        return Answers(tuple(said), how="program")

    async def review(self, proposed: PlanProposed, modes: Sequence[Mode]) -> Review:
        if self._review is None:
            return await self._nobody.review(proposed, modes)
        try:
            said = await self._review(proposed)
            if isinstance(said, Accept):
                if said.mode not in modes:
                    raise UsageError(f"after a plan the mode can be one of {', '.join(modes)}, not {said.mode}")
                return Review(accepted=True, mode=said.mode, edited=said.edited, how="program")
            _must_be(said, Deny)
        except Exception as error:  # noqa: BLE001 - see above
            self._failed(error)
            return Review(accepted=False, reason=_told(error), how="program", halt=True)
        return Review(accepted=False, reason=said.reason, how="program", halt=said.stop)

    async def go_on(self, question: LimitAsked) -> int | None:
        return await self._nobody.go_on(question)


def _allowed(said: Allow, question: PermissionAsked) -> Reply:
    """Raises UsageError for a rule that was not offered: a program allows no more than it was asked for."""
    offered = [rule for rule in (question.suggestion, *question.wider) if rule]
    if said.rule and said.rule not in offered:
        raise UsageError(f"the rule {said.rule!r} is none of those that were offered: {', '.join(offered) or 'none'}")
    if said.scope == "session" and not offered:
        raise UsageError(f"no rule would cover {question.name} calls like this one: it can be allowed once")
    return Reply(allowed=True, how="program", scope=said.scope, rule=said.rule, network=said.network)


def _must_be(said: object, kind: type) -> None:
    if not isinstance(said, kind):
        raise TypeError(f"the answer is a {type(said).__name__}, which says neither yes nor no")


def _told(error: Exception) -> str:
    said = " ".join(str(error).split())
    return f"The program that was asked failed ({type(error).__name__}{': ' + said[:300] if said else ''})."
