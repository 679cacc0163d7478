"""Plan mode: how it begins, the plan that the person is shown, and what follows from their word on it.

It begins with the person's consent and only where it is stricter than the mode before it, and it ends with the person's
word alone: no text of a model, a tool or a file does either.
"""

from __future__ import annotations

from claw.decide.addressed import Addressed, completed, not_done
from claw.events.permission import ModeChanged, is_stricter
from claw.events.question import (
    Option,
    PlanAccepted,
    PlanProposed,
    PlanReviewed,
    Question,
    QuestionAnswered,
    QuestionAsked,
)
from claw.events.results import texts
from claw.events.tool import ToolStarted
from claw.projections.state import Agent, State
from claw.projections.turn import RunningCalls, ToolCall

YES = "Yes, plan first"
NO = "No, go on without a plan"
ENTER = Question(
    question="claw wants to make a plan before it changes anything. Go into plan mode?",
    header="Plan mode",
    options=(
        Option(label=YES, description="Nothing is changed until you have accepted a plan"),
        Option(label=NO),
    ),
)

BY_SOMEBODY = ("person", "program")
"""Who can accept a plan, or that there is to be one: the program stands where the person would be."""

ALREADY = "Plan mode is on already."
ENTERED = (
    "You are in plan mode now. Only tools that change nothing will run. Find out what is needed, then propose your "
    "plan with {tool}; the user accepts it, changes it or refuses it."
)
NOT_STRICTER = "The mode {mode} cannot be left for plan mode by you. Go on without it."
NOBODY_AGREES = "Nobody is there to accept a plan: this session runs without a person. Go on without plan mode."
REFUSED = "The user does not want a plan first. Go on without plan mode."

NOT_PLANNING = (
    "You are not in plan mode, so there is nothing to leave. If your plan was accepted already, go on and carry it out."
)
ACCEPTED = "User has approved your plan. Plan mode is off: you can now start to carry it out, in mode {mode}."
EDITED = (
    "User has edited your plan and approved it so. Plan mode is off: carry out the plan below, which replaces yours, "
    "in mode {mode}."
)
NOBODY_REVIEWS = "Nobody is there to accept the plan, so plan mode stays on, and the plan is your answer."
KEPT = "The user does not accept this plan. Plan mode stays on: change the plan, and propose it again."
WITHDRAWN = "Interrupted by the user before they had said anything about the plan. Plan mode stays on."


def enter(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """The question whether to plan first, or why it is not asked."""
    told = _no_need(state, agent)
    if told:
        return [completed(agent.id, call.key, texts(told), is_error=told is not ALREADY)]
    return [Addressed(agent.id, QuestionAsked(tool_call=call.key, questions=(ENTER,)))]


def _no_need(state: State, agent: Agent) -> str:
    """Why plan mode does not begin, for the model; empty: it may, if the person agrees."""
    mode = state.mode_of(agent)
    if mode == "plan":
        return ALREADY
    return "" if is_stricter("plan", mode) else NOT_STRICTER.format(mode=mode)


def entered(state: State, agent: Agent, call: ToolCall, event: QuestionAnswered) -> list[Addressed]:
    """Plan mode, if the person has agreed to it and it is still stricter."""
    said = event.answers[0] if event.how in BY_SOMEBODY and event.answers else None
    if said is None or said.chosen != (YES,):
        nobody = event.how == "headless"
        words = said.words if said else event.reason
        told = NOBODY_AGREES if nobody else f"{REFUSED} {words}".rstrip()
        return [not_done(agent.id, call.key, told)]
    told = _no_need(state, agent)
    if told:
        return [completed(agent.id, call.key, texts(told), is_error=told is not ALREADY)]
    names = [tool.name for tool in state.tools_of(agent) if tool.traits.effect == "propose_plan"]
    told = ENTERED.format(tool=names[0] if names else "your answer")
    return [Addressed(agent.id, ModeChanged(mode="plan")), completed(agent.id, call.key, texts(told))]


def propose(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """The plan, for the person to accept."""
    if state.mode_of(agent) != "plan":
        return [not_done(agent.id, call.key, NOT_PLANNING)]
    return [Addressed(agent.id, PlanProposed(tool_call=call.key, plan=event.arguments["plan"]))]


def reviewed(state: State, agent: Agent, event: PlanReviewed) -> list[Addressed]:
    """What follows from the person's word: another mode and the plan to carry out, or one more plan."""
    call = agent.conversation.call_of_question(event.call)
    if call is None:
        return []
    if not (event.accepted and event.how in BY_SOMEBODY):
        told = {"headless": NOBODY_REVIEWS, "withdrawn": WITHDRAWN}.get(event.how, KEPT)
        told = f"{told} {event.reason}".rstrip()
        return [completed(agent.id, call.key, texts(told), is_error=event.how != "headless")]
    plan = call.arguments["plan"] if event.edited is None else event.edited
    told = (ACCEPTED if event.edited is None else EDITED).format(mode=event.mode)
    return [
        Addressed(agent.id, PlanAccepted(plan=plan)),
        Addressed(agent.id, ModeChanged(mode=event.mode)),
        completed(agent.id, call.key, texts(f"{told}\n\n## Approved plan\n\n{plan}")),
    ]


def is_answer(agent: Agent) -> bool:
    """Whether the plan is all that the model has to say in this turn, because nobody was there to accept it."""
    return isinstance(agent.turn, RunningCalls) and agent.conversation.plan_is_answer
