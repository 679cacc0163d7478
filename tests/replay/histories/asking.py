"""What the model asks the person, and plans, where something comes in between."""

from __future__ import annotations

import json

from msgspec.structs import replace

from claw.decide.plans import YES
from claw.events.input import InputInterrupted
from claw.events.permission import Mode
from claw.events.question import Choices, PlanReviewed, QuestionAnswered
from claw.events.session import ConfigChanged
from claw.events.tool import ToolResolved
from claw.tools.person import AskUserQuestion, EnterPlanMode, ExitPlanMode
from tests.pure.drive import READ, Drive
from tests.replay.histories.parts import READ_A, command, forked, history, resumed

TOOLS = (AskUserQuestion.spec, EnterPlanMode.spec, ExitPlanMode.spec)
WHICH = {"question": "Which?", "header": "W", "options": [{"label": "A", "description": "a"}, {"label": "B"}]}
ASK = ("AskUserQuestion", json.dumps({"questions": [WHICH]}))
ENTER = ("EnterPlanMode", "{}")
PLAN = ("ExitPlanMode", '{"plan":"1. Look."}')


def begun(*calls: tuple[str, str], mode: Mode = "default", **settings: object) -> Drive:
    """A session whose model has made these calls, which have begun."""
    drive = Drive(tools=(*TOOLS, READ), mode=mode, **settings)
    drive.say("hello")
    return asked(drive, *calls)


def asked(drive: Drive, *calls: tuple[str, str]) -> Drive:
    drive.reply(*calls)
    for call in drive.all_open("tool.resolve_requested"):
        drive.feed(ToolResolved(call=call))
    return drive


def answer(drive: Drive, *chosen: str, words: str = "", how: str = "person", reason: str = "") -> None:
    answers = (Choices(chosen=chosen, words=words),) if chosen or words else ()
    call = drive.open("question.asked")
    drive.feed(QuestionAnswered(call=call, how=how, answers=answers, reason=reason))  # type: ignore[arg-type]


def review(drive: Drive, **said: object) -> None:
    fields = {"accepted": False, "how": "person", **said}
    drive.feed(PlanReviewed(call=drive.open("plan.proposed"), **fields))  # type: ignore[arg-type]


def set_mode(drive: Drive, mode: Mode) -> None:
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, mode=mode)))


@history
def asked_in_own_words() -> Drive:
    """With a label and words, with words alone, with a reason for no answer, by nobody."""
    drive = begun(ASK)
    answer(drive, "A", words="and more")
    asked(drive, ASK, ASK)
    answer(drive, words="None of them.")
    answer(drive, how="declined")
    asked(drive, ASK)
    answer(drive, how="declined", reason="Not now.")
    asked(drive, ASK)
    answer(drive, how="headless", reason="Asking failed.")
    drive.reply("done")
    return drive


@history
def answered_by_a_program() -> Drive:
    """Questions, no answer, plan mode and plans: the program in front of claw stands where the person would be."""
    drive = begun(ASK)
    answer(drive, "A", how="program")
    asked(drive, ASK)
    answer(drive, how="program", reason="Not now.")
    asked(drive, ENTER)
    answer(drive, YES, how="program")
    asked(drive, PLAN)
    review(drive, how="program", reason="Too short.")
    asked(drive, PLAN)
    review(drive, how="program", accepted=True, mode="acceptEdits")
    drive.reply("done")
    return drive


@history
def asked_what_cannot_be_read() -> Drive:
    """Arguments that passed another claw's checks."""
    drive = begun(("AskUserQuestion", '{"questions":[{"question":5}]}'))
    asked(drive, ("AskUserQuestion", "{}"))
    asked(drive, ("AskUserQuestion", json.dumps({"questions": [WHICH | {"multiSelect": "true", "header": None}]})))
    answer(drive, "A", "B")
    drive.reply("done")
    return drive


@history
def asked_and_called_off() -> Drive:
    drive = begun(ASK, PLAN, mode="plan")
    drive.feed(InputInterrupted(how="user"))
    answer(drive, how="withdrawn")
    review(drive, how="withdrawn")
    drive.say("again")
    asked(drive, PLAN)
    review(drive)
    drive.reply("done")
    return drive


@history
def asked_in_a_fork() -> Drive:
    """Both are asked again there."""
    drive = begun(ASK, PLAN, mode="plan")
    forked(drive)
    resumed(drive)
    for call in drive.all_open("tool.resolve_requested"):
        drive.feed(ToolResolved(call=call))
    answer(drive, "B")
    review(drive, accepted=True, mode="acceptEdits")
    drive.reply("done")
    return drive


@history
def plan_mode_that_cannot_be_entered() -> Drive:
    """From a mode that it is not stricter than; where the person has gone there meanwhile; with nobody's consent."""
    drive = begun(ENTER, mode="dontAsk")
    for mode in ("dontAsk", "plan"):
        set_mode(drive, "acceptEdits")
        asked(drive, ENTER)
        set_mode(drive, mode)  # type: ignore[arg-type]
        answer(drive, "Yes, plan first")
    set_mode(drive, "bypassPermissions")
    asked(drive, ENTER)
    answer(drive, "Yes, plan first", "No, go on without a plan")
    asked(drive, ENTER)
    answer(drive, how="headless", reason="Asking failed.")
    for how in ("headless", "person"):
        asked(drive, ENTER)
        answers = (Choices(chosen=("Yes, plan first",)),) if how == "headless" else ()
        drive.feed(QuestionAnswered(call=drive.open("question.asked"), how=how, answers=answers))  # type: ignore[arg-type]
    asked(drive, ENTER)
    answer(drive, words="Just do it.")
    asked(drive, ENTER)
    answer(drive, "Yes, plan first")
    drive.reply("done")
    return drive


@history
def plan_mode_with_no_tool_to_leave_it() -> Drive:
    drive = Drive(tools=(EnterPlanMode.spec,))
    drive.say("hello")
    asked(drive, ENTER)
    answer(drive, "Yes, plan first")
    drive.reply("the plan")
    return drive


@history
def a_plan_that_is_the_answer() -> Drive:
    """Unless something was said meanwhile, or other calls of the reply are not over."""
    drive = Drive(tools=(*TOOLS, READ), mode="plan")
    drive.say("hello")
    drive.reply(PLAN, READ_A)
    for call in drive.all_open("tool.resolve_requested"):
        drive.resolve(call)
    drive.finish(drive.open("tool.started", nth=1))
    review(drive, how="headless")
    drive.say("go on")
    asked(drive, PLAN)
    drive.say("and b")
    review(drive, how="headless")
    asked(drive, ENTER)
    drive.reply("well")
    drive.say("once more")
    asked(drive, PLAN)
    # Nobody's word accepts it.
    review(drive, accepted=True, how="headless", mode="bypassPermissions")
    return drive


@history
def a_plan_stays_and_the_last_one_counts() -> Drive:
    drive = begun(PLAN, mode="plan")
    review(drive, accepted=True, mode="default")
    drive.reply("done")
    set_mode(drive, "plan")
    drive.say("another")
    asked(drive, PLAN)
    review(drive, accepted=True, edited="2. Rest.", mode="acceptEdits")
    drive.reply("done")
    command(drive, "compact")
    drive.reply("summed up")
    drive.say("and now?")
    drive.reply("done")
    command(drive, "clear")
    drive.say("anew")
    drive.reply("done")
    drive.say("more")
    drive.reply("done")
    command(drive, "compact")
    drive.reply("summed up")
    drive.say("and now?")
    return drive


@history
def a_plan_that_a_program_has_looked_at() -> Drive:
    """The program in front of claw accepts it as a person would, or does not."""
    drive = begun(PLAN, mode="plan")
    review(drive, how="program", reason="Shorter.")
    asked(drive, PLAN)
    review(drive, how="program", accepted=True, mode="acceptEdits")
    drive.reply("done")
    return drive
