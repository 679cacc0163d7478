"""Typing: lines, history, completion, and what the slash commands do, in a real terminal."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, tool

Start = Callable[..., Terminal]

# --- the input line --------------------------------------------------------------------------------------------------


def test_several_lines_and_the_history(world: World, terminal: Start) -> None:
    world.serve(text("Two lines."), text("Again."))
    opened = ready(terminal())
    opened.enter("one \\")
    opened.type("two")
    opened.press("M-Enter")
    opened.enter("three")
    opened.wait("● Two lines.")
    opened.wait_idle()
    inputs = [event["data"]["text"] for event in world.events() if event["kind"] == "input.received"]
    assert inputs == ["one \ntwo\nthree"]
    opened.enter("/quit")
    opened.exit_code()
    opened = ready(terminal())
    opened.press("Up")
    opened.press("Up")
    opened.wait("three")
    assert (world.claw_home / "history").stat().st_mode & 0o077 == 0


def test_completion_of_commands_and_files(world: World, terminal: Start) -> None:
    (world.workspace / "alpha.txt").touch()
    (world.workspace / "beta").mkdir()
    (world.workspace / "beta" / "gamma.txt").touch()
    opened = ready(terminal())
    opened.type("/per")
    opened.wait("/permissions", "mode, rules and grants")
    opened.press("Tab")
    opened.wait("> /permissions")
    opened.press("C-c")
    opened.wait_gone("> /permissions")
    opened.type("see @be")
    opened.wait("beta/")
    opened.press("Tab")
    opened.wait("> see @beta/")
    opened.type("ga")
    opened.wait("gamma.txt")
    opened.press("Tab")
    opened.wait("> see @beta/gamma.txt")


# --- slash commands --------------------------------------------------------------------------------------------------


def test_commands_that_show_something(world: World, terminal: Start) -> None:
    world.serve(text("Hello."))
    opened = ready(terminal())
    opened.enter("/help")
    opened.wait("/compact", "interrupt the turn")
    opened.enter("Hi.")
    opened.wait("● Hello.")
    opened.wait_idle()
    opened.enter("/cost")
    opened.wait("this session", "calls")
    opened.enter("/model")
    opened.wait("(anthropic, window ", "Which model is asked from here on?", "as now", "Press a key")
    opened.press("1")
    opened.wait("it goes on with claude-sonnet-5-5")
    opened.enter("/nonsense")
    opened.wait("there is no command /nonsense")
    before = world.kinds()
    assert "input.command_invoked" not in before
    assert before.count("input.received") == 1


def test_commands_that_change_something(world: World, terminal: Start) -> None:
    world.serve(
        text("One."),
        text("Two."),
        {"for": "compaction", **text("They talked.")},
        {**text("Three."), "expect": ["They talked."]},
    )
    opened = ready(terminal())
    opened.enter("first")
    opened.wait("● One.")
    opened.wait_idle()
    opened.enter("second")
    opened.wait("● Two.")
    opened.wait_idle()
    opened.enter("/model claude-haiku-4-5")
    opened.wait("from now on: model anthropic/claude-haiku-4-5")
    opened.enter("/permissions mode acceptEdits")
    opened.wait("from now on: permission mode acceptEdits")
    opened.press("BTab")
    opened.wait("from now on: permission mode plan")
    opened.enter("/rename holiday")
    opened.wait("the session's name is now holiday")
    opened.enter("/compact")
    opened.wait("the conversation was summarised")
    opened.wait_idle()
    opened.enter("third")
    opened.wait("● Three.")
    opened.wait_idle()
    opened.enter("/clear")
    opened.wait("the conversation begins anew")
    assert "holiday" in world.run("log").stdout.decode()


def test_resume_and_fork_switch_in_place(world: World, terminal: Start) -> None:
    world.serve(text("One."), text("Two."))
    world.run("-p", "Old question.", "--name", "old")
    old = world.sessions()[0]
    opened = ready(terminal())
    opened.enter("/resume")
    opened.wait("Go on with which session?", "(this)", "old")
    opened.press("Down")
    opened.wait("2 of 2", old, "> Old question.", "One.")
    opened.press("Escape")
    opened.wait("/help")
    opened.enter("/resume old")
    opened.wait("> Old question.", "● One.", "resumed")
    opened.enter("/fork")
    opened.wait("Branch where?", "before: Old question.", "after:  One.")
    opened.press("Enter")
    opened.wait(f"forked from {old}")
    opened.enter("New question.")
    opened.wait("● Two.")
    opened.wait_idle()
    opened.enter("/resume nobody")
    opened.wait("no session has the id or name 'nobody'")
    opened.enter("/quit")
    assert opened.exit_code() == 0
    fork = world.sessions()[-1]
    assert "New question." in json.dumps(world.events(fork))
    assert "New question." not in json.dumps(world.events(old))


def test_resume_shows_the_past(world: World, terminal: Start) -> None:
    (world.workspace / "a.txt").write_text("content of a\n")
    world.serve(
        {
            "blocks": [
                {"type": "thinking", "text": "A thought."},
                *tool("Read", {"file_path": "a.txt"}, say="Reading.")["blocks"],
            ]
        },
        tool("Bash", {"command": "touch made"}),
        text("The **end**."),
        text("Going on."),
    )
    assert world.run("-p", "Read it.").returncode == 3
    opened = terminal("resume", "@last")
    screen = opened.wait("● The end.", "resumed")
    for shown in ("> Read it.", "thought", "● Reading.", "● Read(a.txt)", "content of a", "nobody could be asked"):
        assert shown in screen
    opened.enter("Go on.")
    opened.wait("● Going on.")


# --- sessions that cannot be opened ----------------------------------------------------------------------------------


def test_a_session_that_is_open_elsewhere(world: World, terminal: Start) -> None:
    world.serve(text("One."), text("Two."))
    opened = ready(terminal("--name", "first"))
    opened.enter("Hello.")
    opened.wait("● One.")
    opened.wait_idle()
    refused = world.run("resume", "first", "-p", "x")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr.decode()
    other = ready(terminal("--name", "second"))
    other.enter("/resume first")
    # It stays where it was, and goes on there.
    other.wait("resumed")
    other.enter("Are you still there?")
    other.wait("● One.")
    other.enter("/quit")
    assert other.exit_code() == 0


def test_a_turn_that_was_cut_off_goes_on(world: World, terminal: Start) -> None:
    world.serve(tool("Bash", {"command": "touch begun; sleep 600"}), text("It was cut off."))
    opened = ready(terminal("--allowed-tools", "Bash"))
    opened.enter("Wait.")
    opened.wait("Running")
    opened._until(lambda _: (world.workspace / "begun").exists(), "the tool")
    os.kill(opened.pid, signal.SIGKILL)
    assert opened.exit_code() == 137
    again = terminal("-c")
    again.wait("> Wait.", "cut off: claw stopped while it ran", "● It was cut off.")
    again.wait_idle()


def test_retries_are_told(world: World, terminal: Start) -> None:
    busy = {"type": "status", "status": 529, "headers": {"retry-after": "1"}}
    world.serve({**text("At last."), "faults": [busy]})
    opened = ready(terminal())
    opened.enter("Hello?")
    opened.wait("overloaded:", "trying again in 1 s", "● At last.")
