"""Answers that have to be given as data."""

from __future__ import annotations

from claw.decide.behaviour import CURRENT
from claw.decide.delivery import MOST_DEMANDS
from claw.events.tool import ToolResolved
from claw.events.tools import ToolsChanged
from claw.tools.structured_output import StructuredOutput
from tests.pure.drive import READ, Drive
from tests.replay.histories.hooked import heard, hook
from tests.replay.histories.parts import READ_A, history, resumed
from tests.replay.histories.tasks import AGENTS, resolved, spawn, task, with_agents

ANSWER = StructuredOutput('{"type": "object"}').spec
GIVEN = (ANSWER.name, '{"a":1}')


def owing(**settings: object) -> Drive:
    drive = Drive(**{"behaviours": CURRENT, "tools": (READ,), **settings})
    drive.feed(ToolsChanged(source="asked", tools=(ANSWER,)))
    drive.say("hello")
    return drive


@history
def an_answer_is_given_at_once_and_after_words() -> Drive:
    drive = owing()
    drive.reply(READ_A, GIVEN)
    resolved(drive)
    drive.finish(drive.open("tool.started"))
    drive.say("again")
    drive.reply("I think")
    drive.reply("it is so")
    drive.reply(GIVEN)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), error="a: wrong"))
    drive.reply(GIVEN)
    resolved(drive)
    return drive


@history
def an_answer_is_never_given() -> Drive:
    drive = owing()
    for number in range(MOST_DEMANDS + 1):
        drive.reply(f"words {number}")
    resumed(drive)
    drive.say("and now?")
    drive.reply("words")
    drive.reply(GIVEN)
    resolved(drive)
    return drive


@history
def an_input_comes_before_the_end_of_an_answered_turn() -> Drive:
    drive = owing()
    drive.reply(READ_A, GIVEN)
    drive.say("and this")
    resolved(drive)
    drive.finish(drive.open("tool.started"))
    drive.reply(GIVEN)
    resolved(drive)
    return drive


@history
def a_hook_lets_an_answered_turn_not_end() -> Drive:
    drive = owing(hooks=(hook("Stop"),))
    drive.reply(GIVEN)
    resolved(drive)
    heard(drive, verdict="deny", reason="not yet")
    drive.reply(READ_A)
    resolved(drive)
    drive.finish(drive.open("tool.started"))
    drive.reply("that is all")
    drive.reply(GIVEN)
    resolved(drive)
    heard(drive)
    return drive


@history
def an_agent_owes_its_parent_words_alone() -> Drive:
    drive = with_agents(tools=(*AGENTS, ANSWER))
    spawn(drive, task())
    drive.reply("found", agent=1)
    drive.reply(GIVEN)
    resolved(drive)
    return drive
