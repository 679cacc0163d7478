"""Settings that a model may look at, and the one that it may have changed, each time by the person's leave."""

from __future__ import annotations

import pytest

from claw.events.permission import Mode, PermissionAsked, PermissionEvaluated
from claw.events.setting import SettingSaveRequested
from claw.events.tool import ToolCompleted
from tests.replay.histories.settings import ALLOWED, CONFIG, configured, saved
from tests.replay.histories.tasks import answers, spawn, with_agents

MODES: tuple[Mode, ...] = ("default", "acceptEdits", "bypassPermissions")


@pytest.mark.parametrize("mode", MODES)
def test_a_change_is_asked_about_whatever_allows_it(mode: Mode) -> None:
    drive = with_agents(tools=(CONFIG,), mode=mode, rules=(ALLOWED,))
    for _ in range(2):
        spawn(drive, configured("model", "other"))
        asked = drive.only(PermissionAsked)
        assert (asked.suggestion, asked.wider) == ("", ()), "no rule for the next one"
        answers(drive, 0, scope="session", rule="Config")
        requested = drive.only(SettingSaveRequested)
        assert (requested.setting, requested.value) == ("model", "other")
        saved(drive)
        assert not drive.only(ToolCompleted).is_error


@pytest.mark.parametrize("mode", ["plan", "dontAsk"])
def test_where_nobody_is_asked_nothing_is_changed(mode: Mode) -> None:
    drive = with_agents(tools=(CONFIG,), mode=mode, rules=(ALLOWED,))
    spawn(drive, configured("model", "other"))
    evaluated = drive.only(PermissionEvaluated)
    assert (evaluated.verdict, evaluated.source) == ("deny", "builtin")
    assert mode in evaluated.reason


@pytest.mark.parametrize(
    "setting",
    [
        *("permissions.allow", "permissions.deny", "permissions.defaultMode", "permissions", "mode", "hooks", "trust"),
        *("domains", "sandbox", "sandbox.network.allowedDomains", "env", "tools", "mcpServers", "apiKeyHelper"),
        *("MODEL", "model ", "limits.turns", "compact_at", "", "disableAllHooks"),
    ],
)
def test_nothing_else_can_be_changed(setting: str) -> None:
    drive = with_agents(tools=(CONFIG,), mode="bypassPermissions", rules=(ALLOWED,))
    spawn(drive, configured(setting, "x"))
    assert drive.only(PermissionEvaluated).verdict == "deny"


@pytest.mark.parametrize("mode", [*MODES, "plan", "dontAsk"])
def test_what_is_looked_at_is_not_asked_about(mode: Mode) -> None:
    drive = with_agents(tools=(CONFIG,), mode=mode, rules=(ALLOWED,), sources={"mode": "~/.claude/settings.json:3"})
    spawn(drive, configured("mode"))
    (block,) = drive.only(ToolCompleted).content
    assert block.text == f"mode: {mode} (~/.claude/settings.json:3)"  # type: ignore[union-attr]
    spawn(drive, configured())
    (block,) = drive.only(ToolCompleted).content
    assert "permissions.allow: Config (s:1)" in str(block.text)  # type: ignore[union-attr]
    spawn(drive, configured("nothing"))
    assert drive.only(ToolCompleted).is_error
