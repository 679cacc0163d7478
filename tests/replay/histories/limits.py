"""Attempts, turns and money, spent to the last."""

from __future__ import annotations

from msgspec.structs import replace

from claw.events.content import Usage
from claw.events.control import TimerFired
from claw.events.model import ModelFailed
from claw.events.results import texts
from claw.events.session import ConfigChanged, Limits, Model, Retry
from claw.events.tool import Charge, ToolFinished
from tests.pure.drive import Drive
from tests.replay.histories.parts import (
    HISTORIES,
    READ_A,
    failed,
    finished,
    history,
    resumed,
)


@history
def retries_to_the_last() -> Drive:
    drive = Drive()
    drive.say("hello")
    for after in (None, 60_000, 1, None, None, None, None, None):
        failed(drive, "overloaded", after=after)
        if "timer.set" in drive.state.main.pending.calls.values():
            drive.feed(TimerFired(call=drive.open("timer.set")))
    drive.say("again")
    failed(drive, "overloaded", after=60_001)
    return drive


@history
def a_call_that_costs_money_and_one_whose_price_nobody_knows() -> Drive:
    drive = Drive(limits=Limits(nusd=100))
    drive.say("hello")
    for nusd in (10, 20, None):
        drive.reply(READ_A)
        drive.resolve(drive.open("tool.resolve_requested"))
        charge = Charge(provider="test", model="m", usage=Usage(input=1), nusd=nusd)
        drive.feed(ToolFinished(call=drive.open("tool.started"), content=texts("ok"), charge=charge))
    return drive


@history
def a_reply_of_nothing() -> Drive:
    drive = Drive()
    drive.say("hello")
    drive.reply()
    drive.say("again")
    drive.reply("hi")
    return drive


@history
def a_short_patience() -> Drive:
    drive = Drive(retry=Retry(attempts=2, base_ms=10, cap_ms=15))
    drive.say("hello")
    for _ in range(2):
        failed(drive, "server")
        if "timer.set" in drive.state.main.pending.calls.values():
            drive.feed(TimerFired(call=drive.open("timer.set")))
    return drive


def refused(drive: Drive, part: str) -> None:
    call = drive.open("model.requested")
    drive.feed(ModelFailed(call=call, failure="invalid_request", message="no", refused=part, nusd=0))


@history
def a_server_without_the_api() -> Drive:
    one, other = (Model(provider="openai", api="openai-responses", name=name, base_url="http://s") for name in "ab")
    drive = Drive(model=one, retry=Retry(attempts=1))
    drive.say("hello")
    refused(drive, "api")
    refused(drive, "tool_choice")
    finished(drive, "fine", usage=Usage(input=5))
    for model in (other, one):
        drive.feed(ConfigChanged(config=replace(drive.state.session.settings, model=model)))
        drive.say("and now?")
        if model is other:
            refused(drive, "api")
        finished(drive, "fine", usage=Usage(input=5))
    drive.say("once more")
    refused(drive, "api")
    return drive


@history
def parts_that_a_server_refuses() -> Drive:
    drive = Drive(retry=Retry(attempts=1))
    drive.say("hello")
    refused(drive, "stream_options")
    refused(drive, "tool_choice")
    finished(drive, "fine", usage=Usage(input=5))
    drive.say("and now?")
    refused(drive, "tool_choice")
    drive.say("another model")
    for model in (
        Model(provider="other", api="anthropic", name="m"),
        Model(provider="other", api="openai-chat", name="m"),
        Model(provider="other", api="openai-chat", name="n"),
        Model(provider="other", api="openai-chat", name="n", base_url="http://127.0.0.1"),
    ):
        refused(drive, "stream")
        finished(drive, "fine", usage=Usage(input=5))
        config = drive.state.session.settings
        drive.feed(ConfigChanged(config=replace(config, model=model)))
        drive.say("hello")
    return drive


@history
def a_server_that_refuses_everything() -> Drive:
    drive = Drive(retry=Retry(attempts=1))
    drive.say("hello")
    for number in range(20):
        if "model.requested" in drive.state.main.pending.calls.values():
            refused(drive, f"part_{number}")
    return drive


def spending(*, nusd: int | None, retry: bool = False) -> Drive:
    drive = Drive(limits=Limits(nusd=10))
    drive.say("spend")
    for _ in range(3):
        if "model.requested" not in drive.state.main.pending.calls.values():
            break
        if retry:
            failed(drive, "overloaded", nusd=nusd)
            drive.feed(TimerFired(call=drive.open("timer.set")))
        if "model.requested" not in drive.state.main.pending.calls.values():
            break
        finished(drive, READ_A, usage=Usage(input=5), nusd=nusd)
        drive.resolve(drive.open("tool.resolve_requested"))
        drive.finish(drive.open("tool.started"))
    resumed(drive)
    drive.say("and on")
    finished(drive, "fine", usage=Usage(), nusd=None)
    drive.say("more")
    return drive


HISTORIES["money"] = lambda: spending(nusd=5)
HISTORIES["money_that_is_nearly_spent"] = lambda: spending(nusd=9)
HISTORIES["money_for_failures"] = lambda: spending(nusd=4, retry=True)
HISTORIES["money_unknown"] = lambda: spending(nusd=None)


@history
def turns_with_retries_and_losses() -> Drive:
    drive = Drive(limits=Limits(turns=1))
    drive.say("count")
    failed(drive, "overloaded")
    drive.feed(TimerFired(call=drive.open("timer.set")))
    failed(drive, "lost")
    resumed(drive)
    failed(drive, "lost")
    resumed(drive)
    drive.reply(READ_A)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    drive.say("next")
    drive.reply(READ_A)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    return drive


@history
def a_compaction_lost_is_no_turn() -> Drive:
    drive = Drive(limits=Limits(turns=2))
    drive.say("one")
    drive.reply("x" * 100)
    drive.say("two")
    drive.reply(READ_A, tokens=9_000)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    failed(drive, "lost")
    resumed(drive)
    failed(drive, "lost")
    resumed(drive)
    drive.reply("summary")
    drive.reply(READ_A)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    return drive


@history
def lost_twice_is_one_turn() -> Drive:
    drive = Drive(limits=Limits(turns=2))
    drive.say("count")
    for _ in range(2):
        failed(drive, "lost")
        resumed(drive)
    for _ in range(3):
        if "model.requested" in drive.state.main.pending.calls.values():
            drive.reply(READ_A)
            drive.resolve(drive.open("tool.resolve_requested"))
            drive.finish(drive.open("tool.started"))
    return drive


@history
def one_token_without_a_price() -> Drive:
    drive = Drive(limits=Limits(nusd=10))
    drive.say("spend")
    finished(drive, READ_A, usage=Usage(input=1))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    return drive


@history
def no_backoff_at_all() -> Drive:
    drive = Drive(retry=Retry(attempts=3, base_ms=0))
    drive.say("hello")
    failed(drive, "server")
    return drive
