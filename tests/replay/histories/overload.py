"""Services that have too much to do, limits that a person lifts, and calls that are made again and again."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from claw.decide.behaviour import CURRENT
from claw.events.control import LimitAnswered, TimerFired
from claw.events.input import InputInterrupted
from claw.events.session import ConfigChanged, Limits, Model, Retry
from claw.events.shell import ShellStarted
from tests.pure.drive import Drive
from tests.replay.histories.parts import READ_A, command, failed, history
from tests.replay.histories.tasks import at_work, fails, look, spawn, task, with_agents

BIG = Model(provider="test", api="anthropic", name="big", window=10_000, max_output=1_000)
SMALL = Model(provider="other", api="openai-chat", name="small", window=8_000, max_output=500)
READ_B = ("Read", '{"file_path":"b"}')


def current(**settings: Any) -> Drive:
    return Drive(**{"behaviours": CURRENT, "model": BIG, "fallback": SMALL, **settings})


def again(drive: Drive, *failures: str) -> None:
    """Attempts that fail, each made again once its time has come."""
    for failure in failures:
        failed(drive, failure)  # type: ignore[arg-type]
        if drive.all_open("timer.set"):
            drive.feed(TimerFired(call=drive.open("timer.set")))


@history
def the_other_model_is_asked_after_three_attempts() -> Drive:
    drive = current()
    drive.say()
    again(drive, "overloaded", "server", "overloaded")
    again(drive, "overloaded", "overloaded", "overloaded")
    drive.reply("from the small one")
    drive.say()
    again(drive, "server", "server", "server", "overloaded")
    drive.reply("from the small one again")
    drive.say()
    drive.reply("from the big one")
    return drive


@history
def the_other_model_is_asked_instead_of_an_end() -> Drive:
    drive = current(retry=Retry(attempts=1))
    drive.say()
    again(drive, "overloaded")
    again(drive, "overloaded")
    drive.say()
    again(drive, "server")
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, fallback=BIG)))
    drive.say()
    again(drive, "overloaded")
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, fallback=None)))
    drive.say()
    again(drive, "overloaded")
    return drive


@history
def a_summary_by_the_other_model() -> Drive:
    drive = current()
    drive.say()
    drive.reply("yes")
    command(drive, "compact")
    again(drive, "overloaded", "overloaded", "overloaded", "overloaded")
    drive.reply("All was well.")
    drive.say()
    drive.reply("yes")
    return drive


@history
def summaries_by_a_small_model() -> Drive:
    drive = current(small=replace(SMALL, window=10_000), fallback=None)
    for _ in range(2):
        drive.say()
        drive.reply("yes")
        command(drive, "compact")
        drive.reply("All was well.")
        drive.feed(ConfigChanged(config=replace(drive.state.session.settings, small=SMALL)))
    return drive


def waiting(after: int, *, cap: int = 60_000, failure: str = "rate_limited", retryable: bool = True) -> Drive:
    """One of two agents is told to come back later; the other goes on with its work meanwhile."""
    drive = with_agents(model=BIG, retry=Retry(cap_ms=cap))
    spawn(drive, task(description="one"), task(description="two"))
    fails(drive, 1, failure, retryable=retryable, retry_after_ms=after)
    return drive


def fires(drive: Drive, agent: int) -> None:
    timer = drive.open("timer.set", agent=agent)
    drive.feed(TimerFired(call=timer), agent=agent)


@history
def all_agents_leave_a_service_alone() -> Drive:
    drive = waiting(5_000)
    look(drive, 2)
    drive.later(3_000)
    fires(drive, 2)
    drive.later(3_000)
    fires(drive, 2)
    drive.reply("two", agent=2)
    fires(drive, 1)
    fails(drive, 1, "overloaded", retryable=True, retry_after_ms=1_000)
    fires(drive, 1)
    drive.later(5_000)
    fires(drive, 1)
    drive.reply("one", agent=1)
    drive.reply("done")
    return drive


@history
def a_wait_that_is_too_long_or_not_worth_it_is_none() -> Drive:
    drive = waiting(5_000, cap=4_000)
    look(drive, 2)
    drive.reply("two", agent=2)
    drive.reply("done")
    return drive


@history
def a_wait_of_milliseconds() -> Drive:
    drive = waiting(10)
    look(drive, 2)
    drive.reply("two", agent=2)
    return drive


@history
def a_failure_that_lasts_holds_nobody() -> Drive:
    drive = waiting(5_000, retryable=False)
    look(drive, 2)
    drive.reply("two", agent=2)
    return drive


@history
def the_longer_of_two_wishes() -> Drive:
    drive = with_agents(model=BIG)
    spawn(drive, task(description="one"), task(description="two"), task(description="three"))
    fails(drive, 1, "rate_limited", retryable=True, retry_after_ms=5_000)
    fails(drive, 2, "rate_limited", retryable=True, retry_after_ms=1_000)
    look(drive, 3)
    assert at_work(drive) == [1, 2, 3]
    return drive


# --- limits ----------------------------------------------------------------------------------------------------------


def answered(drive: Drive, more: int, how: Any = "person") -> None:
    call = drive.open("limit.asked")
    drive.feed(LimitAnswered(call=call, what=drive.log[call].data.what, more=more, how=how))


def reads(drive: Drive, what: tuple[str, str] = READ_A, content: str = "ok") -> None:
    """The model reads something."""
    drive.reply(what)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"), content)


@history
def limits_that_a_person_lifts() -> Drive:
    drive = current(person=True, limits=Limits(turns=1, tokens=150, nusd=6, ms=10_000))
    drive.say()
    reads(drive)
    answered(drive, 2)
    reads(drive)
    answered(drive, 5)
    answered(drive, 200)
    drive.later(20_000)
    drive.feed(TimerFired(call=drive.open("timer.set")))
    drive.later(90_000)
    answered(drive, 30_000)
    reads(drive)
    answered(drive, 0)
    drive.say()
    return drive


@history
def a_question_that_is_called_off_and_one_that_no_longer_holds() -> Drive:
    drive = current(person=True, limits=Limits(turns=1))
    drive.say()
    reads(drive)
    drive.feed(InputInterrupted(how="user"))
    answered(drive, 0, "withdrawn")
    drive.say()
    reads(drive)
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, limits=Limits())))
    answered(drive, 0)
    drive.reply("done")
    return drive


@history
def time_that_is_over_while_something_is_asked() -> Drive:
    drive = current(person=True, limits=Limits(turns=1, ms=1_000))
    drive.say()
    reads(drive)
    drive.later(2_000)
    drive.feed(TimerFired(call=drive.open("timer.set")))
    answered(drive, 1)
    reads(drive)
    answered(drive, 0)
    return drive


@history
def money_without_a_price_is_not_asked_about() -> Drive:
    drive = current(person=True, limits=Limits(nusd=100))
    drive.say()
    drive.reply(READ_A, nusd=None)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    return drive


# --- loops -----------------------------------------------------------------------------------------------------------


@history
def the_same_call_again_and_again() -> Drive:
    drive = current(person=True)
    drive.say()
    for _ in range(5):
        reads(drive)
    answered(drive, 2)
    for _ in range(2):
        reads(drive)
    answered(drive, 0)
    return drive


@history
def a_limit_that_is_lifted_in_a_loop() -> Drive:
    drive = current(person=True, limits=Limits(turns=4))
    drive.say()
    for _ in range(4):
        reads(drive)
    answered(drive, 5)
    reads(drive)
    answered(drive, 0)
    return drive


@history
def what_is_no_loop() -> Drive:
    drive = current(person=True)
    drive.say()
    for what, content in ((READ_A, "1"), (READ_A, "1"), (READ_B, "1"), (READ_A, "1"), (READ_A, "2"), (READ_A, "2")):
        reads(drive, what, content)
    drive.reply("so be it", READ_A)
    drive.say("go on")
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"), "2")
    reads(drive, READ_A, "2")
    drive.reply("done")
    return drive


@history
def two_loops_of_two_calls() -> Drive:
    drive = current()
    drive.say()
    for what in (READ_A, READ_B):
        for _ in range(3):
            drive.reply(what, READ_A)
            for call in drive.all_open("tool.resolve_requested"):
                drive.resolve(call)
            for call in drive.all_open("tool.started"):
                drive.finish(call)
    for _ in range(2):
        reads(drive, READ_B)
    drive.reply("done")
    return drive


@history
def an_agent_in_a_loop() -> Drive:
    drive = with_agents(model=BIG)
    spawn(drive, task())
    for _ in range(5):
        look(drive, 1)
    drive.reply("so it does not go on")
    return drive


@history
def who_waits_for_something_may_look_as_often_as_it_likes() -> Drive:
    drive = with_agents(model=BIG)
    spawn(drive, task(run_in_background=True))
    for _ in range(5):
        look(drive, 0)
    drive.reply("looked", agent=1)
    drive.feed(ShellStarted(call=0, id="bash_1", command="sleep 9"))
    for _ in range(4):
        look(drive, 0)
    return drive
