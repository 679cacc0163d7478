"""What an agent that works on shows the person at once."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told, tool

Start = Callable[..., Terminal]

TASK = {"description": "look around", "prompt": "Look around.", "subagent_type": "explore"}
FOUND = "**The key** is in the log.\x1b[2J"


def scenario(world: World) -> None:
    theirs = [tool("SendUserMessage", {"message": FOUND}), {**text("I have looked."), "expect": ["Shown to the user."]}]
    mine = [tool("SendUserMessage", {"message": "I begin."}), tool("Agent", TASK), text("Done.")]
    world.serve(*mine, threads=[{"when": "Look around.", "replies": theirs}])


def test_messages_are_shown_at_once_and_named(world: World, terminal: Start) -> None:
    scenario(world)
    opened = ready(terminal())
    opened.enter("Go.")
    screen = opened.wait("● I begin.", "● agent 1 (explore: look around) says", "The key is in the log.", "● Done.")
    assert "SendUserMessage" not in screen
    opened.enter("/quit")
    opened.exit_code()
    done = world.run("replay", "@last")
    assert done.returncode == 0, told(done)


def test_messages_of_a_run_without_a_terminal(world: World) -> None:
    scenario(world)
    done = world.run("-p", "Go.")
    assert done.stdout == b"Done.\n"
    assert "claw: I begin." in told(done)
    assert "agent 1 (explore: look around): **The key** is in the log." in told(done)
    assert "\x1b" not in told(done)
    scenario(world)
    done = world.run("-p", "Go.", "--output-format", "events")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    said = [(one["agent"], one["data"]["text"]) for one in events if one["kind"] == "user.messaged"]
    assert said == [(0, "I begin."), (1, FOUND)]
    assert world.run("replay", "@last").returncode == 0
