"""Commands in the background, through the real claw: they outlive a call and a turn, and never the session."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable
from typing import Any

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import PATIENCE, World, text, told, tool

ALL = ("--permission-mode", "bypassPermissions")


def serving(mark: str) -> dict[str, Any]:
    """A call that starts what never ends by itself, stubborn children included."""
    command = f": {mark}; (trap '' TERM; : {mark}; while :; do sleep 0.1; done) & echo serving; touch up; wait"
    return tool("Bash", {"command": command, "run_in_background": True})


def running(mark: str) -> list[str]:
    found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in found if mark in line and not line.startswith("ps ")]


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def ends(world: World) -> list[tuple[str, str]]:
    return [(e["data"]["id"], e["data"]["reason"]) for e in world.events() if e["kind"] == "shell.finished"]


def said(world: World) -> str:
    """All that results of calls told the model."""
    finished = [event for event in world.events() if event["kind"] == "tool.finished"]
    return "\n".join(block["text"] for event in finished for block in event["data"]["content"])


def test_a_prompts_end_kills_what_still_runs_and_records_it(world: World) -> None:
    mark = f"mark-{uuid.uuid4().hex}"
    world.serve(
        serving(mark),
        tool("Bash", {"command": "until [ -e up ]; do sleep 0.01; done"}),
        tool("BashOutput", {"bash_id": "bash_1"}),
        text("It runs."),
    )
    done = world.run("-p", "serve", *ALL)
    assert done.returncode == 0, told(done)
    assert "bash_1: running\n\nserving" in said(world)
    assert ends(world) == [("bash_1", "session_end")]
    assert world.kinds()[-2:] == ["shell.finished", "session.ended"]
    assert running(mark) == []
    for command in (("verify", "@last"), ("replay", "@last"), ("show", "@last"), ("log", "@last")):
        checked = world.run(*command)
        assert checked.returncode == 0, told(checked)
    assert b"bash_1 was killed when the session ended" in world.run("show", "@last").stdout


def test_looking_and_killing_need_no_permission_but_heed_deny_rules(world: World) -> None:
    replies = (
        tool("Bash", {"command": "sleep 1000", "run_in_background": True}),
        tool("BashOutput", {"bash_id": "bash_1"}),
        tool("KillShell", {"shell_id": "bash_1"}),
        text("Done."),
    )
    world.serve(*replies)
    done = world.run("-p", "go", "--allowed-tools", "Bash(sleep 1000)")
    assert done.returncode == 0, told(done)
    assert "Killed bash_1" in said(world)
    assert ends(world) == [("bash_1", "killed")]
    world.serve(*replies)
    world.run("-p", "go", "--allowed-tools", "Bash(sleep 1000)", "--disallowed-tools", "KillShell")
    assert ends(world) == [("bash_1", "session_end")]


def test_a_kill_of_claw_takes_them_along_and_resume_says_so(world: World) -> None:
    mark = f"mark-{uuid.uuid4().hex}"
    world.serve(serving(mark), tool("Bash", {"command": "sleep 1000"}), text("Gone."), text("Nothing."))
    claw = world.spawn("-p", "serve", *ALL)
    until(lambda: (world.workspace / "up").exists() and world.sessions() and "shell.output" in world.kinds())
    assert running(mark)
    claw.kill()
    claw.communicate()
    done = world.run("resume", "@last", "-p", "what runs?", *ALL)
    assert done.returncode == 0, told(done)
    assert running(mark) == []
    assert ends(world) == [("bash_1", "crash")]
    kinds = world.kinds()
    assert kinds.index("session.resumed") < kinds.index("shell.finished") < len(kinds) - 1
    (*_, request) = [e["seq"] for e in world.events() if e["kind"] == "model.requested"]
    assert b"bash_1 ended when claw stopped" in world.run("show", f"@last@{request}", "--request").stdout
    for command in (("verify", "@last"), ("replay", "@last")):
        checked = world.run(*command)
        assert checked.returncode == 0, told(checked)


def test_ids_are_not_given_again_after_a_resume(world: World) -> None:
    start = tool("Bash", {"command": "sleep 1000", "run_in_background": True})
    world.serve(start, text("One."), start, tool("BashOutput", {"bash_id": "bash_1"}), text("Two."))
    world.run("-p", "one", *ALL)
    done = world.run("resume", "@last", "-p", "two", *ALL)
    assert done.returncode == 0, told(done)
    assert ends(world) == [("bash_1", "session_end"), ("bash_2", "session_end")]
    assert "bash_1 does not run any more" in said(world)


def test_an_interrupted_turn_leaves_them_running_and_quitting_ends_them(
    world: World, terminal: Callable[..., Terminal]
) -> None:
    mark = f"mark-{uuid.uuid4().hex}"
    world.serve(serving(mark), tool("Bash", {"command": "touch busy; sleep 1000"}))
    opened = ready(terminal(*ALL))
    opened.enter("serve")
    until(lambda: (world.workspace / "busy").exists())
    opened.press("Escape")
    opened.wait("what next?")
    assert running(mark)
    opened.enter("/bashes")
    opened.wait("bash_1", "running")
    opened.press("C-c")
    opened.press("C-c")
    assert opened.exit_code() == 0
    assert running(mark) == []
    assert ends(world) == [("bash_1", "session_end")]


def test_a_signal_ends_them(world: World) -> None:
    mark = f"mark-{uuid.uuid4().hex}"
    world.serve(serving(mark), tool("Bash", {"command": "touch busy; sleep 1000"}))
    claw = world.spawn("-p", "serve", *ALL)
    until(lambda: (world.workspace / "busy").exists())
    os.kill(claw.pid, signal.SIGTERM)
    claw.communicate(timeout=PATIENCE)
    assert claw.returncode == 143
    assert running(mark) == []
    assert ends(world) == [("bash_1", "session_end")]
