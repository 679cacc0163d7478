"""What both views ask in one way: a permission question, what the model asks, and a choice of another kind."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TypeVar

import anyio
from rich.console import RenderableType

from claw.cli.sanitize import reveal_line
from claw.cli.terminal import asked, limit_question
from claw.cli.terminal.inquiry import Answer, Choice, Subject
from claw.cli.terminal.layout import line
from claw.cli.terminal.looking import theme_of
from claw.cli.terminal.question import choices, reply, subject
from claw.cli.terminal.screen import Screen
from claw.cli.terminal.styles import QUESTION
from claw.cli.terminal.view import Presenter
from claw.events.control import LimitAsked
from claw.events.permission import Mode, PermissionAsked
from claw.events.question import Choices, PlanProposed, Question, QuestionAsked
from claw.handlers.permission import Answers, Reply, Review
from claw.settings.looks import Looks

T = TypeVar("T")


class BaseView(ABC):
    """`settings` is the file that "always" writes to."""

    def __init__(self, presenter: Presenter, settings: str, screen: Screen, looks: Looks) -> None:
        self.looks = looks
        self._presenter = presenter
        self._settings = settings
        self._screen = screen
        self._glyphs = screen.glyphs

    def adopt(self, looks: Looks) -> None:
        if looks.theme != self.looks.theme:
            self._screen.theme = theme_of(looks, os.environ)
        self.looks = looks
        self.refresh()

    async def ask(self, question: PermissionAsked) -> Reply:
        asker = self._presenter.asker(question.request)
        about = subject(question, self._settings, lambda: self._presenter.told(question.request), asker=asker)
        return reply(await self._asked(about, choices(question, others=self._presenter.others())))

    async def answer(self, questions: QuestionAsked) -> Answers:
        count = len(questions.questions)
        answers = []
        for number, question in enumerate(questions.questions, start=1):
            said = await self._said(question, number, count)
            if said is None:
                return Answers(how="declined")
            answers.append(said)
        return Answers(answers=tuple(answers))

    async def _said(self, question: Question, number: int, count: int) -> Choices | None:
        """The answer to one of so many questions; None: the person does not want to answer."""
        while True:
            answer = await self._asked(asked.subject(question, number, count), asked.choices(question))
            if answer.meaning == "none":
                return None
            said = asked.said(question, answer)
            if said is not None:
                return said

    async def review(self, proposed: PlanProposed, modes: Sequence[Mode]) -> Review:
        plan = proposed.plan
        while True:
            answer = await self._asked(asked.plan_subject(), asked.plan_choices(plan, modes))
            match answer.meaning:
                case "edit":
                    plan = answer.reason or plan
                    self.print([asked.plan_shown(plan, self._glyphs, "Plan, as you have changed it")])
                case "no":
                    return Review(accepted=False, reason=answer.reason)
                case mode:
                    return Review(accepted=True, mode=mode, edited=plan)

    async def _asked(self, subject: Subject, offered: Sequence[Choice[T]]) -> Answer[T]:
        answer = await self._inquire(subject, offered)
        while answer is None:  # the person leaves: the session's end withdraws the question
            await anyio.sleep_forever()
        return answer

    async def go_on(self, question: LimitAsked) -> int | None:
        answer = await self._asked(limit_question.subject(question), limit_question.choices(question))
        return answer.meaning

    async def choose(self, subject: Subject, offered: Sequence[Choice[T]]) -> T | None:
        answer = await self._inquire(subject, offered)
        return answer.meaning if answer is not None else None

    async def write(self, title: str, text: str) -> str | None:
        offered = [
            Choice("1", "Change it", "change", explained=True, asks="text", filled=text),
            Choice("2", "Leave it as it is", "leave", also="n"),
        ]
        answer = await self._inquire(Subject(title=line(reveal_line(title), QUESTION)), offered)
        return answer.reason or None if answer is not None and answer.meaning == "change" else None

    @abstractmethod
    def print(self, parts: Sequence[RenderableType]) -> None:
        """As `View.print`."""

    @abstractmethod
    def refresh(self) -> None:
        """As `View.refresh`."""

    @abstractmethod
    async def _inquire(self, subject: Subject, offered: Sequence[Choice[T]]) -> Answer[T] | None:
        """Show the question until it is answered; None when the person leaves."""
