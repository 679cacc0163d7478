"""Sleep, TaskOutput and TaskStop: waits, and whatever runs in the background under one kind of id."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.cli.live.test_background import ends, until
from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told, tool

FIND = tool("ToolSearch", {"query": "select:Sleep,TaskOutput,TaskStop,Monitor"})
BASH = ("--allowed-tools", "Bash")


def results(world: World) -> list[str]:
    """What the results of calls told the model, those that claw derived included."""
    kinds = ("tool.finished", "tool.completed")
    finished = [event["data"] for event in world.events() if event["kind"] in kinds]
    return ["".join(block["text"] for block in event["content"]) for event in finished][1:]


def at(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def replays(world: World) -> None:
    for verb in ("replay", "verify"):
        done = world.run(verb, "@last")
        assert done.returncode == 0, told(done)


def test_sleeps_for_a_while_until_a_time_and_until_something_ends(world: World) -> None:
    world.serve(
        FIND,
        tool("Sleep", {"seconds": 0.2}),
        tool("Sleep", {"until": at(5)}),
        tool("Sleep", {"until": "09:30"}),
        tool("Sleep", {"until": at(100_000)}),
        tool("Sleep", {}),
        tool("Sleep", {"seconds": 90_000}),
        tool("Bash", {"command": "sleep 1; exit 3", "run_in_background": True}),
        tool("Sleep", {"seconds": 3600, "wake_on_background": True}),
        # It has ended before the sleep begins, and the model has not heard of it.
        {
            "blocks": [
                {"type": "tool", "name": "Bash", "arguments": {"command": "exit 4", "run_in_background": True}},
                {"type": "tool", "name": "Bash", "arguments": {"command": "sleep 1"}},
                {"type": "tool", "name": "Sleep", "arguments": {"seconds": 3600, "wake_on_background": True}},
            ]
        },
        text("Rested.", expect=["bash_2 ended with exit code 4"]),
    )
    done = world.run("-p", "rest", *BASH)
    assert (done.returncode, done.stdout) == (0, b"Rested.\n"), told(done)
    said = results(world)
    assert said[0].startswith("Slept for 0.")
    assert said[1].startswith("Slept for ")
    assert "with its offset from UTC" in said[2]
    assert "within the next 24 hours" in said[3]
    assert said[4] == "Give either `seconds` or `until`."
    assert said[-1] == "Not slept: there is news of what runs in the background.", said
    woken = said[-4]
    assert woken.endswith("the background command bash_1 ended with exit code 3."), said
    assert woken.startswith("Woken after ")
    kinds = world.kinds()
    assert kinds.count("wait.requested") == kinds.count("wait.ended") == 3
    replays(world)


def test_a_sleep_goes_on_after_kill_9_for_what_is_left(world: World) -> None:
    world.serve(FIND, tool("Sleep", {"until": at(6)}), text("Awake."))
    process = world.spawn("-p", "rest")
    until(lambda: "wait.requested" in world.kinds())
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    done = world.run("resume", "@last", "-p", "")
    assert (done.returncode, done.stdout) == (0, b"Awake.\n"), told(done)
    assert world.kinds().count("wait.requested") == 1
    assert [event["data"].get("cancelled") for event in world.events() if event["kind"] == "wait.ended"] == [None]
    replays(world)
    # A fork of the middle of it does not know what became of the wait.
    seq = next(event["seq"] for event in world.events() if event["kind"] == "wait.requested")
    forked = world.run("fork", f"@last@{seq}", "-p", "go on")
    assert (forked.returncode, forked.stdout) == (0, b"Awake.\n"), told(forked)
    asked = [event["seq"] for event in world.events() if event["kind"] == "model.requested"]
    assert b"the session was forked while this ran" in world.run("show", f"@last@{asked[-1]}", "--request").stdout
    replays(world)


def test_what_is_said_into_a_turn_wakes_and_esc_interrupts(world: World, terminal: Callable[..., Terminal]) -> None:
    command = tool("Bash", {"command": "sleep 1000", "run_in_background": True})
    world.serve(
        FIND,
        tool("Sleep", {"seconds": 3600}),
        {**command, "expect": ["Woken after", "Hurry."]},
        tool("TaskOutput", {"task_id": "bash_1", "timeout": 600_000}),
        tool("Sleep", {"seconds": 3600}, expect=["bash_1: running", "Faster."]),
        text("Stopped.", expect=["Interrupted after", "What now?"]),
    )
    opened = ready(terminal(*BASH))
    opened.enter("Rest.")
    opened.wait("Sleep(3600)")
    opened.type("Hurry.")
    opened.press("C-s")
    opened.wait("TaskOutput(bash_1)")
    opened.type("Faster.")
    opened.press("C-s")
    opened._until(lambda _: world.kinds().count("wait.requested") == 2, "the second sleep")
    opened.press("Escape")
    opened.wait("Interrupted")
    opened.enter("What now?")
    opened.wait("Stopped.")
    opened.enter("/quit")
    opened.exit_code()
    assert "tool.interrupted" not in world.kinds()
    replays(world)


def test_commands_and_agents_by_one_kind_of_id(world: World) -> None:
    def agent(number: int) -> dict[str, Any]:
        arguments = {"description": f"wait {number}", "prompt": f"part {number}", "run_in_background": True}
        return tool("Agent", arguments)

    wait = {"command": "echo one; until [ -e go ]; do sleep 0.1; done; echo two", "run_in_background": True}
    world.serve(
        FIND,
        tool("Bash", wait),
        tool("TaskOutput", {"task_id": "bash_1", "timeout": 10}),
        tool("Bash", {"command": "touch go"}),
        tool("TaskOutput", {"task_id": "bash_1"}),
        tool("TaskStop", {"task_id": "bash_1"}),
        tool("Bash", {"command": "sleep 1000", "run_in_background": True}),
        tool("TaskStop", {"task_id": "bash_2"}),
        tool("TaskStop", {"task_id": "bash_9"}),
        agent(1),
        tool("TaskOutput", {"task_id": "1", "block": False}),
        tool("TaskStop", {"task_id": "agent_1"}),
        agent(2),
        tool("TaskOutput", {"task_id": "2"}),
        tool("TaskStop", {"task_id": "2"}),
        text("Done."),
        threads=[
            {"when": "part 1", "replies": [tool("Bash", {"command": "sleep 1000"})]},
            {"when": "part 2", "replies": [text("I am part 2.")]},
        ],
    )
    done = world.run("-p", "go", *BASH)
    assert (done.returncode, done.stdout) == (0, b"Done.\n"), told(done)
    said = results(world)
    assert "bash_1: running\n\none" in said
    assert "bash_1: ended, exit code 0\n\ntwo" in said
    assert "bash_1 does not run any more (ended, exit code 0)." in said
    assert "Killed bash_2, and everything it started." in said
    assert any(one.startswith("There is no background command 'bash_9'.") for one in said)
    assert any(one.startswith("Agent 1 (general-purpose: wait 1): at work") for one in said)
    assert "Agent 1 is being stopped." in said
    assert any("Agent 2 (general-purpose: wait 2): has ended (done)" in one and "I am part 2." in one for one in said)
    assert "Agent 2 has ended already (done)." in said
    assert ends(world) == [("bash_1", "exited"), ("bash_2", "killed")]
    replays(world)


LOG = "printf 'line %d\\n' 1 2 3; until [ -e go ]; do sleep 0.1; done; echo ready; exit 4"


def test_a_line_of_a_command_is_waited_for(world: World) -> None:
    """Also one that came before, after 1 MB without a line's end, and by an expression that backtracks elsewhere."""
    slow = "(a+)+$"
    hostile = (
        "printf 'a%.0s' {1..100000}; echo '!'; head -c 1000000 /dev/zero | tr '\\0' a; echo; touch said; sleep 100"
    )
    world.serve(
        FIND,
        tool("Bash", {"command": LOG, "run_in_background": True}),
        tool("Monitor", {"task_id": "bash_1", "pattern": "^line 2$"}),
        tool("Monitor", {"task_id": "bash_1", "pattern": "^line 2$", "timeout_ms": 50}),
        tool("Bash", {"command": "touch go"}),
        tool("Monitor", {"task_id": "bash_1", "pattern": "never|read[y]"}),
        tool("Monitor", {"task_id": "bash_1", "pattern": "x"}),
        tool("Bash", {"command": hostile, "run_in_background": True}),
        tool("Bash", {"command": "until [ -e said ]; do sleep 0.1; done"}),
        tool("Monitor", {"task_id": "bash_2", "pattern": f"^{slow}b", "timeout_ms": 300}),
        tool("Monitor", {"task_id": "bash_2", "pattern": "("}),
        tool("Monitor", {"task_id": "bash_2"}),
        tool("Monitor", {"task_id": "bash_7", "pattern": "x"}),
        tool("Monitor", {"task_id": "bash_2", "pattern": "x", "command": "true"}),
        text("Done."),
    )
    done = world.run("-p", "go", *BASH)
    assert (done.returncode, done.stdout) == (0, b"Done.\n"), told(done)
    said = results(world)
    assert said[1] == "bash_1 says: line 2\n\nbash_1: running\n\nline 1\nline 2\nline 3"
    assert said[2] == "No line of bash_1 has matched within 0.05 s.\n\nbash_1: running\n\n(no new output)"
    assert said[4].startswith("bash_1 says: ready\n\nbash_1: ")
    assert said[5].startswith("bash_1 has ended, and no line of it matches.\n\nbash_1: ended, exit code 4")
    assert said[8].startswith("No line of bash_2 has matched within 0.3 s.")
    assert "regular expression" in said[9] or "regex" in said[9], said[9]
    assert said[10] == "`pattern` says which line of it to wait for."
    assert said[11].startswith("There is no background command 'bash_7'.")
    assert said[12] == "Give either `command`, or `task_id` and `pattern`."
    replays(world)


def test_lines_of_a_command_begin_turns(world: World, terminal: Callable[..., Terminal]) -> None:
    """Until it ends, its time is over, or it has said too much; a rule for Bash speaks of it."""
    watch = {"command": LOG, "description": "the log"}
    flood = {"command": "yes 'too much'", "persistent": True}
    short = {"command": "sleep 1000", "timeout_ms": 100}
    world.serve(
        FIND,
        tool("Monitor", watch),
        text("Watching."),
        text("I see three.", expect=["bash_1 (the log) says:", "line 1", "line 3"]),
        {**tool("Monitor", short), "expect": ["ready", "It ended with exit code 4."]},
        text("A short one."),
        tool("Monitor", flood, expect=["Its 0.1 s are over, and it was ended."]),
        text("A flood."),
        text("Enough.", expect=["too much", "It has said more than 2000 lines and was ended"]),
        tool("Monitor", {"command": "rm -rf sub"}),
        text("Not that.", expect=["Bash(rm:*)"]),
    )
    opened = ready(terminal(*BASH, "--disallowed-tools", "Bash(rm:*)"))
    opened.enter("Watch.")
    opened.wait("● Watching.", "● I see three.")
    (world.workspace / "go").touch()
    opened.wait("● A short one.", "● A flood.", "● Enough.")
    opened.enter("Remove it.")
    opened.wait("● Not that.")
    opened.enter("/quit")
    opened.exit_code()
    assert ends(world) == [("bash_1", "exited"), ("bash_2", "killed"), ("bash_3", "killed")]
    replays(world)


def test_what_was_watched_is_told_as_ended_after_kill_9(world: World, terminal: Callable[..., Terminal]) -> None:
    world.serve(
        FIND,
        tool("Monitor", {"command": "echo begun; touch up; sleep 1000", "persistent": True}),
        tool("Monitor", {"task_id": "bash_1", "pattern": "never"}),
        text("Over.", expect=["The background command bash_1 ended when claw stopped.", "claw stopped"]),
    )
    process = world.spawn("-p", "watch", *BASH)
    until(lambda: world.kinds().count("tool.started") == 3)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    done = world.run("resume", "@last", "-p", "")
    assert (done.returncode, done.stdout) == (0, b"Over.\n"), told(done)
    assert ends(world) == [("bash_1", "crash")]
    replays(world)
