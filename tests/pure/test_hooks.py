"""Hooks about calls: where they are asked, what follows from their answers, and what no answer of theirs can do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from claw.decide.hooks import matches
from claw.events.context import ContextAdded
from claw.events.hook import HookName, HookRequested
from claw.events.permission import PermissionAnswered, PermissionAsked, PermissionEvaluated, Rule
from claw.events.results import texts
from claw.events.session import ConfigChanged, Confinement
from claw.events.tool import PathFact, ResolveRequested, ToolFinished, ToolResolved, ToolStarted
from tests.pure.drive import Drive, kinds
from tests.pure.hooking import BASH, EDIT, READ, answer, calling, hook, result, sent

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
    assert matches(matcher, name, any_case=False) is is_meant


# --- before a call ---------------------------------------------------------------------------------------------------


def test_a_hook_is_asked_when_the_verdict_is_known_and_before_anything_starts() -> None:
    drive = calling(READ, hook("PreToolUse", matcher="Read|Grep"), hook("PreToolUse", "other", matcher="Bash"))
    assert kinds([e.data for e in drive.new]) == ["PermissionEvaluated", "HookRequested"]
    asked = drive.only(HookRequested)
    assert (asked.command, asked.subject) == ("check", drive.state.main.conversation.calls[0].request)
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


CONFINED = Confinement(namespaces=True)


@pytest.mark.parametrize("event", ["PreToolUse", "PermissionRequest"])
@pytest.mark.parametrize(
    ("tool", "settings", "facts"),
    [
        (BASH, {"rules": (Rule(effect="ask", rule="Bash(make:*)", source="s"),)}, ()),
        (BASH, {"confinement": Confinement(namespaces=False)}, ()),
        (("Bash", json.dumps({"command": "make\u00a0a; make b"})), {"confinement": CONFINED}, ()),
        (("Bash", json.dumps({"command": "make \x01; make b"})), {"confinement": CONFINED}, ()),
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
        if "hook.requested" in drive.state.main.pending.calls.values():
            answer(drive, updated={"command": f"make {number}"})
        elif "tool.resolve_requested" in drive.state.main.pending.calls.values():
            drive.resolve(drive.open("tool.resolve_requested"))
    assert list(drive.state.main.pending.calls.values()) == ["permission.asked"]


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
        texts("the text"),
        "t0",
        {"file_path": "a"},
    )
    assert answer(drive, verdict="deny", reason="format it", context="with ruff") == ["ContextAdded", "ModelRequested"]
    assert drive.only(ContextAdded).text == "[PostToolUse hook] format it\nwith ruff"
    assert sent(drive)[-1] == "[PostToolUse hook] format it\nwith ruff"


def test_a_call_that_failed_has_no_such_hooks() -> None:
    drive = calling(READ, hook("PostToolUse"))
    failed = ToolFinished(call=drive.open("tool.started"), content=texts("no"), is_error=True)
    assert kinds(drive.feed(failed)) == ["ModelRequested"]


def test_the_next_call_waits_for_what_the_hooks_do_after_the_one_before() -> None:
    drive = Drive(hooks=(hook("PostToolUse"),), mode="acceptEdits")
    drive.say()
    drive.reply(EDIT, EDIT)
    drive.resolve(drive.open("tool.resolve_requested"))
    assert kinds(drive.finish(drive.open("tool.started"))) == ["HookRequested"]
    assert answer(drive) == ["ResolveRequested"]
