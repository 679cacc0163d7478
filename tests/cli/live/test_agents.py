"""Agents at a real terminal: what they do is shown below their call, a question names who asks, Esc stops all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, tool

Start = Callable[..., Terminal]


def call(description: str, prompt: str) -> dict[str, Any]:
    return {"type": "tool", "name": "Agent", "arguments": {"description": description, "prompt": prompt}}


def test_what_they_do_who_asks_and_what_stops_them(world: World, terminal: Start) -> None:
    world.serve(
        {"blocks": [call("make a file", "Make the file."), call("wait long", "Wait for a long time.")]},
        text("That was all."),
        threads=[
            {
                "when": "Make the file.",
                "replies": [tool("Bash", {"command": "touch made"}), text("It is made.")],
            },
            {
                "when": "Wait for a long time.",
                "replies": [
                    tool("Glob", {"pattern": "*.txt"}),
                    text("never", faults=[{"type": "break", "how": "hang", "after": 1}]),
                ],
            },
        ],
    )
    opened = ready(terminal())
    opened.enter("do both")
    opened.wait("May the agent general-purpose: make a file do this?", "Glob(*.txt)", "Press a key")
    opened.press("1")
    opened.wait("It is made.")
    opened.press("Escape")
    assert "That was all" not in opened.wait("The agent was stopped before it was done.")
    opened.wait_idle()
    assert (world.workspace / "made").exists()
