"""A handler whose module is imported by the first intent that it serves."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Generic, TypeVar

from claw.events.base import Event, Intent
from claw.handlers.base import Call, Handler, LostCall

H = TypeVar("H", bound=Handler)


class LateHandler(Handler, Generic[H]):
    """Stands for the handler that `make` makes, which performs these kinds of intent."""

    def __init__(self, make: Callable[[], H], *intents: type[Intent]) -> None:
        self.intents = frozenset(intents)
        self._make = make

    @cached_property
    def made(self) -> H:
        handler = self._make()
        assert handler.intents == self.intents, "a handler of other intents"
        return handler

    @property
    def begun(self) -> H | None:
        """The handler, if any intent has come."""
        made: H | None = vars(self).get("made")
        return made

    async def perform(self, call: Call) -> None:
        await self.made.perform(call)

    def end_lost(self, call: LostCall) -> Event | None:
        return self.made.end_lost(call)

    def end_cancelled(self, call: int) -> Event | None:
        return self.made.end_cancelled(call)
