"""Hooks in the flow: where they are asked, what follows from their answers, and what no answer of theirs can do."""

from __future__ import annotations

from typing import Any

import pytest

from claw.decide.hooks import MOST_STOPS, matches
from claw.events.content import TextBlock
from claw.events.context import CompactionStarted, ContextAdded, InstructionsFound
from claw.events.control import CancelRequested
from claw.events.hook import Hook, HookFinished, HookName, HookRequested, InputRefused
from claw.events.input import CommandInvoked, InputInterrupted
from claw.events.model import ModelRequested
from claw.events.permission import PermissionAnswered, PermissionAsked, PermissionEvaluated, Rule
from claw.events.session import (
    ConfigChanged,
    Confinement,
    RecoveryReport,
    SessionEnded,
    SessionForked,
    SessionResumed,
    TurnFinished,
)
from claw.events.tool import PathFact, ResolveRequested, ToolFinished, ToolResolved, ToolStarted
from tests.pure.drive import Drive, kinds, started

READ = ("Read", '{"file_path":"a"}')
EDIT = ("Edit", '{"file_path":"a"}')
BASH = ("Bash", '{"command":"make"}')


def hook(event: HookName, command: str = "check", matcher: str = "") -> Hook:
    return Hook(event=event, command=command, source=f"settings.json:{len(command)}", matcher=matcher)


def calling(tool: tuple[str, str], *hooks: Hook, **settings: Any) -> Drive:
    """The model has called this tool, and its paths are known."""
    drive = Drive(hooks=hooks, **settings)
    drive.say()
    drive.reply(tool)
    drive.resolve(drive.open("tool.resolve_requested"))
    return drive


def answer(drive: Drive, nth: int = 0, **said: Any) -> list[str]:
    """The nth hook that runs says this; what follows."""
    call = drive.open("hook.requested", nth)
    event = drive.state.hooks.open[call].event
    finished = {"call": call, "event": event, "source": "settings.json:5", "outcome": "answered", **said}
    return kinds(drive.feed(HookFinished(**finished)))


def result(drive: Drive) -> str:
    """What the model was told of its call."""
    return str(drive.state.conversation.entries[-1].blocks[0].content)  # type: ignore[union-attr]


def sent(drive: Drive) -> list[str]:
    """All texts of the user's side, as the model got them."""
    blocks = [block for entry in drive.state.conversation.entries if entry.role == "user" for block in entry.blocks]
    return [str(block.text) for block in blocks if isinstance(block, TextBlock)]


# --- matchers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matcher", "name", "is_meant"),
    [
        ("", "Bash", True),
        ("*", "Bash", True),
        ("Bash", "Bash", True),
        ("Bash", "BashOutput", False),
        ("bash", "Bash", False),
        ("Edit|Write", "Write", True),
        ("Edit|Write", "MultiEdit", False),
        ("mcp__.*", "mcp__memory__read", True),
        ("Notebook.*", "NotebookEdit", True),
        ("^Re", "Read", True),
        ("^ad", "Read", False),
    ],
)
def test_a_matcher_names_tools_exactly_or_is_an_expression(matcher: str, name: str, is_meant: bool) -> None:
    assert matches(matcher, name) is is_meant


# --- before a call ---------------------------------------------------------------------------------------------------


def test_a_hook_is_asked_when_the_verdict_is_known_and_before_anything_starts() -> None:
    drive = calling(READ, hook("PreToolUse", matcher="Read|Grep"), hook("PreToolUse", "other", matcher="Bash"))
    assert kinds([e.data for e in drive.new]) == ["PermissionEvaluated", "HookRequested"]
    asked = drive.only(HookRequested)
    assert (asked.command, asked.subject) == ("check", drive.state.conversation.slots[0].request)
    assert asked.input == {
        "session_id": "s",
        "transcript_path": "",
        "cwd": "/w",
        "permission_mode": "default",
        "hook_event_name": "PreToolUse",
        "tool_name": "Read",
        "tool_input": {"file_path": "a"},
        "tool_use_id": "t0",
    }
    assert answer(drive) == ["PermissionEvaluated", "ToolStarted"]


def test_without_a_hook_that_is_meant_nothing_is_different() -> None:
    plain, other = calling(READ), calling(READ, hook("PreToolUse", matcher="Bash"), hook("Stop"))
    assert [e.data for e in plain.new] == [e.data for e in other.new]


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({"verdict": "deny", "reason": "no"}, "deny"),
        ({"verdict": "ask", "reason": "no"}, "ask"),
        ({"verdict": "allow"}, "allow"),
        ({"outcome": "failed", "exit": 1}, "allow"),
        ({"outcome": "timeout"}, "ask"),
        ({"outcome": "unreadable"}, "ask"),
        ({"outcome": "lost"}, "ask"),
    ],
)
def test_a_hook_tightens_a_verdict_and_one_that_gives_no_answer_leaves_it_to_the_person(
    said: dict[str, Any], verdict: str
) -> None:
    drive = calling(READ, hook("PreToolUse"))
    answer(drive, **said)
    evaluated = drive.only(PermissionEvaluated)
    assert evaluated.verdict == verdict
    assert evaluated.source == ("mode" if verdict == "allow" else "settings.json:5")


def test_what_a_hook_denies_is_told_to_the_model_with_its_reason() -> None:
    drive = calling(READ, hook("PreToolUse"))
    assert answer(drive, verdict="deny", reason="not on Sundays") == ["PermissionEvaluated", "ModelRequested"]
    assert result(drive) == "Permission denied: A PreToolUse hook (settings.json:5) denies this: not on Sundays"


def test_several_hooks_run_together_and_the_strictest_counts() -> None:
    drive = calling(READ, *(hook("PreToolUse", command) for command in ("a", "b", "c")))
    assert kinds([e.data for e in drive.new]) == ["PermissionEvaluated", *["HookRequested"] * 3]
    assert answer(drive, verdict="deny", reason="first") == []
    assert answer(drive, verdict="allow") == []
    assert answer(drive, verdict="ask") == ["PermissionEvaluated", "ModelRequested"]
    assert "first" in result(drive)


def test_the_same_command_under_two_matchers_runs_once() -> None:
    drive = calling(READ, hook("PreToolUse"), hook("PreToolUse", matcher="Read"))
    assert kinds([e.data for e in drive.new]) == ["PermissionEvaluated", "HookRequested"]


def test_no_hook_is_run_for_a_call_that_is_denied_already() -> None:
    drive = calling(EDIT, hook("PreToolUse"), hook("PermissionRequest"), mode="plan")
    assert kinds([e.data for e in drive.new]) == ["PermissionEvaluated", "ModelRequested"]


def test_an_allow_answers_a_question_that_only_the_mode_has() -> None:
    for event in ("PreToolUse", "PermissionRequest"):
        for tool in (BASH, EDIT):
            drive = calling(tool, hook(event), confinement=Confinement(namespaces=True))  # type: ignore[arg-type]
            assert answer(drive, verdict="allow") == ["PermissionEvaluated", "ToolStarted"]
            evaluated = drive.only(PermissionEvaluated)
            assert (evaluated.verdict, evaluated.source) == ("allow", "settings.json:5")


PROTECTED = PathFact(parameter="file_path", given="a", canonical=".git/config", inside=True, protected=True)
OUTSIDE = PathFact(parameter="file_path", given="a", canonical="/etc/a", inside=False)


@pytest.mark.parametrize("event", ["PreToolUse", "PermissionRequest"])
@pytest.mark.parametrize(
    ("tool", "settings", "facts"),
    [
        (BASH, {"rules": (Rule(effect="ask", rule="Bash(make:*)", source="s"),)}, ()),
        (BASH, {"confinement": Confinement(namespaces=False)}, ()),
        (EDIT, {}, (PROTECTED,)),
        (EDIT, {"mode": "acceptEdits"}, (OUTSIDE,)),
        (READ, {}, (PathFact(parameter="file_path", given="a", canonical="/h/.ssh/id", inside=False, protected=True),)),
    ],
)
def test_an_allow_never_answers_a_question_of_a_rule_about_a_protected_path_or_of_what_nothing_confines(
    event: HookName, tool: tuple[str, str], settings: dict[str, Any], facts: tuple[PathFact, ...]
) -> None:
    drive = Drive(hooks=(hook(event),), **settings)
    drive.say()
    drive.reply(tool)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=facts))
    assert answer(drive, verdict="allow") == ["PermissionEvaluated", "PermissionAsked"]


@pytest.mark.parametrize("event", ["PreToolUse", "PermissionRequest"])
@pytest.mark.parametrize("mode", ["default", "acceptEdits", "plan", "bypassPermissions"])
def test_a_hook_that_answers_allow_to_a_denied_call_changes_nothing(event: HookName, mode: str) -> None:
    rules = (Rule(effect="deny", rule="Bash(make:*)", source="s"),)
    plain = calling(BASH, rules=rules, mode=mode)
    hooked = calling(BASH, hook(event), rules=rules, mode=mode)
    assert hooked.only(PermissionEvaluated).verdict == "deny"
    assert plain.new[0].data == hooked.new[0].data
    assert not any(isinstance(e.data, ToolStarted | HookRequested) for e in hooked.log)


def test_a_rule_that_denies_what_a_hook_made_of_the_call_holds() -> None:
    rules = (Rule(effect="deny", rule="Bash(rm:*)", source="s"),)
    drive = calling(BASH, hook("PreToolUse"), rules=rules, mode="bypassPermissions")
    assert answer(drive, verdict="allow", updated={"command": "rm -rf ."}) == ["ResolveRequested"]
    drive.resolve(drive.open("tool.resolve_requested"))
    assert drive.only(PermissionEvaluated).verdict == "deny"
    assert not any(isinstance(e.data, ToolStarted) for e in drive.log)


def test_changed_input_is_a_new_call_that_the_other_hooks_see() -> None:
    drive = calling(BASH, hook("PreToolUse", "rewrite"), hook("PreToolUse", "guard"), mode="bypassPermissions")
    assert answer(drive, updated={"command": "make -n"}) == []
    assert answer(drive) == ["ResolveRequested"]
    assert drive.only(ResolveRequested).arguments == {"command": "make -n"}
    drive.resolve(drive.open("tool.resolve_requested"))
    (asked,) = (e.data for e in drive.new if isinstance(e.data, HookRequested))
    assert (asked.command, asked.input["tool_input"]) == ("guard", {"command": "make -n"})
    assert answer(drive, updated={"command": "make -n"}) == ["PermissionEvaluated", "ToolStarted"]
    assert drive.only(ToolStarted).arguments == {"command": "make -n"}


def test_hooks_that_change_each_others_input_come_to_an_end() -> None:
    drive = calling(BASH, hook("PreToolUse", "a"), hook("PreToolUse", "b"), hook("PermissionRequest", "c"))
    for number in range(20):
        if "hook.requested" in drive.state.pending.calls.values():
            answer(drive, updated={"command": f"make {number}"})
        elif "tool.resolve_requested" in drive.state.pending.calls.values():
            drive.resolve(drive.open("tool.resolve_requested"))
    assert list(drive.state.pending.calls.values()) == ["permission.asked"]


def test_a_question_is_put_after_the_hooks_about_it_and_they_may_refuse() -> None:
    drive = calling(BASH, hook("PreToolUse"), hook("PermissionRequest"))
    assert answer(drive) == ["PermissionEvaluated", "HookRequested"]
    assert drive.only(HookRequested).event == "PermissionRequest"
    assert answer(drive, verdict="deny", reason="never") == ["PermissionEvaluated", "ModelRequested"]
    drive = calling(BASH, hook("PermissionRequest"))
    assert answer(drive) == ["PermissionEvaluated", "PermissionAsked"]
    assert drive.only(PermissionAsked).name == "Bash"
    call = drive.open("permission.asked")
    assert "ToolStarted" in kinds(drive.feed(PermissionAnswered(call=call, allowed=True, how="person")))


def test_a_question_that_a_hook_wants_cannot_be_answered_by_another_hook() -> None:
    drive = calling(READ, hook("PreToolUse"), hook("PermissionRequest"))
    answer(drive, verdict="ask")
    assert answer(drive, verdict="allow") == ["PermissionEvaluated", "PermissionAsked"]


def test_where_nobody_is_to_be_asked_what_a_hook_wants_asked_is_denied() -> None:
    drive = calling(READ, hook("PreToolUse"), mode="dontAsk")
    assert answer(drive, verdict="ask", reason="hm") == ["PermissionEvaluated", "ModelRequested"]
    assert drive.only(PermissionEvaluated).verdict == "deny"
    assert "wants to be asked about this: hm" in result(drive)


def test_what_changed_while_the_hook_ran_counts() -> None:
    drive = calling(BASH, hook("PreToolUse"), mode="bypassPermissions")
    settings = drive.state.session.settings
    from_now_on = type(settings)(model=settings.model, mode="plan", hooks=settings.hooks)
    drive.feed(ConfigChanged(config=from_now_on))
    assert answer(drive, verdict="allow") == ["PermissionEvaluated", "ModelRequested"]


# --- after a call ----------------------------------------------------------------------------------------------------


def test_after_a_call_hooks_are_told_its_result_and_what_they_say_goes_with_it() -> None:
    drive = calling(READ, hook("PostToolUse"))
    finished = drive.finish(drive.open("tool.started"), "the text")
    assert kinds(finished) == ["HookRequested"]
    asked = drive.only(HookRequested)
    assert (asked.content, asked.input["tool_use_id"], asked.input["tool_input"]) == (
        "the text",
        "t0",
        {"file_path": "a"},
    )
    assert answer(drive, verdict="deny", reason="format it", context="with ruff") == ["ContextAdded", "ModelRequested"]
    assert drive.only(ContextAdded).text == "[PostToolUse hook] format it\nwith ruff"
    assert sent(drive)[-1] == "[PostToolUse hook] format it\nwith ruff"


def test_a_call_that_failed_has_no_such_hooks() -> None:
    drive = calling(READ, hook("PostToolUse"))
    failed = ToolFinished(call=drive.open("tool.started"), content="no", is_error=True)
    assert kinds(drive.feed(failed)) == ["ModelRequested"]


def test_the_next_call_waits_for_what_the_hooks_do_after_the_one_before() -> None:
    drive = Drive(hooks=(hook("PostToolUse"),), mode="acceptEdits")
    drive.say()
    drive.reply(EDIT, EDIT)
    drive.resolve(drive.open("tool.resolve_requested"))
    assert kinds(drive.finish(drive.open("tool.started"))) == ["HookRequested"]
    assert answer(drive) == ["ResolveRequested"]


# --- inputs ----------------------------------------------------------------------------------------------------------


def test_an_input_is_sent_when_its_hooks_have_let_it_pass() -> None:
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    assert kinds(drive.say("hello")) == ["HookRequested"]
    assert drive.only(HookRequested).content == "hello"
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
    assert drive.state.pending.quiet
    drive.say("hello")
    answer(drive)
    answer(drive)
    assert sent(drive) == ["hello"]
    assert drive.state.conversation.first_words == "hello"


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
    assert not any("never" in str(entry) for entry in drive.state.conversation.queued)


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
    results = [block.content for block in drive.state.conversation.entries[-1].blocks]  # type: ignore[union-attr]
    assert results == ["ok", "Not run: a hook ended the turn."]
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
    assert [asked.command for asked in drive.state.hooks.open.values()] == ["a"]
    assert answer(drive, context="branch main") == ["ContextAdded", "ModelRequested"]
    assert sorted(sent(drive)) == ["[SessionStart hook] branch main", "hello"]
    drive.reply("hi")
    drive.feed(SessionResumed(runtime=started().runtime, recovery=RecoveryReport(clean=True), date="2026-01-02"))
    assert drive.only(HookRequested).command == "b"
    assert drive.only(HookRequested).input["source"] == "resume"


def test_hooks_that_run_outside_a_turn_can_be_called_off() -> None:
    drive = Drive(hooks=(hook("SessionStart"),))
    assert not drive.state.pending.quiet
    running = drive.open("hook.requested")
    drive.feed(InputInterrupted(how="quit"))
    assert drive.only(CancelRequested).call == running
    assert answer(drive, outcome="cancelled") == []
    assert drive.state.pending.quiet


def test_the_end_of_a_session_is_told() -> None:
    drive = Drive(hooks=(hook("SessionEnd", "a"), hook("SessionEnd", "b", "clear")))
    assert kinds(drive.feed(SessionEnded(reason="quit"))) == ["HookRequested"]
    assert drive.only(HookRequested).input["reason"] == "prompt_input_exit"
    assert answer(drive, verdict="deny") == []
    assert drive.state.pending.quiet


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
    assert drive.only(HookRequested).content == "hello"
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
    assert (drive.state.hooks, drive.state.conversation) == (before.hooks, before.conversation)
    assert isinstance(drive.log[-2].data, ModelRequested)
