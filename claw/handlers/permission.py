"""Questions to the person, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from claw.events.base import Event, Intent
from claw.events.control import LimitAsked
from claw.events.input import InputInterrupted
from claw.events.permission import Mode, PermissionAnswered, PermissionAsked, Scope
from claw.events.question import Choices, HowAnswered, PlanProposed, QuestionAsked
from claw.handlers.base import Call
from claw.handlers.turns import Asking, Turns

Mask: TypeAlias = Callable[[str], str]
"""The text without the secrets of this process."""


class Reply(Struct, frozen=True):
    """The answer to a question. `how`: a person or a program gave it, or nobody was there to ask. `network`: for this
    call. `rule`: the one of those offered that it adds; empty: the narrowest. `halt`: the turn of the agent that asked
    is called off, with its other calls.
    """

    allowed: bool
    scope: Scope = "once"
    reason: str = ""
    how: Literal["person", "program", "headless"] = "person"
    network: bool = False
    rule: str = ""
    halt: bool = False


class Answers(Struct, frozen=True):
    """What is said to the model's questions; see `question.answered`. `halt` as in `Reply`."""

    answers: tuple[Choices, ...] = ()
    how: HowAnswered = "person"
    reason: str = ""
    halt: bool = False


class Review(Struct, frozen=True):
    """What is said to a plan; see `plan.reviewed`. `halt` as in `Reply`."""

    accepted: bool
    mode: Mode = "default"
    edited: str | None = None
    reason: str = ""
    how: Literal["person", "program", "headless"] = "person"
    halt: bool = False


class Asker(Protocol):
    """Whoever can be asked. What it does may be cancelled: then the question is withdrawn."""

    async def ask(self, question: PermissionAsked) -> Reply:
        """May this call act?"""
        ...

    async def answer(self, questions: QuestionAsked) -> Answers:
        """What the model asks."""
        ...

    async def review(self, proposed: PlanProposed, modes: Sequence[Mode]) -> Review:
        """Is this plan to be carried out, and in which of these modes?"""
        ...

    async def go_on(self, question: LimitAsked) -> int | None:
        """By how much the limit is raised; 0: it is the end; None: nobody is there."""
        ...


class Headless:
    """Nobody is there: the answer is no."""

    async def ask(self, question: PermissionAsked) -> Reply:
        return Reply(
            allowed=False,
            reason=f"{question.reason or f'No rule allows this {question.name} call.'} Nobody is there to be asked.",
            how="headless",
        )

    async def answer(self, questions: QuestionAsked) -> Answers:
        return Answers(how="headless")

    async def review(self, proposed: PlanProposed, modes: Sequence[Mode]) -> Review:
        return Review(accepted=False, how="headless")

    async def go_on(self, question: LimitAsked) -> int | None:
        return None


class PermissionHandler(Asking):
    """Puts questions about calls. Secrets in a reason are masked."""

    intents: frozenset[type[Intent]] = frozenset({PermissionAsked})

    def __init__(self, asker: Asker, mask: Mask, turns: Turns | None = None) -> None:
        super().__init__(turns or Turns())
        self._asker = asker
        self._mask = mask

    async def asked(self, call: Call) -> Sequence[Event]:
        assert isinstance(call.intent, PermissionAsked)
        reply = await self._asker.ask(call.intent)
        answered = PermissionAnswered(
            call=call.seq,
            allowed=reply.allowed,
            how=reply.how,
            scope=reply.scope,
            reason=self._mask(reply.reason),
            network=reply.network,
            rule=reply.rule,
        )
        return [answered, InputInterrupted(how="user")] if reply.halt else [answered]

    def unasked(self, call: Call, how: Literal["headless", "withdrawn"], why: str = "") -> PermissionAnswered:
        return PermissionAnswered(call=call.seq, allowed=False, how=how, reason=self._mask(why))

    def end_cancelled(self, call: int) -> PermissionAnswered:
        return PermissionAnswered(call=call, allowed=False, how="withdrawn")
