"""Calls of a reply: in which order they begin, and what the verdicts, questions and answers lead to."""

from __future__ import annotations

import pytest

from claw.events.permission import (
    PermissionAnswered,
    PermissionAsked,
    PermissionEvaluated,
    PermissionGranted,
    Rule,
    RuleSaved,
    RuleSaveRequested,
    Scope,
)
from claw.events.results import texts
from claw.events.session import SessionForked
from claw.events.tool import ResolveRequested, ToolResolved, ToolStarted
from tests.pure.drive import Drive, kinds, started

READ = ("Read", '{"file_path":"a"}')
EDIT = ("Edit", '{"file_path":"a"}')
BASH = ("Bash", '{"command":"make"}')


def resolving(drive: Drive) -> list[int]:
    return [e.data.request for e in drive.new if isinstance(e.data, ResolveRequested)]


def test_read_only_calls_begin_together_and_a_writing_one_waits_for_them() -> None:
    drive = Drive(mode="acceptEdits")
    drive.say()
    drive.reply(READ, READ, EDIT, READ)
    assert len(resolving(drive)) == 2
    first, second = drive.open("tool.resolve_requested", 0), drive.open("tool.resolve_requested", 1)
    drive.resolve(first)
    drive.resolve(second)
    drive.finish(drive.open("tool.started", 1))
    assert drive.new == []
    assert kinds(drive.finish(drive.open("tool.started"))) == ["ResolveRequested"]
    drive.resolve(drive.open("tool.resolve_requested"))
    assert kinds(drive.finish(drive.open("tool.started"))) == ["ResolveRequested"]
    drive.resolve(drive.open("tool.resolve_requested"))
    assert kinds(drive.finish(drive.open("tool.started"))) == ["ModelRequested"]


def test_results_stand_in_the_order_of_the_reply_whatever_the_order_of_completion() -> None:
    drive = Drive()
    drive.say()
    drive.reply(READ, READ)
    for call in (drive.open("tool.resolve_requested", 0), drive.open("tool.resolve_requested", 1)):
        drive.resolve(call)
    one, two = drive.open("tool.started", 0), drive.open("tool.started", 1)
    drive.finish(two, "second")
    drive.finish(one, "first")
    assert [block.content for block in drive.state.main.conversation.entries[-1].blocks] == [
        texts("first"),
        texts("second"),
    ]  # type: ignore[union-attr]


def test_arguments_that_the_schema_refuses_go_back_to_the_model() -> None:
    drive = Drive()
    drive.say()
    drive.reply(READ)
    call = drive.open("tool.resolve_requested")
    assert kinds(drive.feed(ToolResolved(call=call, error="file_path: missing"))) == ["ModelRequested"]
    assert drive.state.main.conversation.entries[-1].blocks[0].is_error  # type: ignore[union-attr]


def test_a_denied_call_is_told_to_the_model_and_never_starts() -> None:
    drive = Drive(mode="plan")
    drive.say()
    drive.reply(EDIT)
    drive.resolve(drive.open("tool.resolve_requested"))
    assert drive.only(PermissionEvaluated).verdict == "deny"
    assert not any(isinstance(envelope.data, ToolStarted) for envelope in drive.log)
    assert "ModelRequested" in kinds([envelope.data for envelope in drive.new])


def asking(tool: tuple[str, str] = BASH) -> Drive:
    drive = Drive()
    drive.say()
    drive.reply(tool)
    drive.resolve(drive.open("tool.resolve_requested"))
    return drive


def test_what_no_rule_allows_is_asked_and_starts_once_granted() -> None:
    drive = asking()
    assert drive.only(PermissionAsked).name == "Bash"
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person"))
    assert kinds([e.data for e in drive.new]) == ["PermissionGranted", "ToolStarted"]
    assert drive.only(PermissionGranted).rule == ""
    assert drive.state.permissions.grants == ()


def test_a_grant_for_the_session_lets_the_next_like_it_run() -> None:
    drive = asking()
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person", scope="session"))
    drive.finish(drive.open("tool.started"))
    drive.reply(BASH)
    drive.resolve(drive.open("tool.resolve_requested"))
    assert drive.only(PermissionEvaluated).verdict == "allow"


def test_always_also_saves_the_rule_and_the_model_waits_for_that() -> None:
    drive = asking()
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person", scope="always"))
    assert kinds([e.data for e in drive.new]) == ["PermissionGranted", "ToolStarted", "RuleSaveRequested"]
    assert drive.finish(drive.open("tool.started")) == []
    assert kinds(drive.feed(RuleSaved(call=drive.open("permission.save_requested")))) == ["ModelRequested"]


@pytest.mark.parametrize("scope", ["session", "always"])
def test_the_rule_that_is_chosen_is_granted_and_none_that_was_not_offered(scope: Scope) -> None:
    def granted(rule: str) -> tuple[str, list[str]]:
        drive = asking(("Bash", '{"command":"make all"}'))
        (wider,) = drive.only(PermissionAsked).wider
        assert wider == "Bash(make all:*)"
        call = drive.open("permission.asked")
        drive.feed(PermissionAnswered(call=call, allowed=True, how="person", scope=scope, rule=rule))
        saved = [e.data.rule for e in drive.new if isinstance(e.data, RuleSaveRequested)]
        return drive.only(PermissionGranted).rule, saved

    def saved(rule: str) -> list[str]:
        return [rule] if scope == "always" and rule else []

    for rule, added in [("", "Bash(make all)"), ("Bash(make all)",) * 2, ("Bash(make all:*)",) * 2]:
        assert granted(rule) == (added, saved(added))
    for rule in ("Bash", "Bash(make:*)", "Bash(rm:*)", "*"):
        assert granted(rule) == ("", [])


@pytest.mark.parametrize(("how", "words"), [("person", "The user refused"), ("headless", "Nobody could be asked")])
def test_a_no_is_told_to_the_model_with_its_reason(how: str, words: str) -> None:
    drive = asking()
    call = drive.open("permission.asked")
    drive.feed(PermissionAnswered(call=call, allowed=False, how=how, reason="not now"))  # type: ignore[arg-type]
    content = drive.state.main.conversation.entries[-1].blocks[0].content  # type: ignore[union-attr]
    assert words in str(content)
    assert "not now" in str(content)


def test_a_deny_rule_outranks_every_mode() -> None:
    rule = Rule(effect="deny", rule="Bash(make:*)", source="test")
    for mode in ("default", "acceptEdits", "plan", "bypassPermissions"):
        drive = Drive(mode=mode, rules=(rule,))
        drive.say()
        drive.reply(BASH)
        drive.resolve(drive.open("tool.resolve_requested"))
        assert drive.only(PermissionEvaluated).verdict == "deny", mode


def forked() -> SessionForked:
    return SessionForked(session="f", parent="s", seq=0, chain="", runtime=started().runtime, workspace="/w")


def test_a_fork_drops_grants_and_asks_the_open_question_again() -> None:
    drive = asking()
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person", scope="session"))
    drive.finish(drive.open("tool.started"))
    drive.reply(("Bash", '{"command":"rm x"}'))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(forked())
    assert drive.state.main.pending.calls == {}
    assert drive.state.permissions.grants == ()
    assert drive.state.main.conversation.calls[0].stage == "wanted"


def test_a_fork_of_a_running_call_tells_the_model_that_its_result_is_unknown() -> None:
    drive = asking()
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person"))
    drive.feed(forked())
    assert "forked while this ran" in str(drive.state.main.conversation.entries[-1].blocks[0].content)  # type: ignore[union-attr]


def test_a_search_starts_without_what_deny_rules_name() -> None:
    rule = Rule(effect="deny", rule="Read(./secrets/**)", source="test")
    drive = Drive(rules=(rule,))
    drive.say()
    drive.reply(("Grep", '{"pattern":"x"}'))
    drive.resolve(drive.open("tool.resolve_requested"))
    assert any("secrets" in pattern for pattern in drive.only(ToolStarted).exclude)
