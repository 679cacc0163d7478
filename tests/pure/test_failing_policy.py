"""A call on which policy fails: the person is asked, and nothing begins while it is unknown what is kept from it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from claw.events.permission import (
    Effect,
    Mode,
    PermissionAnswered,
    PermissionAsked,
    PermissionEvaluated,
    PermissionGranted,
    Rule,
)
from claw.events.session import ConfigChanged, Confinement
from claw.events.tool import ToolResolved, ToolStarted
from tests.pure.drive import Drive, kinds
from tests.pure.test_starts import HERE

# As a log may hold it that another claw wrote, with rules that this one cannot read.
UNREADABLE = Rule(effect="allow", rule="Bash(", source="settings")
CALLS = {"Bash": '{"command":"make"}', "Read": '{"file_path":"a"}', "Edit": '{"file_path":"a"}'}
TRACED = Confinement(namespaces=True, landlock=7, seccomp=True, traced=True)


def resolved(tool: str, **settings: object) -> Drive:
    drive = Drive(**settings)
    drive.say()
    drive.reply((tool, CALLS[tool]))
    paths = () if tool == "Bash" else (HERE,)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=paths))
    return drive


def configured(drive: Drive, *rules: Rule) -> None:
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, rules=rules)))


def yes(drive: Drive) -> list[str]:
    return kinds(drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person")))


@pytest.mark.parametrize("tool", CALLS)
@pytest.mark.parametrize(
    ("mode", "verdict"),
    [("default", "ask"), ("acceptEdits", "ask"), ("bypassPermissions", "ask"), ("dontAsk", "deny"), ("plan", "deny")],
)
def test_a_verdict_that_fails_is_an_ask(tool: str, mode: Mode, verdict: Effect) -> None:
    drive = resolved(tool, mode=mode, rules=(UNREADABLE,))
    evaluated = drive.only(PermissionEvaluated)
    assert (evaluated.verdict, evaluated.source, evaluated.read_only) == (verdict, "builtin", False)
    assert evaluated.reason.startswith("Policy failed on this call")
    if verdict == "ask":
        asked = drive.only(PermissionAsked)
        assert (asked.reason, asked.suggestion, asked.wider) == (evaluated.reason, "", ())
    else:
        assert kinds([one.data for one in drive.new]) == ["PermissionEvaluated", "ModelRequested"]


@pytest.mark.parametrize("tool", CALLS)
def test_a_yes_starts_nothing_while_policy_cannot_say_what_is_kept_from_it(tool: str) -> None:
    drive = resolved(tool, rules=(UNREADABLE,), confinement=TRACED)
    assert yes(drive) == ["PermissionEvaluated", "ModelRequested"]
    assert (drive.only(PermissionEvaluated).verdict, drive.only(PermissionEvaluated).source) == ("deny", "builtin")
    assert not any(isinstance(envelope.data, ToolStarted | PermissionGranted) for envelope in drive.log)
    assert "Policy failed on this call" in str(drive.state.main.conversation.entries[-1].blocks[0].content)  # type: ignore[union-attr]


def test_a_yes_holds_once_policy_can_say_it_again() -> None:
    drive = resolved("Bash", rules=(UNREADABLE,), confinement=TRACED)
    configured(drive, Rule(effect="deny", rule="Bash(npm:*)", source="settings"))
    assert yes(drive) == ["PermissionGranted", "ToolStarted"]
    assert [denied.rule for denied in drive.only(ToolStarted).denied] == ["Bash(npm:*)"]


def test_a_question_that_policy_understood_does_not_outlast_the_understanding() -> None:
    drive = resolved("Bash", confinement=TRACED)
    configured(drive, UNREADABLE)
    assert yes(drive) == ["PermissionEvaluated", "ModelRequested"]
