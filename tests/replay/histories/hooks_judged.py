"""Hooks that a model answers, hooks about files that change, and those about a person who is silent."""

from __future__ import annotations

from typing import Any, get_args

from msgspec.structs import replace

from claw.decide.behaviour import CURRENT
from claw.events.content import Usage
from claw.events.control import TimerFired
from claw.events.environment import FileChange, FilesChanged
from claw.events.hook import Hook, HookName
from claw.events.input import CommandInvoked, InputInterrupted
from claw.events.model import Failure, ModelFailed
from claw.events.tool import Charge, PathFact, ToolResolved
from tests.pure.drive import Drive
from tests.replay.histories.hooked import EDIT, calling, go_on, heard, hook, hooks_run
from tests.replay.histories.overload import SMALL, failed
from tests.replay.histories.parts import READ_A, history

USED = Charge(provider="p", model="small", usage=Usage(input=900_000, output=9), nusd=5)


def prompt(event: HookName, matcher: str = "") -> Hook:
    return replace(hook(event, "Is it fine? $ARGUMENTS", matcher), type="prompt")


@history
def a_model_that_says_no_to_a_call() -> Drive:
    drive = calling(prompt("PreToolUse"), hook("PreToolUse", "b"), small=SMALL)
    heard(drive, charge=USED, verdict="deny", reason="not so")
    heard(drive)
    return go_on(drive)


@history
def a_model_that_says_yes_once_and_hangs_once() -> Drive:
    drive = calling(prompt("PreToolUse"), prompt("Stop"))
    heard(drive, charge=USED)
    drive.finish(drive.open("tool.started"))
    drive.reply(READ_A)
    drive.resolve(drive.open("tool.resolve_requested"))
    heard(drive, outcome="timeout", charge=USED)
    drive.feed(InputInterrupted(how="user"))
    return drive


@history
def a_model_that_wants_the_turn_to_go_on_until_its_tokens_are_used_up() -> Drive:
    drive = calling(prompt("Stop"))
    drive.finish(drive.open("tool.started"))
    drive.reply("done")
    heard(drive, charge=USED, verdict="deny", reason="go on")
    return go_on(drive)


CHANGED = FileChange(path="/w/a", how="change")


@history
def files_that_calls_and_others_change() -> Drive:
    fact = PathFact(parameter="file_path", given="a", canonical="a", inside=True, exists=True)
    hooks = (hook("FileChanged", "a", "a|.env"), hook("FileChanged", "b"), hook("FileChanged", "c", ".*"))
    drive = Drive(hooks=(*hooks, hook("PostToolUse", "d")), mode="acceptEdits")
    drive.say("hello")
    look(drive)
    drive.reply(EDIT)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=(fact,)))
    go_on(drive)
    drive.say("more")
    look(drive, CHANGED, FileChange(path="/w/.env", how="unlink"))
    go_on(drive)
    drive.say("and more")
    look(drive)
    return go_on(drive)


@history
def files_that_a_hook_for_all_is_told_of() -> Drive:
    """By `*`, beside one of a name: all files are looked at."""
    drive = Drive(hooks=(hook("FileChanged", "a", "*"), hook("FileChanged", "b", ".env")))
    drive.say("hello")
    look(drive, CHANGED)
    return go_on(drive)


def look(drive: Drive, *changes: FileChange) -> None:
    drive.feed(FilesChanged(call=drive.open("files.look_requested"), changes=changes))


@history
def a_turn_that_fails_and_is_told() -> Drive:
    hooks = (hook("StopFailure", "a", "overloaded|invalid_request"), hook("StopFailure", "b", "unknown"))
    drive = Drive(hooks=hooks, behaviours=CURRENT)
    drive.say("hello")
    failed(drive, "invalid_request")
    heard(drive)
    drive.say("more")
    return go_on(drive)


@history
def every_failure_is_told_by_its_name() -> Drive:
    drive = Drive(hooks=(hook("StopFailure", "a"),), behaviours=CURRENT)
    for failure in get_args(Failure):
        if failure in ("context_overflow", "interrupted"):
            continue
        drive.say("hello")
        call = drive.open("model.requested")
        drive.feed(ModelFailed(call=call, failure=failure, message=failure, retryable=False))
        if drive.all_open("hook.requested"):
            heard(drive)
    return drive


@history
def a_conversation_that_cannot_be_made_shorter_is_told() -> Drive:
    drive = Drive(hooks=(hook("StopFailure", "a"),), behaviours=CURRENT)
    drive.say("hello")
    failed(drive, "context_overflow")
    if drive.all_open("hook.requested"):
        heard(drive)
    return drive


def silent(**settings: Any) -> Drive:
    hooks = (hook("Notification", "a", "idle_prompt"), hook("Notification", "b", "other"))
    drive = Drive(hooks=hooks, idle_ms=60_000, behaviours=CURRENT, **settings)
    drive.say("hello")
    drive.reply("done")
    timer = drive.open("timer.set")
    drive.say("hello")
    drive.feed(TimerFired(call=timer, cancelled=True))
    drive.reply("done")
    return drive


@history
def a_person_who_is_silent() -> Drive:
    drive = silent()
    drive.feed(TimerFired(call=drive.open("timer.set")))
    heard(drive)
    drive.say("more")
    drive.reply("done")
    drive.feed(CommandInvoked(name="clear"))
    return drive


@history
def a_person_who_leaves_before_that() -> Drive:
    drive = silent()
    drive.feed(InputInterrupted(how="quit"))
    return drive


@history
def a_timer_that_is_over_as_the_next_turn_begins() -> Drive:
    drive = silent()
    timer = drive.open("timer.set")
    drive.say("more")
    drive.feed(TimerFired(call=timer))
    assert not hooks_run(drive)
    drive.reply("done")
    return drive
