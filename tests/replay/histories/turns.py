"""A turn that waits for one thing while another happens: inputs that hooks keep back, forks and compactions."""

from __future__ import annotations

from claw.decide.behaviour import CURRENT
from claw.events.control import TimerFired
from claw.events.input import InputInterrupted
from claw.events.results import texts
from claw.events.session import Limits
from claw.events.tool import ToolInterrupted
from tests.pure.drive import Drive
from tests.replay.histories.hooked import go_on, heard, hook
from tests.replay.histories.parts import HISTORIES, READ_A, command, failed, forked, history, resumed


def typed_and_refused(drive: Drive, *, allowed: int = 0) -> None:
    """The model's call fails, inputs are typed before it is made again, and a hook lets all but the last pass."""
    failed(drive, "overloaded")
    for number in range(allowed + 1):
        drive.say(f"typed {number}")
    drive.feed(TimerFired(call=drive.open("timer.set")))
    for _ in range(allowed):
        heard(drive)
    heard(drive, verdict="deny", reason="no")


def read(drive: Drive, tokens: int = 100) -> None:
    drive.reply(READ_A, tokens=tokens)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))


def begun(*hooks: str, **settings: object) -> Drive:
    drive = Drive(hooks=(hook("UserPromptSubmit"), *(hook(name) for name in hooks)), **settings)  # type: ignore[arg-type]
    drive.say("hello")
    heard(drive)
    return drive


@history
def an_input_refused_between_two_attempts() -> Drive:
    drive = begun()
    typed_and_refused(drive)
    return go_on(drive)


@history
def an_input_refused_between_two_attempts_at_a_summary() -> Drive:
    drive = begun()
    read(drive, tokens=9_000)
    typed_and_refused(drive)
    return go_on(drive)


@history
def an_input_refused_while_hooks_are_asked_about_a_summary() -> Drive:
    drive = begun("PreCompact")
    read(drive, tokens=9_000)
    drive.say("typed")
    heard(drive)
    heard(drive, verdict="deny", reason="no")
    return go_on(drive)


def paused(*said: bool) -> Drive:
    """The model has paused, and an input is refused before the summary comes; Stop hooks say this."""
    drive = begun("Stop")
    drive.reply("hm", stop="pause_turn", tokens=9_000)
    typed_and_refused(drive)
    for denies in said:
        heard(drive, verdict="deny" if denies else None)
    return go_on(drive)


HISTORIES["a_stop_in_a_compaction"] = lambda: paused(False)
HISTORIES["a_stop_in_a_compaction_that_hooks_refuse"] = lambda: paused(True)


@history
def an_input_refused_while_a_summary_is_asked_for_by_a_person() -> Drive:
    drive = begun()
    drive.reply("hi")
    command(drive, "compact")
    typed_and_refused(drive)
    return go_on(drive)


def half_refused(*, fork: bool) -> Drive:
    """Of two inputs that were typed after `/compact` one is refused; a fork may follow."""
    drive = begun()
    drive.reply("hi")
    command(drive, "compact")
    typed_and_refused(drive, allowed=1)
    if fork:
        forked(drive)
        resumed(drive)
    return go_on(drive)


HISTORIES["half_of_what_was_typed_after_compact_is_refused"] = lambda: half_refused(fork=False)
HISTORIES["half_of_what_was_typed_after_compact_is_refused_before_a_fork"] = lambda: half_refused(fork=True)


def forked_after(fails: bool) -> Drive:
    """The model was asked, the session is forked, and an input is refused before it is asked again."""
    drive = begun()
    if fails:
        failed(drive, "overloaded")
    forked(drive)
    drive.say("typed")
    resumed(drive)
    heard(drive, verdict="deny", reason="no")
    return go_on(drive)


HISTORIES["an_input_refused_in_a_fork_of_a_request"] = lambda: forked_after(fails=False)
HISTORIES["an_input_refused_in_a_fork_of_an_attempt_in_vain"] = lambda: forked_after(fails=True)


@history
def an_interrupted_call_that_had_given_two_texts() -> Drive:
    drive = begun()
    drive.reply(READ_A)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(InputInterrupted(how="user"))
    given = (*texts("one"), *texts("two"))
    drive.feed(ToolInterrupted(call=drive.open("tool.started"), reason="cancelled", content=given))
    drive.say("go on")
    return go_on(drive)


@history
def a_fork_at_the_limit_while_hooks_are_asked_about_a_summary() -> Drive:
    drive = begun("PreCompact", limits=Limits(turns=2))
    drive.reply("hi", tokens=100)
    drive.say("more")
    heard(drive)
    read(drive)
    failed(drive, "context_overflow")
    forked(drive)
    resumed(drive)
    return go_on(drive)


@history
def a_turn_that_hooks_never_let_end_and_a_message() -> Drive:
    drive = Drive(hooks=(hook("Stop"),), behaviours=CURRENT)
    drive.say("hello")
    for _ in range(9):
        drive.reply("done")
        heard(drive, verdict="deny", reason="no")
    return go_on(drive)
