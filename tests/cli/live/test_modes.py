"""Permission modes on the command line and in settings files, as people meet them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.live.world import World, text, told, tool


def mode_of(world: World) -> str:
    """Of the last session, as it is in force at its end."""
    configs = [
        event["data"]["config"] for event in world.events() if event["kind"] in ("session.started", "config.changed")
    ]
    mode: str = configs[-1].get("mode", "default")
    return mode


def settings(world: World, content: dict[str, Any]) -> None:
    folder = world.home / ".claude"
    folder.mkdir(exist_ok=True)
    (folder / "settings.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("flags", "mode"),
    [
        (["--permission-mode", "dontAsk"], "dontAsk"),
        (["--permission-mode", "read-only"], "plan"),
        (["--permission-mode", "workspace-write"], "acceptEdits"),
        (["--permission-mode", "prompt"], "default"),
        (["--permission-mode", "danger-full-access"], "bypassPermissions"),
        (["--permission-mode", "allow"], "bypassPermissions"),
        (["--permission-mode=accept-edits"], "acceptEdits"),
        (["--permission-mode", "ACCEPT_EDITS"], "acceptEdits"),
        (["--permission-mode", "auto_edit"], "acceptEdits"),
        (["--permission-mode", "dont-ask"], "dontAsk"),
        (["--dangerously-skip-permissions"], "bypassPermissions"),
    ],
)
def test_names_of_other_tools_are_taken(world: World, flags: list[str], mode: str) -> None:
    world.serve(text("Hello."))
    assert world.run("-p", "hi", *flags).returncode == 0
    assert mode_of(world) == mode


def test_two_flags_that_say_different_things(world: World) -> None:
    done = world.run("-p", "hi", "--dangerously-skip-permissions", "--permission-mode", "plan")
    assert (done.returncode, done.stdout) == (2, b"")
    assert "different things" in told(done)


def test_no_file_sets_bypass_permissions_and_it_is_said(world: World) -> None:
    settings(world, {"permissions": {"defaultMode": "bypassPermissions"}})
    world.serve(tool("Write", {"file_path": "x", "content": "x"}), text("Done."))
    done = world.run("-p", "hi")
    assert "~/.claude/settings.json:1: no file can set the mode bypassPermissions" in told(done)
    assert mode_of(world) == "default"
    assert not (world.workspace / "x").exists()


def test_bypass_permissions_does_not_outlive_its_run(world: World) -> None:
    world.serve(text("One."), text("Two."))
    assert world.run("-p", "one", "--permission-mode", "bypassPermissions").returncode == 0
    done = world.run("resume", "@last", "-p", "two")
    assert "it goes on in mode default" in told(done)
    assert mode_of(world) == "default"


def test_the_user_can_forbid_bypass_permissions(world: World) -> None:
    settings(world, {"permissions": {"disableBypassPermissionsMode": "disable"}})
    done = world.run("-p", "hi", "--dangerously-skip-permissions")
    assert done.returncode == 2
    assert "~/.claude/settings.json:1 forbids the mode bypassPermissions" in told(done)
    assert world.sessions() == []


def test_a_deny_rule_that_cannot_be_read_is_held_more_strictly_and_the_session_begins(world: World) -> None:
    (world.workspace / ".claude").mkdir()
    (world.workspace / ".claude/settings.json").write_text('{"permissions": {"deny": [\n"Bash(rm"]}}')
    world.serve(tool("Bash", {"command": "rm -f x"}), text("Done."))
    done = world.run("-p", "hi", "--allowed-tools", "Bash")
    assert done.returncode in (0, 3)
    assert ".claude/settings.json:2: the deny rule Bash(rm cannot be read" in told(done)
    (verdict,) = [event["data"] for event in world.events() if event["kind"] == "permission.evaluated"]
    assert (verdict["verdict"], verdict["rule"]) == ("deny", "Bash")


def test_opusplan_plans_with_opus_and_works_with_sonnet(world: World) -> None:
    world.serve(text("One."), text("Two."), text("Three."))
    assert world.run("-p", "one", "--model", "opusplan", "--permission-mode", "plan").returncode == 0
    assert world.run("resume", "@last", "-p", "two", "--permission-mode", "default").returncode == 0
    assert world.run("resume", "@last", "-p", "three", "--permission-mode", "plan").returncode == 0
    asked = [event["data"]["model"] for event in world.events() if event["kind"] == "model.requested"]
    assert asked == ["claude-opus-5-5", "claude-sonnet-5-5", "claude-opus-5-5"]
    assert world.run("replay", "@last").returncode == 0
