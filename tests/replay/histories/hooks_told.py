"""Hooks that are told of what has happened, and those that are asked whether tasks are done."""

from __future__ import annotations

from typing import Any

from claw.decide.behaviour import CURRENT
from claw.events.input import InputInterrupted
from claw.events.permission import PermissionAnswered, Rule
from claw.events.results import texts
from claw.events.session import Limits, RecoveryReport, SessionResumed
from claw.events.tool import ToolFinished
from tests.pure.drive import Drive
from tests.replay.histories.asking import ASK, PLAN, answer, asked, begun, review
from tests.replay.histories.hooked import calling, go_on, heard, hook, hooks_run
from tests.replay.histories.instructions import file, found
from tests.replay.histories.lists import TOOLS, made, todo, update
from tests.replay.histories.overload import answered as limit_answered
from tests.replay.histories.overload import current, reads
from tests.replay.histories.parts import BASH, READ_A, command, history
from tests.replay.lives import RUNTIME

NOTIFIED = tuple(hook("Notification", kind, kind) for kind in ("permission_prompt", "elicitation_dialog", "other"))
DENIED = Rule(effect="deny", rule="Read(a)", source="s:1")


@history
def a_call_that_fails_and_is_told() -> Drive:
    drive = calling(hook("PostToolUseFailure", "a"), hook("PostToolUseFailure", "b", "Bash"), hook("PostToolUse", "c"))
    failed = ToolFinished(call=drive.open("tool.started"), content=texts("no"), is_error=True)
    drive.feed(failed)
    heard(drive, verdict="deny", reason="not so", context="look elsewhere")
    return go_on(drive)


@history
def calls_that_are_denied_and_told() -> Drive:
    drive = calling(hook("PermissionDenied", "a"), hook("PermissionDenied", "b", "Bash"), rules=(DENIED,))
    heard(drive, context="The call may be tried again.")
    drive.reply(READ_A, READ_A)
    while "tool.resolve_requested" in drive.state.main.pending.calls.values():
        drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(InputInterrupted(how="user"))
    while hooks_run(drive):
        heard(drive, outcome="cancelled")
    drive.say("more")
    return go_on(drive)


@history
def questions_that_are_told() -> Drive:
    drive = calling(hook("Notification", "a", "permission_prompt"), hook("Notification", "b", "other"), tool=BASH)
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person"))
    drive.finish(drive.open("tool.started"))
    heard(drive)
    return go_on(drive)


@history
def questions_and_plans_that_are_told() -> Drive:
    drive = begun(ASK, mode="plan", hooks=NOTIFIED)
    heard(drive)
    answer(drive, "A")
    asked(drive, PLAN)
    heard(drive)
    review(drive)
    return go_on(drive)


@history
def limits_that_are_told() -> Drive:
    drive = current(person=True, limits=Limits(turns=1), hooks=NOTIFIED)
    drive.say()
    reads(drive)
    heard(drive)
    limit_answered(drive, 0)
    return drive


@history
def files_and_summaries_that_are_told() -> Drive:
    matchers = ("session_start", "nested_traversal", "path_glob_match", "include")
    hooks = tuple(hook("InstructionsLoaded", matcher, matcher) for matcher in matchers)
    drive = Drive(hooks=(*hooks, hook("PostCompact", "m", "manual"), hook("PostCompact", "a", "auto")))
    drive.say("hello")
    drive.reply("hi")
    drive.feed(SessionResumed(runtime=RUNTIME, recovery=RecoveryReport(clean=True), date="2026-01-02"))
    found(
        drive,
        file("CLAUDE.md"),
        file("more.md", imported_by="CLAUDE.md"),
        file("/home/more.md", scope="user", imported_by="~/CLAUDE.md"),
        file("sub/CLAUDE.local.md", folder="sub"),
        file("/etc/r.md", scope="managed", paths=("*.py",)),
        file("~/CLAUDE.md", scope="user"),
    )
    while hooks_run(drive):
        heard(drive)
    drive.say("hello")
    drive.reply("hi")
    command(drive, "compact")
    drive.reply("a summary")
    heard(drive)
    drive.say("more")
    drive.reply("hi", tokens=9_000)
    drive.say("too much")
    drive.reply("a summary")
    heard(drive)
    return go_on(drive)


@history
def tasks_that_hooks_do_not_let_be_done() -> Drive:
    drive = Drive(behaviours=CURRENT, tools=TOOLS, hooks=(hook("TaskCompleted", "a"), hook("TaskCompleted", "b")))
    drive.say("hello")
    made(drive, ("TodoWrite", {"todos": [todo("look", "pending"), todo("mend", "completed")]}))
    silently: tuple[dict[str, Any], ...] = ({}, {"verdict": "deny"})
    for said in silently:
        heard(drive, **said)
    made(drive, ("TaskCreate", {"subject": "look", "description": "everywhere"}))
    made(drive, update("1", status="completed"))
    loudly: tuple[dict[str, Any], ...] = ({"verdict": "deny", "reason": "no test"}, {})
    for said in loudly:
        heard(drive, **said)
    made(drive, update("1", status="in_progress"))
    made(drive, update("1", status="completed"))
    for _ in range(2):
        heard(drive, outcome="timeout")
    made(drive, update("1", status="completed"), update("7", status="completed"))
    made(drive, ("TodoWrite", {"todos": [todo("look", "completed"), todo("mend", "completed")]}))
    drive.feed(InputInterrupted(how="user"))
    while hooks_run(drive):
        heard(drive, outcome="cancelled")
    drive.say("more")
    return go_on(drive)
