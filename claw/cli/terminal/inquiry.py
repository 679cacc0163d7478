"""A question that waits for a key."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from claw.cli.terminal.question import Choice
from claw.events.permission import PermissionAsked
from claw.handlers.permission import Reply

GRACE_S = 0.3
"""Keys that come sooner were meant for the prompt that the question has replaced."""


@dataclass(slots=True)
class Inquiry:
    """`explaining`: "no" is chosen, and its reason is being typed."""

    question: PermissionAsked
    offered: list[Choice]
    answer: asyncio.Future[Reply]
    selected: int = 0
    explaining: bool = False
    since: float = field(default_factory=time.monotonic)

    @property
    def listening(self) -> bool:
        return time.monotonic() - self.since >= GRACE_S

    def move(self, by: int) -> None:
        self.selected = (self.selected + by) % len(self.offered)

    def press(self, key: str) -> None:
        """Choose by key; keys that mean nothing do nothing."""
        for number, choice in enumerate(self.offered):
            if choice.key == key:
                self.selected = number
                self.choose()

    def choose(self) -> None:
        """Take the selected answer, or begin to ask for its reason."""
        choice = self.offered[self.selected]
        if choice.explained:
            self.explaining = True
        else:
            self.give(Reply(allowed=choice.allowed, scope=choice.scope, network=choice.network))

    def explain(self, reason: str) -> None:
        """The reason is given; without one it is a plain no."""
        self.give(Reply(allowed=False, reason=reason.strip()))

    def give(self, reply: Reply) -> None:
        if not self.answer.done():
            self.answer.set_result(reply)
