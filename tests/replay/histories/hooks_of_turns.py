"""Hooks that are asked about inputs, turns, summaries and sessions, and say whatever they may."""

from __future__ import annotations

from typing import Any

from claw.events.context import InstructionsFound
from claw.events.hook import HookFinished, HookName
from claw.events.input import InputInterrupted
from claw.events.permission import Mode
from claw.events.session import ConfigChanged
from tests.pure.drive import Drive
from tests.replay.histories.hooked import EDIT, SAID, calling, go_on, heard, hook, hooks_run
from tests.replay.histories.parts import HISTORIES, READ_A, command, forked, history, resumed


def inputs(*said: dict[str, Any], tool: bool = False) -> Drive:
    """One input while the model answers, with two hooks, and one after it."""
    drive = Drive(hooks=(hook("UserPromptSubmit", "a"), hook("UserPromptSubmit", "b")))
    drive.say("one")
    heard(drive, context="with it")
    heard(drive)
    drive.say("two")
    drive.reply(READ_A) if tool else drive.reply("hm")
    if tool:
        drive.resolve(drive.open("tool.resolve_requested"))
        drive.finish(drive.open("tool.started"))
    for what in said:
        if hooks_run(drive):
            heard(drive, **what)
    drive.say("three")
    while hooks_run(drive):
        heard(drive, **said[0])
    drive.say("four")
    while hooks_run(drive):
        heard(drive)
    return go_on(drive)


for _name, _said in SAID.items():
    HISTORIES[f"input_{_name}"] = lambda said=_said: inputs(said, {})  # type: ignore[misc]
    HISTORIES[f"input_after_{_name}"] = lambda said=_said: inputs({}, said, tool=True)  # type: ignore[misc]


@history
def first_words_that_are_refused() -> Drive:
    drive = Drive(hooks=(hook("UserPromptSubmit"), hook("SessionStart")))
    heard(drive, context="of the session")
    drive.say("secret")
    heard(drive, verdict="deny", reason="no")
    drive.say("hello")
    drive.say("world")
    heard(drive)
    heard(drive)
    drive.reply("hi")
    command(drive, "compact")
    drive.reply("a summary")
    heard(drive, context="after the summary")
    drive.say("more")
    heard(drive)
    drive.reply("hi")
    command(drive, "clear")
    heard(drive, context="from anew")
    drive.say("hello")
    heard(drive)
    return go_on(drive)


@history
def two_inputs_refused_and_a_fork_between() -> Drive:
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    drive.say("one")
    drive.say("two")
    heard(drive, verdict="deny", reason="no")
    forked(drive)
    resumed(drive)
    while hooks_run(drive):
        heard(drive, verdict="deny", reason="again")
    drive.say("three")
    drive.feed(InputInterrupted(how="user"))
    heard(drive, outcome="cancelled")
    drive.say("four")
    heard(drive)
    forked(drive)
    resumed(drive)
    return go_on(drive)


def stopping(*said: dict[str, Any]) -> Drive:
    drive = Drive(hooks=(hook("Stop", "a"), hook("Stop", "b")))
    drive.say("hello")
    drive.reply("done")
    for what in said:
        if "model.requested" in drive.state.main.pending.calls.values():
            drive.reply("done")
        if hooks_run(drive):
            heard(drive, **what)
    drive.say("more")
    return go_on(drive)


for _name, _said in SAID.items():
    HISTORIES[f"stop_{_name}"] = lambda said=_said: stopping(said, {}, {})  # type: ignore[misc]


@history
def a_turn_that_hooks_never_let_end() -> Drive:
    drive = Drive(hooks=(hook("Stop"),))
    drive.say("hello")
    for _ in range(9):
        drive.reply("done")
        heard(drive, verdict="deny", reason="never")
    drive.say("more")
    return go_on(drive)


@history
def what_comes_while_a_turn_is_about_to_end() -> Drive:
    drive = Drive(hooks=(hook("Stop"), hook("UserPromptSubmit", matcher="nothing")))
    drive.say("one")
    heard(drive)
    drive.reply("cut", stop="max_tokens")
    drive.say("two")
    heard(drive)
    drive.reply("done")
    drive.say("three")
    heard(drive, verdict="deny", reason="not yet")
    heard(drive)
    drive.reply("done")
    drive.say("four")
    heard(drive)
    heard(drive, verdict="deny", reason="no")
    drive.say("five")
    heard(drive)
    drive.reply("done")
    forked(drive)
    resumed(drive)
    heard(drive, verdict="deny")
    drive.reply("done")
    drive.feed(InputInterrupted(how="user"))
    heard(drive, outcome="cancelled")
    return drive


@history
def an_input_at_the_end_that_no_hook_made_go_on() -> Drive:
    drive = Drive(hooks=(hook("Stop"),))
    drive.say("one")
    drive.reply("done")
    drive.say("two")
    heard(drive)
    drive.reply("done")
    heard(drive, verdict="deny", reason="go on")
    drive.reply("done")
    forked(drive)
    resumed(drive)
    return go_on(drive)


def refused_after(drive: Drive) -> Drive:
    """A fork takes over what was called off; then an input is refused."""
    forked(drive)
    resumed(drive)
    while hooks_run(drive):
        heard(drive)
    drive.say("refused")
    heard(drive, verdict="deny", reason="no")
    drive.say("sent")
    return go_on(drive)


def called_off(event: HookName, how: str) -> Drive:
    """A turn called off while two such hooks run."""
    drive = Drive(hooks=(hook(event, "a"), hook(event, "b"), hook("UserPromptSubmit")))
    drive.say("hello")
    heard(drive)
    if event == "PostToolUse":
        drive.reply(READ_A)
        drive.resolve(drive.open("tool.resolve_requested"))
        drive.finish(drive.open("tool.started"))
    else:
        drive.reply("done")
    if event == "PreCompact":
        command(drive, "compact")
    heard(drive, halt="enough") if how == "halt" else drive.feed(InputInterrupted(how="user"))
    return refused_after(drive)


for _event in ("Stop", "PostToolUse", "PreCompact"):
    for _how in ("halt", "interrupt"):
        HISTORIES[f"called_off_{_event}_{_how}"] = lambda event=_event, how=_how: called_off(event, how)  # type: ignore[misc]


def compaction_called_off(how: str) -> Drive:
    drive = Drive(hooks=(hook("PreCompact", "a"), hook("PreCompact", "b")))
    drive.say("hello")
    drive.reply("hi")
    command(drive, "compact")
    heard(drive, halt="enough") if how == "halt" else drive.feed(InputInterrupted(how="user"))
    forked(drive)
    resumed(drive)
    drive.say("more")
    return go_on(drive)


for _how in ("halt", "interrupt"):
    HISTORIES[f"compaction_called_off_{_how}"] = lambda how=_how: compaction_called_off(how)  # type: ignore[misc]


@history
def a_fork_while_hooks_about_a_call_run() -> Drive:
    drive = calling(hook("PreToolUse"), hook("PostToolUse"))
    forked(drive)
    resumed(drive)
    drive.resolve(drive.open("tool.resolve_requested"))
    heard(drive)
    drive.finish(drive.open("tool.started"))
    return go_on(drive)


@history
def a_fork_with_an_input_that_waits() -> Drive:
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    drive.say("one")
    heard(drive)
    drive.reply(READ_A)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.say("two")
    forked(drive)
    resumed(drive)
    heard(drive, verdict="deny", reason="no")
    return go_on(drive)


@history
def a_summary_before_inputs_that_have_been_let_pass() -> Drive:
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    drive.say("one")
    heard(drive)
    drive.reply("hi")
    drive.say("two")
    heard(drive)
    drive.reply("hi", tokens=9_000)
    drive.say("three")
    heard(drive)
    drive.reply("a summary")
    return go_on(drive)


@history
def hooks_from_the_middle_of_a_call() -> Drive:
    drive = Drive()
    drive.say()
    drive.reply(READ_A)
    settings = drive.state.session.settings
    drive.feed(ConfigChanged(config=type(settings)(model=settings.model, hooks=(hook("PostToolUse"),))))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    return go_on(drive)


def compacting(said: dict[str, Any], *, fork: bool = False) -> Drive:
    drive = Drive(hooks=(hook("PreCompact", "a", "manual"), hook("PreCompact", "b", "auto"), hook("SessionStart")))
    heard(drive)
    drive.say("hello")
    drive.reply("hi")
    command(drive, "compact")
    if fork:
        forked(drive)
        resumed(drive)
        heard(drive)
    heard(drive, **said)
    if "model.requested" in drive.state.main.pending.calls.values():
        drive.reply("a summary")
        heard(drive, context="after it")
    drive.say("more")
    drive.reply("hi")
    drive.say("and more")
    drive.reply("hi", tokens=9_000)
    drive.say("too much")
    heard(drive, **said)
    if "model.requested" in drive.state.main.pending.calls.values():
        drive.reply("a summary")
    while hooks_run(drive):
        heard(drive, context="after it")
    return go_on(drive)


for _name, _said in SAID.items():
    HISTORIES[f"compaction_{_name}"] = lambda said=_said: compacting(said)  # type: ignore[misc]
HISTORIES["compaction_in_a_fork"] = lambda: compacting({}, fork=True)


def beginning(how: str) -> Drive:
    drive = Drive(hooks=tuple(hook("SessionStart", source, source) for source in ("startup", "resume", "clear")))
    drive.say("hello") if how != "quiet" else drive.feed(InputInterrupted(how="user"))
    match how:
        case "halt":
            heard(drive, halt="closed")
        case "interrupted":
            drive.feed(InputInterrupted(how="user"))
            heard(drive, outcome="cancelled")
        case _:
            heard(drive, halt="without a turn", context="c")
    drive.say("again")
    go_on(drive)
    resumed(drive)
    heard(drive, context="resumed")
    command(drive, "clear")
    return go_on(drive)


for _how in ("halt", "interrupted", "quiet"):
    HISTORIES[f"beginning_{_how}"] = lambda how=_how: beginning(how)  # type: ignore[misc]


@history
def hooks_that_come_and_go() -> Drive:
    drive = calling(hook("PreToolUse"), tool=EDIT)
    settings = drive.state.session.settings
    mode: Mode = "plan"
    drive.feed(ConfigChanged(config=type(settings)(model=settings.model, mode=mode, hooks=(hook("Stop"),))))
    heard(drive, verdict="allow") if hooks_run(drive) else None
    go_on(drive)
    drive.feed(ConfigChanged(config=type(settings)(model=settings.model)))
    drive.say("more")
    return go_on(drive)


@history
def an_answer_that_comes_too_late() -> Drive:
    drive = Drive(hooks=(hook("UserPromptSubmit"), hook("PreToolUse")))
    drive.say()
    late = drive.open("hook.requested")
    heard(drive)
    for event in ("UserPromptSubmit", "PreToolUse"):
        drive.feed(HookFinished(call=late, event=event, source="s", outcome="answered", verdict="deny", halt="late"))  # type: ignore[arg-type]
    drive.feed(InstructionsFound(call=late, files=()))
    return go_on(drive)
