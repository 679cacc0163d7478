"""What is typed while the model works: queued until the turn is over, or said into it, each by a key of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told, tool

Start = Callable[..., Terminal]

WAIT = "touch begun; while [ ! -e go ]; do sleep 0.1; done"


def replays(world: World) -> None:
    done = world.run("replay", "@last")
    assert done.returncode == 0, told(done)


def test_one_key_queues_and_another_steers(world: World, terminal: Start) -> None:
    world.serve(
        tool("Bash", {"command": WAIT}),
        {**tool("Bash", {"command": "echo seen"}), "expect": ["Use the other file."], "refuse": ["Then rest."]},
        {**text("I did."), "refuse": ["Then rest."]},
        {**text("Resting."), "expect": ["Then rest.", "And sleep."]},
    )
    opened = ready(terminal("--allowed-tools", "Bash"))
    opened.enter("Work.")
    opened.wait("Running")
    opened.type("Then rest.")
    opened.wait("Enter queues (after this turn), Ctrl-S steers (read next)")
    opened.press("Enter")
    opened.wait("Then rest.  (queued)")
    opened.type("Use the other file.")
    opened.press("C-s")
    opened.wait("Use the other file.  (read next)", "Then rest.  (queued)")
    opened.enter("And sleep.")
    opened.wait("And sleep.  (queued)")
    (world.workspace / "go").touch()
    screen = opened.wait("● I did.", "● Resting.")
    assert screen.index("> Use the other file.") < screen.index("● I did.") < screen.index("> Then rest.")
    kinds = world.kinds()
    assert kinds.count("turn.finished") == 2
    assert "tool.interrupted" not in kinds
    # With nothing under way both keys send.
    opened.enter("/help")
    opened.wait("Ctrl-S", "steer")
    opened.enter("/quit")
    opened.exit_code()
    replays(world)


def test_what_was_queued_follows_an_interrupt_and_outlives_kill_9(world: World, terminal: Start) -> None:
    world.serve(
        tool("Bash", {"command": WAIT}),
        {**tool("Bash", {"command": "touch again; sleep 600"}), "expect": ["Interrupted", "Do that first."]},
        {**text("Whole."), "expect": ["Interrupted: claw stopped"], "refuse": ["And at last?"]},
        {**text("At last."), "expect": ["And at last?"]},
    )
    opened = ready(terminal("--allowed-tools", "Bash"))
    opened.enter("Work.")
    opened.wait("Running")
    opened.enter("Do that first.")
    opened.wait("Do that first.  (queued)")
    opened.press("Escape")
    opened._until(lambda _: (world.workspace / "again").exists(), "the second call")
    opened.enter("And at last?")
    opened.wait("And at last?  (queued)")
    os.kill(opened.pid, signal.SIGKILL)
    opened.exit_code()
    done = world.run("resume", "@last", "-p", "")
    assert done.stdout == b"At last.\n", told(done)
    replays(world)


def test_a_terminal_that_can_only_be_written_to_steers_by_a_command(world: World, terminal: Start) -> None:
    world.serve(
        tool("Bash", {"command": WAIT}),
        {**text("I heard."), "expect": ["Hurry."], "refuse": ["Then rest."]},
        {**text("Resting."), "expect": ["Then rest."]},
    )
    opened = terminal("--allowed-tools", "Bash", TERM="dumb")
    opened.wait("/help")
    opened.enter("Work.")
    opened._until(lambda _: (world.workspace / "begun").exists(), "the call")
    opened.enter("Then rest.")
    opened.wait("queued until this turn is over")
    opened.enter("/steer Hurry.")
    opened._until(lambda _: world.kinds().count("input.received") == 3, "both")
    (world.workspace / "go").touch()
    opened.wait("● I heard.", "● Resting.")
    replays(world)
