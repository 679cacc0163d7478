"""Hooks about inputs, turns, summaries and sessions: what they hold up, and that they hold up nothing for ever."""

from __future__ import annotations

import pytest

from claw.decide.hooks import MOST_STOPS
from claw.events.context import CompactionStarted, InstructionsFound
from claw.events.control import CancelRequested
from claw.events.hook import Hook, HookFinished, HookRequested, InputRefused
from claw.events.input import CommandInvoked, InputInterrupted
from claw.events.model import ModelRequested
from claw.events.results import texts
from claw.events.session import RecoveryReport, SessionEnded, SessionForked, SessionResumed, TurnFinished
from claw.events.tool import ToolStarted
from tests.pure.drive import Drive, kinds, started
from tests.pure.hooking import READ, answer, calling, hook, result, sent

# --- inputs ----------------------------------------------------------------------------------------------------------


def test_an_input_is_sent_when_its_hooks_have_let_it_pass() -> None:
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    assert kinds(drive.say("hello")) == ["HookRequested"]
    assert drive.only(HookRequested).content == texts("hello")
    assert answer(drive, context="It is Sunday.") == ["ContextAdded", "ModelRequested"]
    assert sent(drive) == ["hello", "[UserPromptSubmit hook] It is Sunday."]


def test_an_input_that_a_hook_blocks_never_enters_the_conversation() -> None:
    drive = Drive(hooks=(hook("UserPromptSubmit", "a"), hook("UserPromptSubmit", "b")))
    drive.say("the password is hunter2")
    answer(drive, context="context of what was not sent")
    assert answer(drive, verdict="deny", reason="a password") == ["InputRefused", "TurnFinished"]
    assert drive.only(InputRefused).reason == "a password"
    end = drive.only(TurnFinished)
    assert (end.reason, end.message) == ("blocked", "The input was not sent: a password")
    assert drive.state.main.quiet
    drive.say("hello")
    answer(drive)
    answer(drive)
    assert sent(drive) == ["hello"]
    assert drive.state.main.conversation.first_words == "hello"


def test_an_input_blocked_while_the_model_answers_does_not_disturb_the_turn() -> None:
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    drive.say("one")
    answer(drive)
    assert drive.say("two") == []
    assert kinds(drive.reply("done")) == ["HookRequested"]
    assert answer(drive, verdict="deny", reason="no") == ["InputRefused", "TurnFinished"]
    assert drive.only(TurnFinished).reason == "done"
    drive.say("three")
    answer(drive)
    drive.say("four")
    drive.reply(READ)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    assert answer(drive, verdict="deny", reason="no") == ["InputRefused", "ModelRequested"]
    assert sent(drive) == ["one", "three"]


@pytest.mark.parametrize("outcome", ["cancelled", "lost"])
def test_an_input_whose_hook_was_cut_off_is_not_sent(outcome: str) -> None:
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    drive.say()
    assert answer(drive, outcome=outcome) == ["InputRefused", "TurnFinished"]


@pytest.mark.parametrize("outcome", ["failed", "unreadable", "timeout"])
def test_an_input_whose_hook_failed_is_sent(outcome: str) -> None:
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    drive.say()
    assert answer(drive, outcome=outcome, reason="broken") == ["ModelRequested"]


# --- the end of a turn -----------------------------------------------------------------------------------------------


def test_a_stop_hook_makes_the_turn_go_on_with_its_reason_and_is_told_that_it_did() -> None:
    drive = Drive(hooks=(hook("Stop"),))
    drive.say()
    assert kinds(drive.reply("done")) == ["HookRequested"]
    assert drive.only(HookRequested).input["stop_hook_active"] is False
    assert answer(drive, verdict="deny", reason="the tests fail") == ["ContextAdded", "ModelRequested"]
    assert sent(drive)[-1] == "[Stop hook] the tests fail"
    drive.reply("now they pass")
    assert drive.only(HookRequested).input["stop_hook_active"] is True
    assert answer(drive) == ["TurnFinished"]
    drive.say("more")
    drive.reply("done")
    assert drive.only(HookRequested).input["stop_hook_active"] is False


def test_stop_hooks_cannot_keep_a_turn_going_for_ever() -> None:
    drive = Drive(hooks=(hook("Stop"),))
    drive.say()
    for _ in range(MOST_STOPS):
        drive.reply("done")
        assert answer(drive, verdict="deny") == ["ContextAdded", "ModelRequested"]
    drive.reply("done")
    assert answer(drive, verdict="deny", reason="never") == ["TurnFinished"]
    assert "8 times" in drive.only(TurnFinished).message
    assert not any("never" in str(entry) for entry in drive.state.main.conversation.queued)


def test_an_input_that_comes_while_stop_hooks_run_is_answered_in_the_same_turn() -> None:
    drive = Drive(hooks=(hook("Stop"),))
    drive.say()
    drive.reply("done")
    assert drive.say("one more thing") == []
    assert answer(drive) == ["ModelRequested"]


def test_a_turn_that_did_not_end_well_has_no_stop_hooks() -> None:
    drive = Drive(hooks=(hook("Stop"),))
    drive.say()
    assert kinds(drive.reply("cut", stop="max_tokens")) == ["TurnFinished"]


def test_continue_false_ends_the_turn_and_calls_off_what_runs() -> None:
    drive = Drive(hooks=(hook("PreToolUse", matcher="Read"),))
    drive.say()
    drive.reply(("Grep", '{"path":"a"}'), READ)
    for _ in range(2):
        drive.resolve(drive.open("tool.resolve_requested"))
    running = drive.open("tool.started")
    assert answer(drive, halt="out of office") == ["TurnHalted", "CancelRequested"]
    assert drive.only(CancelRequested).call == running
    assert kinds(drive.finish(running)) == ["TurnFinished"]
    end = drive.only(TurnFinished)
    assert (end.reason, end.message) == ("blocked", "out of office")
    results = [block.content for block in drive.state.main.conversation.entries[-1].blocks]  # type: ignore[union-attr]
    assert results == [texts("ok"), texts("Not run: a hook ended the turn.")]
    assert kinds(drive.say("again")) == ["ModelRequested"]


def test_an_interrupt_calls_off_the_hooks_that_run() -> None:
    drive = calling(READ, hook("PreToolUse"))
    running = drive.open("hook.requested")
    drive.feed(InputInterrupted(how="user"))
    assert drive.only(CancelRequested).call == running
    assert answer(drive, outcome="cancelled") == ["TurnFinished"]
    assert drive.only(TurnFinished).reason == "interrupted"
    assert "before it ran" in result(drive)


# --- sessions and compactions ----------------------------------------------------------------------------------------


def test_a_session_that_begins_or_goes_on_is_told_and_what_is_said_comes_before_the_input() -> None:
    drive = Drive(hooks=(hook("SessionStart", "a", "startup"), hook("SessionStart", "b", "resume")))
    assert drive.say("hello") == []
    assert [asked.command for asked in drive.state.main.hooks.open.values()] == ["a"]
    assert answer(drive, context="branch main") == ["ContextAdded", "ModelRequested"]
    assert sorted(sent(drive)) == ["[SessionStart hook] branch main", "hello"]
    drive.reply("hi")
    drive.feed(SessionResumed(runtime=started().runtime, recovery=RecoveryReport(clean=True), date="2026-01-02"))
    assert drive.only(HookRequested).command == "b"
    assert drive.only(HookRequested).input["source"] == "resume"


def test_hooks_that_run_outside_a_turn_can_be_called_off() -> None:
    drive = Drive(hooks=(hook("SessionStart"),))
    assert not drive.state.main.quiet
    running = drive.open("hook.requested")
    drive.feed(InputInterrupted(how="quit"))
    assert drive.only(CancelRequested).call == running
    assert answer(drive, outcome="cancelled") == []
    assert drive.state.main.quiet


def test_the_end_of_a_session_is_told() -> None:
    drive = Drive(hooks=(hook("SessionEnd", "a"), hook("SessionEnd", "b", "clear")))
    assert kinds(drive.feed(SessionEnded(reason="quit"))) == ["HookRequested"]
    assert drive.only(HookRequested).input["reason"] == "prompt_input_exit"
    assert answer(drive, verdict="deny") == []
    assert drive.state.main.quiet


def long(*hooks: Hook) -> Drive:
    drive = Drive(hooks=hooks)
    drive.say()
    drive.reply("hi")
    return drive


def test_a_hook_may_refuse_a_compaction_that_a_person_wants() -> None:
    drive = long(hook("PreCompact", matcher="manual"))
    assert kinds(drive.feed(CommandInvoked(name="compact"))) == ["HookRequested"]
    assert drive.only(HookRequested).input["trigger"] == "manual"
    assert answer(drive, verdict="deny", reason="not now") == ["TurnFinished"]
    assert drive.only(TurnFinished).message == "Not compacted: not now"
    drive.feed(CommandInvoked(name="compact"))
    assert answer(drive) == ["CompactionStarted", "ModelRequested"]
    assert drive.only(CompactionStarted).reason == "command"


def test_a_hook_cannot_refuse_a_compaction_that_has_to_be() -> None:
    drive = long(hook("PreCompact"), hook("SessionStart", matcher="compact"))
    drive.say()
    drive.reply("hi", tokens=9_000)
    assert kinds(drive.say()) == ["HookRequested"]
    assert drive.only(HookRequested).input["trigger"] == "auto"
    assert answer(drive, verdict="deny") == ["CompactionStarted", "ModelRequested"]
    assert kinds(drive.reply("it was about greetings")) == ["ContextCompacted", "HookRequested"]
    assert answer(drive, context="still on main") == ["ContextAdded", "ModelRequested"]
    assert "[SessionStart hook] still on main" in sent(drive)


# --- forks and crashes -----------------------------------------------------------------------------------------------


def forked(drive: Drive) -> None:
    runtime = started().runtime
    drive.feed(SessionForked(session="f", parent="s", seq=0, chain="", runtime=runtime, workspace="/w"))
    drive.feed(SessionResumed(runtime=runtime, recovery=RecoveryReport(clean=True), date="2026-01-02"))
    drive.feed(InstructionsFound(call=drive.open("context.instructions_requested"), files=()))


def test_in_a_fork_hooks_are_asked_again() -> None:
    drive = calling(READ, hook("PreToolUse"))
    forked(drive)
    drive.resolve(drive.open("tool.resolve_requested"))
    assert drive.only(HookRequested).input["session_id"] == "f"
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    drive.say("hello")
    forked(drive)
    assert drive.only(HookRequested).content == texts("hello")
    drive = Drive(hooks=(hook("Stop"),))
    drive.say()
    drive.reply("done")
    forked(drive)
    assert drive.only(HookRequested).event == "Stop"


def test_a_hook_that_a_crash_cut_off_is_not_run_again() -> None:
    drive = calling(READ, hook("PreToolUse"))
    drive.feed(SessionResumed(runtime=started().runtime, recovery=RecoveryReport(clean=False), date="2026-01-02"))
    assert answer(drive, outcome="lost") == ["PermissionEvaluated", "PermissionAsked"]
    assert not any(isinstance(e.data, ToolStarted) for e in drive.log)


def test_an_answer_that_comes_too_late_changes_nothing() -> None:
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    drive.say()
    late = drive.open("hook.requested")
    answer(drive)
    before = drive.state
    finished = HookFinished(call=late, event="UserPromptSubmit", source="s", outcome="answered", verdict="deny")
    assert drive.feed(finished) == []
    assert (drive.state.main.hooks, drive.state.main.conversation) == (before.main.hooks, before.main.conversation)
    assert isinstance(drive.log[-2].data, ModelRequested)
