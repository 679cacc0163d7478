"""What both views ask in one way: a permission question, and a choice of another kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TypeVar

import anyio

from claw.cli.terminal.inquiry import Answer, Choice, Subject
from claw.cli.terminal.question import choices, reply, subject
from claw.cli.terminal.view import Presenter
from claw.events.permission import PermissionAsked
from claw.handlers.permission import Reply

T = TypeVar("T")


class BaseView(ABC):
    """`settings` is the file that "always" writes to."""

    def __init__(self, presenter: Presenter, settings: str) -> None:
        self._presenter = presenter
        self._settings = settings

    async def ask(self, question: PermissionAsked) -> Reply:
        asker = self._presenter.asker(question.request)
        about = subject(question, self._settings, lambda: self._presenter.told(question.request), asker=asker)
        answer = await self._inquire(about, choices(question, others=self._presenter.others()))
        while answer is None:  # the person leaves: the session's end withdraws the question
            await anyio.sleep_forever()
        return reply(answer)

    async def choose(self, subject: Subject, offered: Sequence[Choice[T]]) -> T | None:
        answer = await self._inquire(subject, offered)
        return answer.meaning if answer is not None else None

    @abstractmethod
    async def _inquire(self, subject: Subject, offered: Sequence[Choice[T]]) -> Answer[T] | None:
        """Show the question until it is answered; None when the person leaves."""
