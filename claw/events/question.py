"""What the model asks the person, a plan that it puts before them, and what it tells them along the way."""

from typing import ClassVar, Literal, TypeAlias

import msgspec

from claw.events.base import Derived, Event, Intent, Observed
from claw.events.permission import Mode


class Option(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answer to choose; `description` says what it would mean."""

    label: str
    description: str | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"several": "multiSelect"}):
    """`header` is a word or two that stand for it; `several`: more than one of the options may be chosen."""

    question: str
    header: str | None = None
    options: tuple[Option, ...]
    several: bool | None = False


class Choices(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to one question: the labels that were chosen, and what the person said in own words instead, or beside
    them.
    """

    chosen: tuple[str, ...] = ()
    words: str = ""


HowAnswered: TypeAlias = Literal["person", "program", "declined", "headless", "withdrawn"]
"""A person answered; the program in front of claw did, or does not want to where it gives no answers (since version 2);
a person does not want to; nobody was there to ask; the question was taken back.
"""


class QuestionAnswered(Observed, frozen=True, kw_only=True, tag="question.answered"):
    """`answers` has one for each question, in their order; none unless `how` is person or program. `reason` is why
    nobody answered.
    """

    version: ClassVar[int] = 2

    call: int
    how: HowAnswered
    answers: tuple[Choices, ...] = ()
    reason: str = ""


class QuestionAsked(Intent, frozen=True, kw_only=True, tag="question.asked"):
    """Questions of the model's to the person, for the call `tool_call`, the key of a `tool.started`."""

    ends: ClassVar[tuple[type[Event], ...]] = (QuestionAnswered,)
    doing: ClassVar[str] = "Waiting for an answer"

    tool_call: int
    questions: tuple[Question, ...]


class PlanReviewed(Observed, frozen=True, kw_only=True, tag="plan.reviewed"):
    """What the person says to a plan. Accepted, `mode` is the one that follows. `edited` is the plan as the person has
    changed it, which is what counts then; None: it stays as it was proposed. `reason` is what is to be changed, or why
    nobody could accept it. `how` may be program since version 2.
    """

    version: ClassVar[int] = 2

    call: int
    accepted: bool
    how: Literal["person", "program", "headless", "withdrawn"]
    mode: Mode = "default"
    edited: str | None = None
    reason: str = ""


class PlanProposed(Intent, frozen=True, kw_only=True, tag="plan.proposed"):
    """A plan for the person to accept, which ends plan mode, for the call `tool_call`, the key of a `tool.started`."""

    ends: ClassVar[tuple[type[Event], ...]] = (PlanReviewed,)
    doing: ClassVar[str] = "Waiting for a word on the plan"

    tool_call: int
    plan: str


class PlanAccepted(Derived, frozen=True, kw_only=True, tag="plan.accepted"):
    """This is what the model is to carry out, as the person has accepted it; it stays in the conversation, whatever is
    summarised.
    """

    plan: str


class UserMessaged(Derived, frozen=True, kw_only=True, tag="user.messaged"):
    """What the agent in the header wants the person to see at once. `agent` names it; empty: the main one."""

    text: str
    agent: str = ""
