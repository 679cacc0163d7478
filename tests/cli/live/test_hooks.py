"""Hooks of a user's settings file, in sessions as people run them."""

from __future__ import annotations

import json
import shlex
from typing import Any

from tests.cli.live.world import World, text, told, tool

RUN = tool("Bash", {"command": "echo ran >ran.txt"})


def configure(world: World, hooks: dict[str, str], *, timeout: float = 60, **settings: Any) -> None:
    """One hook for each event: a command."""
    path = world.home / ".claude" / "settings.json"
    path.parent.mkdir(exist_ok=True)
    groups = {
        event: [{"hooks": [{"type": "command", "command": command, "timeout": timeout}]}]
        for event, command in hooks.items()
    }
    path.write_text(json.dumps({"hooks": groups, **settings}))


def printing(**fields: Any) -> str:
    return f"printf %s {shlex.quote(json.dumps(fields))}"


def data(world: World, kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in world.events() if event["kind"] == kind]


def test_every_event_of_a_session_reaches_its_hook_and_the_record_verifies_and_replays(world: World) -> None:
    names = ["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop", "SessionEnd"]
    configure(world, {name: f'(cat; echo) >>"{world.root}/said.jsonl"' for name in names})
    world.serve(tool("Glob", {"pattern": "*"}), text("Nothing here."))
    done = world.run("-p", "What is here?")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"Nothing here.\n", b"")
    said = [json.loads(line) for line in (world.root / "said.jsonl").read_text().splitlines()]
    assert [one["hook_event_name"] for one in said] == names
    assert {one["session_id"] for one in said} == set(world.sessions())
    assert (said[1]["prompt"], said[2]["tool_input"]) == ("What is here?", {"pattern": "*"})
    assert "content" in said[3]["tool_response"]
    assert [event["outcome"] for event in data(world, "hook.finished")] == ["answered"] * 6
    assert world.run("verify", "@last").returncode == 0
    assert world.run("replay", "@last").returncode == 0


def test_a_hook_denies_a_call_that_a_rule_allows(world: World) -> None:
    configure(world, {"PreToolUse": "echo 'not on Sundays' >&2; exit 2"})
    world.serve(RUN, text("Then not.", expect=["not on Sundays"]))
    done = world.run("-p", "Run it.", "--allowed-tools", "Bash")
    assert done.stdout == b"Then not.\n", told(done)
    assert not (world.workspace / "ran.txt").exists()


def test_a_hook_that_answers_allow_to_a_denied_call_changes_nothing(world: World) -> None:
    specific = {"hookEventName": "PreToolUse", "permissionDecision": "allow"}
    configure(
        world,
        {
            "PreToolUse": printing(hookSpecificOutput=specific, decision="approve"),
            "PermissionRequest": printing(hookSpecificOutput={"decision": {"behavior": "allow"}}),
        },
        permissions={"deny": ["Bash(echo:*)"]},
    )
    world.serve(RUN, text("Denied.", expect=["Permission denied"]))
    assert world.run("-p", "Run it.", "--permission-mode", "bypassPermissions").stdout == b"Denied.\n"
    assert not (world.workspace / "ran.txt").exists()
    assert data(world, "hook.requested") == []


def test_a_hook_answers_where_nobody_else_is_there_to_ask(world: World) -> None:
    configure(world, {"PermissionRequest": printing(hookSpecificOutput={"decision": {"behavior": "allow"}})})
    world.serve(tool("Write", {"file_path": "new.txt", "content": "hello"}), text("Written."))
    assert world.run("-p", "Write it.").returncode == 0
    assert (world.workspace / "new.txt").read_text() == "hello"


def test_what_a_hook_makes_of_a_call_is_what_runs(world: World) -> None:
    changed = {"hookEventName": "PreToolUse", "updatedInput": {"file_path": "other.txt", "content": "hello"}}
    configure(world, {"PreToolUse": printing(hookSpecificOutput=changed)})
    world.serve(tool("Write", {"file_path": "new.txt", "content": "hello"}), text("Written."))
    assert world.run("-p", "Write it.", "--permission-mode", "acceptEdits").returncode == 0
    assert [path.name for path in world.workspace.iterdir()] == ["other.txt"]
    verified = world.run("verify", "@last")
    assert verified.returncode == 0, verified.stdout
    assert world.run("replay", "@last").returncode == 0


def test_a_prompt_that_a_hook_blocks_is_not_sent_and_that_is_said(world: World) -> None:
    configure(world, {"UserPromptSubmit": "echo 'it holds a password' >&2; exit 2"})
    world.serve()
    done = world.run("-p", "My password is hunter2.")
    assert done.returncode == 1
    assert "The input was not sent: it holds a password" in told(done)
    assert data(world, "model.requested") == []


def test_a_stop_hook_keeps_the_model_at_work(world: World) -> None:
    configure(world, {"Stop": 'grep -q \'"stop_hook_active": true\' || { echo "run the tests" >&2; exit 2; }'})
    world.serve(text("Done."), text("Now really.", expect=["[Stop hook] run the tests"]))
    assert world.run("-p", "Do it.").stdout == b"Now really.\n"


def test_a_hook_of_the_repository_runs_only_once_it_is_trusted(world: World) -> None:
    path = world.workspace / ".claude" / "settings.json"
    path.parent.mkdir()
    command = {"type": "command", "command": f"touch {world.root}/ran"}
    path.write_text(json.dumps({"hooks": {"SessionStart": [{"hooks": [command]}]}}))
    world.serve(text("Hello."))
    assert world.run("-p", "hi").returncode == 0
    assert not (world.root / "ran").exists()
    assert world.run("-p", "hi", "--trust").returncode == 0
    assert (world.root / "ran").exists()


def test_a_hook_that_hangs_does_not_hang_the_session(world: World) -> None:
    configure(world, {"UserPromptSubmit": "sleep 1000", "SessionEnd": "sleep 1000"}, timeout=0.2)
    world.serve(text("Hello."))
    assert world.run("-p", "hi").stdout == b"Hello.\n"
    assert [event["outcome"] for event in data(world, "hook.finished")] == ["timeout", "timeout"]


def test_a_person_reads_in_the_record_what_a_hook_did(world: World) -> None:
    configure(world, {"PostToolUse": printing(systemMessage="formatted"), "Stop": "echo oops >&2; exit 1"})
    world.serve(tool("Glob", {"pattern": "*"}), text("Nothing here."))
    assert world.run("-p", "What is here?").returncode == 0
    shown = world.run("show", "@last").stdout.decode()
    assert "PostToolUse hook (~/.claude/settings.json:1): formatted" in shown
    assert "Stop hook (~/.claude/settings.json:1): failed oops" in shown
    logged = world.run("log", "@last", "--kind", "hook.*").stdout.decode()
    assert "PostToolUse: answered, exit 0" in logged
