"""Questions to the person, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal, Protocol

from msgspec import Struct

from claw.events.base import Intent
from claw.events.input import InputInterrupted
from claw.events.permission import PermissionAnswered, PermissionAsked, Scope
from claw.handlers.base import Call, Handler
from claw.handlers.turns import Turns


class Reply(Struct, frozen=True):
    """The answer to a question. `how`: a person gave it, or nobody was there to ask. `network`: for this call. `rule`:
    the one of those offered that it adds; empty: the narrowest. `halt`: the turn of the agent that asked is called off,
    with its other calls.
    """

    allowed: bool
    scope: Scope = "once"
    reason: str = ""
    how: Literal["person", "headless"] = "person"
    network: bool = False
    rule: str = ""
    halt: bool = False


class Asker(Protocol):
    """Whoever can be asked. `ask` may be cancelled: then the question is withdrawn."""

    async def ask(self, question: PermissionAsked) -> Reply: ...


class Headless:
    """Nobody is there: the answer is no."""

    async def ask(self, question: PermissionAsked) -> Reply:
        return Reply(
            allowed=False,
            reason=f"{question.reason or f'No rule allows this {question.name} call.'} Nobody is there to be asked.",
            how="headless",
        )


class PermissionHandler(Handler):
    """Puts questions, one at a time, in the order of their seqs. Secrets in a reason are masked."""

    intents: frozenset[type[Intent]] = frozenset({PermissionAsked})

    def __init__(self, asker: Asker, mask: Callable[[str], str]) -> None:
        self._asker = asker
        self._mask = mask
        self._turns = Turns()

    async def perform(self, call: Call) -> None:
        assert isinstance(call.intent, PermissionAsked)
        try:
            await self._turns.take(call.seq)
            try:
                reply = await self._asker.ask(call.intent)
            finally:
                self._turns.give_back(call.seq)
        except asyncio.CancelledError:
            call.emit(self.end_cancelled(call.seq))
            raise
        except Exception as error:  # noqa: BLE001 - an asker that fails has not said yes
            reply = Reply(allowed=False, reason=f"Asking failed: {type(error).__name__}: {error}", how="headless")
        call.emit(
            PermissionAnswered(
                call=call.seq,
                allowed=reply.allowed,
                how=reply.how,
                scope=reply.scope,
                reason=self._mask(reply.reason),
                network=reply.network,
                rule=reply.rule,
            )
        )
        if reply.halt:
            call.emit(InputInterrupted(how="user"))

    def end_cancelled(self, call: int) -> PermissionAnswered:
        return PermissionAnswered(call=call, allowed=False, how="withdrawn")
