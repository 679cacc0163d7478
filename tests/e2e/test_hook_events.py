"""Hooks about what has happened: told what Claude Code tells them, and what comes of what they say."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.live.test_hooks import configure, data, printing
from tests.cli.live.world import World, text, told, tool

NAMES = ["InstructionsLoaded", "PostToolUseFailure", "PermissionDenied", "Notification"]


def said(world: World) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (world.root / "said.jsonl").read_text().splitlines()]


def test_each_is_told_what_it_is_about_and_the_record_replays(world: World) -> None:
    keep = f'(cat; echo) >>"{world.root}/said.jsonl"'
    more = {"hookEventName": "PostToolUseFailure", "additionalContext": "it is called a.txt"}
    retry = {"hookEventName": "PermissionDenied", "retry": True}
    hooks = dict.fromkeys(NAMES, keep)
    hooks["PostToolUseFailure"] += f"; {printing(hookSpecificOutput=more)}"
    hooks["PermissionDenied"] += f"; {printing(hookSpecificOutput=retry)}"
    configure(world, hooks, permissions={"deny": ["Bash(rm:*)"]})
    (world.workspace / "CLAUDE.md").write_text("Be brief.\n")
    world.serve(
        tool("Read", {"file_path": "b.txt"}),
        tool("Bash", {"command": "rm a.txt"}, expect=["[PostToolUseFailure hook] it is called a.txt"]),
        tool("Write", {"file_path": "new.txt", "content": "x"}, expect=["[PermissionDenied hook] The call may be"]),
        text("Then not."),
    )
    done = world.run("-p", "Do it.")
    assert done.stdout == b"Then not.\n", told(done)
    loaded, failed, denied, notified = said(world)
    assert [one["hook_event_name"] for one in (loaded, failed, denied, notified)] == NAMES
    assert (loaded["memory_type"], loaded["load_reason"]) == ("Project", "session_start")
    assert loaded["file_path"] == str(world.workspace / "CLAUDE.md")
    assert (failed["tool_name"], failed["is_interrupt"]) == ("Read", False)
    assert "b.txt" in failed["error"]
    assert (denied["tool_input"], bool(denied["reason"])) == ({"command": "rm a.txt"}, True)
    assert (notified["notification_type"], "Write" in notified["message"]) == ("permission_prompt", True)
    assert not (world.workspace / "new.txt").exists()
    assert world.run("verify", "@last").returncode == 0
    assert world.run("replay", "@last").returncode == 0


def test_a_task_counts_as_done_once_its_hooks_let_it(world: World) -> None:
    blocks = 'if grep -q \'"task_subject": "test"\'; then echo "run them first" >&2; exit 2; fi'
    configure(world, {"TaskCompleted": blocks})
    todos = [{"content": name, "status": "completed", "activeForm": name} for name in ("test", "look")]
    world.serve(
        tool("TodoWrite", {"todos": todos}),
        tool("TodoWrite", {"todos": todos[1:]}, expect=["run them first"]),
        text("Done.", expect=["1 task is listed: 1 completed"]),
    )
    assert world.run("-p", "Do it.").stdout == b"Done.\n"
    assert [event["verdict"] for event in data(world, "hook.finished") if event.get("verdict")] == ["deny"]
    assert len(data(world, "task.updated")) == 1
    assert world.run("replay", "@last").returncode == 0
