"""Conversations at the edge of the window: when they are compacted, what of them is kept, and what if it fails."""

from __future__ import annotations

from functools import partial

from claw.events.base import Blob
from claw.events.content import TextBlock, ThinkingBlock, Usage
from claw.events.context import InstructionsFound
from claw.events.control import TimerFired
from claw.events.input import InputInterrupted, InputReceived
from claw.events.model import ModelFinished
from claw.events.session import Model, RecoveryReport, SessionResumed
from tests.pure.drive import Drive
from tests.replay.histories.parts import (
    BASH,
    HISTORIES,
    READ_A,
    answered,
    command,
    failed,
    finished,
    history,
    resumed,
)
from tests.replay.lives import RUNTIME


def exactly(window: int, output: int, missing: int) -> Drive:
    """A conversation that is `missing` characters short of the size at which it is compacted; all parts count."""
    drive = Drive(model=Model(provider="test", api="anthropic", name="m", window=window, max_output=output))
    limit = min(window * 80 // 100, max(1, window - output))
    drive.say("hi")
    drive.reply(READ_A, tokens=limit - 2_010)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.say("q" * (4_000 - missing))
    drive.finish(drive.open("tool.started"), "r" * 4_000)
    drive.reply("summed up" if missing == 0 else "answer")
    return drive


for number, (_window, _output, _missing) in enumerate(
    [(10_000, 1_000, 0), (10_000, 1_000, 1), (10_000, 5_000, 0), (10_000, 5_000, 1)]
):
    HISTORIES[f"window_{number}"] = partial(exactly, _window, _output, _missing)


@history
def a_window_that_has_no_room() -> Drive:
    drive = Drive(model=Model(provider="test", api="anthropic", name="m", window=1_000, max_output=1_000))
    drive.say("hi")
    finished(drive, "hello", usage=Usage())
    drive.say("abcd")
    return drive


def conversation(*sizes: int, last: int = 7_990) -> Drive:
    """Entries of these sizes, of user and model in turn; then an input that makes the compaction due."""
    drive = Drive()
    for position in range(0, len(sizes), 2):
        drive.say("u" * sizes[position])
        end = position + 2 >= len(sizes)
        drive.reply("a" * sizes[position + 1], tokens=last if end else 100)
    drive.say("now")
    drive.reply("the summary")
    drive.reply("the answer")
    return drive


HISTORIES["kept_by_share"] = lambda: conversation(5_000, 200, 100, 300, 1_700, 2_000)
HISTORIES["kept_by_half"] = lambda: conversation(900, 100, 500, 200, 100, 200)
HISTORIES["kept_but_the_first"] = lambda: conversation(2_000, 100, 100, 100)
HISTORIES["kept_none"] = lambda: conversation(100, 5_000)


@history
def too_long_before_any_reply() -> Drive:
    drive = Drive()
    drive.say("stopped at once")
    failed(drive, "interrupted")
    drive.say("too long")
    failed(drive, "context_overflow")
    drive.reply("the summary")
    drive.reply("the answer")
    return drive


@history
def no_summary_while_an_input_waits() -> Drive:
    drive = Drive()
    drive.say("one")
    drive.reply("two")
    drive.say("too long")
    failed(drive, "context_overflow")
    drive.say("and this")
    drive.reply()
    drive.reply("an answer, and no summary")
    return drive


@history
def compacted_on_command() -> Drive:
    drive = Drive()
    drive.say("one")
    drive.reply("two")
    command(drive, "compact")
    drive.reply("summary")
    command(drive, "compact")
    drive.say("three")
    drive.reply("four")
    command(drive, "compact")
    drive.say("meanwhile")
    drive.reply("again")
    drive.reply("five")
    return drive


@history
def cleared() -> Drive:
    drive = Drive()
    drive.say("one")
    drive.reply("two")
    command(drive, "compact")
    drive.reply("s" * 40_000)
    command(drive, "clear")
    command(drive, "compact")
    drive.say("three")
    drive.reply("four", tokens=9_000)
    drive.say("five")
    return drive


@history
def a_summary_that_is_too_long_itself() -> Drive:
    drive = Drive()
    drive.say("hi")
    drive.reply("x" * 300)
    drive.say("and")
    drive.reply("y" * 100, tokens=7_990)
    drive.say("go on")
    drive.reply("s" * 40_000)
    drive.reply(READ_A, tokens=9_000)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    drive.reply("short")
    return drive


@history
def one_input_that_is_too_long() -> Drive:
    drive = Drive()
    drive.say("x" * 40_000)
    failed(drive, "overloaded")
    drive.feed(TimerFired(call=drive.open("timer.set")))
    failed(drive, "context_overflow")
    return drive


def overflowing(plain: int, with_tools: int) -> Drive:
    """Turns without and with calls; then the window overflows until nothing is left to leave out."""
    drive = Drive()
    for turn in range(plain):
        drive.say(f"plain {turn}")
        drive.reply("answer")
    for turn in range(with_tools):
        drive.say(f"turn {turn}" * 5)
        drive.reply(READ_A, BASH)
        drive.resolve(drive.open("tool.resolve_requested"))
        drive.finish(drive.open("tool.started"))
        drive.resolve(drive.open("tool.resolve_requested"))
        answered(drive)
        drive.finish(drive.open("tool.started"))
        drive.reply("done")
    drive.say("more")
    while "model.requested" in drive.state.main.pending.calls.values():
        failed(drive, "context_overflow")
    return drive


for _plain, _with_tools in ((0, 1), (0, 3), (1, 2), (2, 2), (2, 3), (0, 5), (3, 5)):
    HISTORIES[f"overflow_{_plain}_{_with_tools}"] = partial(overflowing, _plain, _with_tools)


@history
def overflow_right_after_a_compaction() -> Drive:
    drive = Drive()
    drive.say("one")
    drive.reply("two")
    drive.say("three")
    failed(drive, "context_overflow")
    drive.reply("summary")
    failed(drive, "context_overflow")
    drive.say("four")
    drive.reply("five")
    return drive


@history
def compactions_that_fail() -> Drive:
    drive = Drive()
    drive.say("one")
    drive.reply("two")
    for said in (" \n", "", "good"):
        command(drive, "compact")
        call = drive.open("model.requested")
        blocks = (ThinkingBlock(text="hm", api="anthropic"), TextBlock(text=Blob(digest="00", size=70_000)))
        drive.feed(ModelFinished(call=call, content=(*blocks, TextBlock(text=said)), stop="end_turn", usage=Usage()))
    command(drive, "compact")
    drive.say("x")
    drive.reply("y")
    command(drive, "compact")
    drive.feed(InputInterrupted(how="user"))
    drive.reply("too late")
    return drive


@history
def compaction_tried_again() -> Drive:
    drive = Drive()
    drive.say("one")
    drive.reply("two")
    command(drive, "compact")
    failed(drive, "overloaded")
    drive.feed(TimerFired(call=drive.open("timer.set")))
    failed(drive, "lost")
    resumed(drive)
    drive.reply("summary")
    return drive


@history
def commands_at_the_wrong_time() -> Drive:
    drive = Drive()
    drive.say("one")
    drive.reply("two")
    drive.say("three")
    command(drive, "compact")
    drive.reply("four")
    drive.feed(SessionResumed(runtime=RUNTIME, recovery=RecoveryReport(clean=True), date="2026-01-02"))
    command(drive, "compact")
    drive.feed(InstructionsFound(call=drive.open("context.instructions_requested"), files=()))
    return drive


@history
def long_first_words() -> Drive:
    drive = Drive()
    drive.feed(InputReceived(text=Blob(digest="c", size=70_000)))
    drive.reply("read")
    command(drive, "compact")
    drive.reply("summary")
    drive.say("and now")
    drive.reply("done")
    return drive
