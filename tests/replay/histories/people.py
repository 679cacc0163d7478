"""People: who interrupt, answer, fork, resume and change the settings."""

from __future__ import annotations

from msgspec.structs import replace

from claw.events.base import Blob
from claw.events.content import TextBlock, ToolUseBlock, Usage
from claw.events.context import InstructionFile, InstructionsFound
from claw.events.control import TimerFired
from claw.events.input import CommandInvoked, InputInterrupted, InputReceived
from claw.events.model import ModelFailed, ModelFinished
from claw.events.permission import Rule, RuleSaved
from claw.events.results import texts
from claw.events.session import ConfigChanged, Limits, RecoveryReport, SessionResumed
from claw.events.tool import PathFact, ToolInterrupted, ToolResolved
from tests.pure.drive import Drive
from tests.replay.histories.parts import (
    BASH,
    READ_A,
    answered,
    command,
    failed,
    forked,
    history,
    resumed,
)
from tests.replay.lives import RUNTIME


@history
def interrupted_in_every_way() -> Drive:
    drive = Drive()
    drive.feed(InputInterrupted(how="user"))
    resume = SessionResumed(runtime=RUNTIME, recovery=RecoveryReport(clean=True), date="2026-01-02")
    drive.feed(resume)
    drive.feed(resume)
    drive.say("while instructions are read")
    drive.feed(InputInterrupted(how="user"))
    drive.feed(InstructionsFound(call=drive.open("context.instructions_requested"), files=()))
    drive.say("answered too late, with calls")
    drive.feed(InputInterrupted(how="user"))
    drive.reply("so", READ_A, BASH)
    drive.say("answered too late")
    drive.feed(InputInterrupted(how="user"))
    drive.reply("so")
    drive.say("cut off by the end of claw")
    failed(drive, "interrupted")
    drive.say("two reads, and one that waits")
    drive.reply(READ_A, READ_A, BASH)
    for call in [call for call, kind in drive.state.main.pending.calls.items() if kind == "tool.resolve_requested"]:
        drive.resolve(call)
    first, second = sorted(drive.state.main.pending.calls)
    drive.feed(InputInterrupted(how="user"))
    drive.finish(first)
    drive.feed(ToolInterrupted(call=second, reason="cancelled", content=texts("so far")))
    drive.say("a question answered too late")
    drive.reply(BASH)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(InputInterrupted(how="user"))
    answered(drive)
    drive.say("looked at too late")
    drive.reply(READ_A)
    drive.feed(InputInterrupted(how="user"))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.say("waiting to try again")
    failed(drive, "overloaded")
    drive.feed(InputInterrupted(how="user"))
    drive.feed(TimerFired(call=drive.open("timer.set"), cancelled=True))
    drive.say("the end")
    drive.reply("yes")
    return drive


@history
def stopped_in_the_middle_of_a_call() -> Drive:
    """What the model had said is kept, what it had begun to call is not."""
    drive = Drive()
    drive.say("read it")
    half = ToolUseBlock(id="t1", name="Read", arguments="{")
    drive.feed(
        ModelFailed(
            call=drive.open("model.requested"),
            failure="interrupted",
            message="",
            retryable=True,
            content=(half,),
        )
    )
    drive.say("go on")
    drive.reply("so")
    return drive


@history
def saved_always() -> Drive:
    drive = Drive()
    drive.say("run")
    drive.reply(BASH, BASH)
    drive.resolve(drive.open("tool.resolve_requested"))
    answered(drive, scope="always")
    drive.feed(InputInterrupted(how="user"))
    drive.feed(ToolInterrupted(call=drive.open("tool.started"), reason="cancelled"))
    drive.feed(RuleSaved(call=drive.open("permission.save_requested")))
    drive.say("again")
    drive.reply(BASH)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    drive.reply("done")
    forked(drive)
    drive.say("a fork asks anew")
    resumed(drive)
    drive.reply(BASH)
    drive.resolve(drive.open("tool.resolve_requested"))
    answered(drive, allowed=False)
    return drive


@history
def asked_twice_the_same() -> Drive:
    drive = Drive()
    for scope in ("once", "session", "session"):
        drive.say("run")
        drive.reply(BASH)
        drive.resolve(drive.open("tool.resolve_requested"))
        if "permission.asked" in drive.state.main.pending.calls.values():
            answered(drive, scope=scope)
        drive.finish(drive.open("tool.started"))
        drive.reply("done")
    drive.feed(CommandInvoked(name="revoke", argument="Bash(make)"))
    drive.say("run")
    drive.reply(BASH)
    drive.resolve(drive.open("tool.resolve_requested"))
    return drive


@history
def a_rule_chosen_from_those_offered() -> Drive:
    drive = Drive()
    for scope, rule in (("once", "Bash(make a:*)"), ("session", "Bash(rm:*)"), ("session", "Bash(make a:*)"), ("", "")):
        drive.say("run")
        drive.reply(("Bash", '{"command":"make a"}'))
        drive.resolve(drive.open("tool.resolve_requested"))
        if "permission.asked" in drive.state.main.pending.calls.values():
            answered(drive, scope=scope, rule=rule)
        drive.finish(drive.open("tool.started"))
        drive.reply("done")
    return drive


@history
def rules_of_home_and_search() -> Drive:
    rules = (
        Rule(effect="allow", rule="Read(~/a)", source="settings"),
        Rule(effect="deny", rule="Read(secret/**)", source="settings"),
    )
    drive = Drive(rules=rules)
    drive.say("look")
    drive.reply(READ_A, ("Grep", '{"pattern":"x"}'))
    reading, searching = (drive.open("tool.resolve_requested", nth) for nth in (0, 1))
    home = PathFact(parameter="file_path", given="~/a", canonical="/h/a", inside=False)
    here = PathFact(parameter="path", given="", canonical=".", inside=True, exists=True, directory=True)
    drive.feed(ToolResolved(call=reading, paths=(home,)))
    drive.feed(ToolResolved(call=searching, paths=(here,)))
    return drive


@history
def forked_in_every_stage() -> Drive:
    drive = Drive()
    drive.say("look")
    drive.reply(READ_A, READ_A, BASH)
    first = drive.open("tool.resolve_requested")
    drive.resolve(first)
    forked(drive)
    resumed(drive)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    forked(drive)
    resumed(drive)
    drive.resolve(drive.open("tool.resolve_requested"))
    forked(drive)
    resumed(drive)
    drive.resolve(drive.open("tool.resolve_requested"))
    answered(drive)
    drive.finish(drive.open("tool.started"))
    failed(drive, "overloaded")
    forked(drive)
    resumed(drive)
    drive.reply("over")
    drive.say("compact")
    drive.reply("done", tokens=9_000)
    drive.say("now")
    forked(drive)
    resumed(drive)
    return drive


@history
def long_instructions_and_other_settings() -> Drive:
    drive = Drive()
    resumed(drive)
    drive.feed(SessionResumed(runtime=RUNTIME, recovery=RecoveryReport(clean=True), date="2026-01-03"))
    files = (
        InstructionFile(path="A.md", scope="user", digest="d", text="be kind"),
        InstructionFile(path="B.md", scope="project", digest="e", text=Blob(digest="b", size=70_000)),
    )
    drive.feed(InstructionsFound(call=drive.open("context.instructions_requested"), files=files))
    config = drive.state.session.settings
    drive.feed(ConfigChanged(config=replace(config, model=replace(config.model, effort="high"))))
    drive.say("hello")
    drive.reply("hello")
    drive.feed(InputReceived(text=Blob(digest="c", size=70_000)))
    drive.reply("long")
    return drive


@history
def ended_twice() -> Drive:
    drive = Drive()
    drive.say("look")
    asked = drive.open("model.requested")
    drive.reply(READ_A, BASH)
    resolving = drive.open("tool.resolve_requested")
    drive.resolve(resolving)
    drive.resolve(resolving)
    reading = drive.open("tool.started")
    drive.finish(reading)
    drive.finish(reading)
    again = (TextBlock(text="again"),)
    drive.feed(ModelFinished(call=asked, content=again, stop="end_turn", usage=Usage()))
    drive.feed(ModelFailed(call=asked, failure="lost", message="again"))
    drive.resolve(drive.open("tool.resolve_requested"))
    answered(drive)
    drive.finish(drive.open("tool.started"))
    answering = drive.open("model.requested")
    drive.reply("done")
    drive.feed(ModelFinished(call=answering, content=again, stop="end_turn", usage=Usage()))
    drive.feed(ModelFailed(call=answering, failure="auth", message="again"))
    return drive


@history
def forked_while_called_off() -> Drive:
    drive = Drive()
    drive.say("look")
    drive.feed(InputInterrupted(how="user"))
    forked(drive)
    resumed(drive)
    drive.say("go on")
    drive.reply("on")
    return drive


@history
def forked_while_compacting() -> Drive:
    drive = Drive()
    drive.say("one")
    drive.reply("two")
    command(drive, "compact")
    forked(drive)
    resumed(drive)
    drive.say("three")
    drive.reply("four", tokens=9_000)
    drive.say("five")
    forked(drive)
    resumed(drive)
    drive.reply("six")
    return drive


@history
def forked_and_unlucky() -> Drive:
    drive = Drive()
    forked(drive)
    drive.say("hello")
    failed(drive, "overloaded")
    return drive


@history
def inputs_that_wait() -> Drive:
    drive = Drive(limits=Limits(nusd=10))
    for how in ("user", "signal"):
        drive.say("first")
        drive.say("second")
        drive.feed(InputInterrupted(how=how))  # type: ignore[arg-type]
        failed(drive, "interrupted")
        if "model.requested" in drive.state.main.pending.calls.values():
            drive.reply("to both")
    resumed(drive)
    drive.say("third")
    drive.say("fourth")
    failed(drive, "auth", nusd=10)
    return drive
