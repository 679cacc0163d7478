"""What the model asks the person: the questions of a call, and what the model is told of the answers."""

from __future__ import annotations

from typing import Any

import msgspec

from claw.decide import plans
from claw.decide.addressed import Addressed, completed, not_done
from claw.events.question import Choices, Question, QuestionAnswered, QuestionAsked, UserMessaged
from claw.events.results import texts
from claw.events.tool import ToolStarted
from claw.projections.state import Agent, State
from claw.projections.turn import ToolCall

NOBODY = (
    "Nobody is there to answer: this session runs without a person. Decide by what you know, go on, and say at the end "
    "what you have taken for granted."
)
SHOWN = "Shown to the user."
DECLINED = "The user declined to answer your questions."
WITHDRAWN = "Interrupted by the user before they answered."


def ask(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """The questions of this call, for the person."""
    try:
        questions = msgspec.convert(event.arguments["questions"], tuple[Question, ...], strict=False)
    except (KeyError, msgspec.ValidationError) as error:
        told = f"The questions cannot be read: {error}"
        return [not_done(agent.id, call.key, told)]
    return [Addressed(agent.id, QuestionAsked(tool_call=call.key, questions=questions))]


def tell(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """What the person sees at once, whichever agent says it."""
    said = UserMessaged(text=event.arguments["message"], agent=agent.origin.title)
    return [Addressed(agent.id, said), completed(agent.id, call.key, texts(SHOWN))]


def answered(state: State, agent: Agent, event: QuestionAnswered) -> list[Addressed]:
    """What follows from the answers: the result of the call that has asked, and plan mode, if that was asked about."""
    call = agent.conversation.call_of_question(event.call)
    if call is None:
        return []
    if call.traits.effect == "enter_plan":
        return plans.entered(state, agent, call, event)
    is_error = event.how in ("headless", "withdrawn")
    return [completed(agent.id, call.key, texts(told(call.arguments, event)), is_error=is_error)]


def told(arguments: dict[str, Any], event: QuestionAnswered) -> str:
    """What the model is told of the answers to its questions."""
    match event.how:
        case "headless":
            return f"{NOBODY} {event.reason}".rstrip()
        case "program" if not event.answers:
            return f"{DECLINED} {event.reason}".rstrip()
        case "declined":
            return f"{DECLINED} {event.reason}".rstrip()
        case "withdrawn":
            return WITHDRAWN
    asked = (question["question"] for question in arguments["questions"])
    pairs = zip(asked, event.answers, strict=False)
    said = ", ".join(f'"{question}"="{in_words(answer)}"' for question, answer in pairs)
    return f"User has answered your questions: {said}. You can now continue with the user's answers in mind."


def in_words(answer: Choices) -> str:
    """An answer as it is told: the labels, and the person's own words."""
    return ", ".join(part for part in (*answer.chosen, answer.words) if part)
