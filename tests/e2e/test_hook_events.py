"""Hooks about what has happened: told what Claude Code tells them, and what comes of what they say."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.live.test_hooks import configure, data, printing
from tests.cli.live.tmux import ready
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


def test_a_file_that_changes_is_told_whoever_changes_it(world: World, terminal: Any) -> None:
    path = world.home / ".claude" / "settings.json"
    path.parent.mkdir()
    keep = {"type": "command", "command": f'(cat; echo) >>"{world.root}/said.jsonl"'}
    path.write_text(json.dumps({"hooks": {"FileChanged": [{"matcher": "a.txt|.env", "hooks": [keep]}]}}))
    for name in ("a.txt", "b.txt", "xenv"):
        (world.workspace / name).write_text("one\n")
    world.serve(
        tool("Read", {"file_path": "a.txt"}),
        tool("Edit", {"file_path": "a.txt", "old_string": "one", "new_string": "two"}),
        tool("Write", {"file_path": ".env", "content": "A=1\n"}),
        tool("Write", {"file_path": "new.txt", "content": "x"}),
        text("Done."),
        text("Again."),
        text("And again."),
    )
    opened = ready(terminal("--permission-mode", "acceptEdits", "--allowed-tools", "Write,Edit"))
    opened.enter("go")
    opened.wait("Done.")
    opened.wait_idle()
    (world.workspace / "a.txt").write_text("somebody else's\n")
    (world.workspace / "new.txt").write_text("somebody else's\n")
    opened.enter("go on")
    opened.wait("Again.")
    opened.wait_idle()
    (world.workspace / "a.txt").unlink()
    opened.enter("go on once more")
    opened.wait("And again.")
    opened.wait_idle()
    opened.enter("/quit")
    assert opened.exit_code() == 0
    told_of = [(one["file_path"].removeprefix(f"{world.workspace}/"), one["event"]) for one in said(world)]
    assert told_of == [("a.txt", "change"), (".env", "add"), ("a.txt", "change"), ("a.txt", "unlink")]
    assert [event["changes"] for event in data(world, "files.changed") if event.get("changes")]
    assert world.run("verify", "@last").returncode == 0
    assert world.run("replay", "@last").returncode == 0


def test_an_event_that_cannot_occur_is_said_with_the_reason(world: World) -> None:
    configure(world, {"CwdChanged": "true"})
    world.serve(text("Hello."))
    done = world.run("-p", "hi")
    assert done.stdout == b"Hello.\n"
    assert "claw has no CwdChanged hooks; these do not run: a session never leaves its folder" in told(done)


def test_a_silent_person_is_told_of_once_and_one_who_goes_on_is_not(world: World, terminal: Any) -> None:
    path = world.home / ".claude" / "settings.json"
    path.parent.mkdir()
    keep = {"type": "command", "command": f'(cat; echo) >>"{world.root}/said.jsonl"'}
    groups = [{"matcher": "idle_prompt", "hooks": [keep]}]
    path.write_text(json.dumps({"hooks": {"Notification": groups}, "messageIdleNotifThresholdMs": 1500}))
    world.serve(text("One."), text("Two."))
    opened = ready(terminal())
    opened.enter("go")
    opened.wait("One.")
    opened.enter("go on")
    opened.wait("Two.")
    while not (world.root / "said.jsonl").exists():
        opened.wait_idle()
    opened.enter("/quit")
    assert opened.exit_code() == 0
    assert [one["notification_type"] for one in said(world)] == ["idle_prompt"]
    timers = [one["purpose"] for one in data(world, "timer.set")]
    assert timers.count("idle") == 2
    assert world.run("verify", "@last").returncode == 0
    assert world.run("replay", "@last").returncode == 0


def test_who_leaves_at_once_waits_for_no_timer_and_no_hook_costs_one(world: World, terminal: Any) -> None:
    path = world.home / ".claude" / "settings.json"
    path.parent.mkdir()
    keep = {"type": "command", "command": f'(cat; echo) >>"{world.root}/said.jsonl"'}
    world.serve(text("One."), text("One."))
    for matcher, timers in (("idle_prompt", ["idle"]), ("permission_prompt", [])):
        path.write_text(json.dumps({"hooks": {"Notification": [{"matcher": matcher, "hooks": [keep]}]}}))
        opened = ready(terminal())
        opened.enter("go")
        opened.wait("One.")
        opened.enter("/quit")
        assert opened.exit_code() == 0
        assert [one["purpose"] for one in data(world, "timer.set")] == timers
        assert world.run("replay", "@last").returncode == 0
    path.write_text(json.dumps({"hooks": {"Notification": [{"hooks": [keep]}]}}))
    assert world.run("-p", "go").stdout == b"One.\n"
    assert data(world, "timer.set") == []
    assert not (world.root / "said.jsonl").exists()


def test_a_turn_that_fails_is_told_with_the_reason(world: World) -> None:
    keep = f'(cat; echo) >>"{world.root}/said.jsonl"'
    configure(world, {"StopFailure": keep, "Stop": keep})
    world.serve({**text("Never."), "faults": [{"type": "status", "status": 401, "message": "who are you?"}]})
    assert world.run("-p", "go").returncode != 0
    (one,) = said(world)
    assert (one["hook_event_name"], one["error"]) == ("StopFailure", "authentication_failed")
    assert "who are you?" in one["error_details"]
    assert world.run("replay", "@last").returncode == 0
