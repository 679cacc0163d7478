"""A question beside the conversation: answered while the model works, and no part of what it is sent afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told, tool

Start = Callable[..., Terminal]

WAIT = "touch begun; while [ ! -e go ]; do sleep 0.1; done"


def aside(words: str, asked: str, **more: Any) -> dict[str, Any]:
    return {**text(words), "for": "aside", "expect": [asked], **more}


def test_an_answer_beside_the_conversation(world: World, terminal: Start) -> None:
    world.serve(
        {**text("Hello."), "usage": {"input": 10, "output": 5}},
        tool("Bash", {"command": WAIT}),
        {**text("Done."), "refuse": ["capital of France", "Paris", "How far"]},
        {**text("Bye."), "refuse": ["capital of France", "Paris", "How far"]},
        aside("It is Paris.", "What is the capital of France?"),
        {**tool("Bash", {"command": "touch never"}), "for": "aside", "expect": ["How far are you?"]},
    )
    opened = ready(terminal("--allowed-tools", "Bash"))
    opened.enter("/btw")
    opened.wait("what do you want to know?")
    opened.enter("Hi.")
    opened.wait("● Hello.")
    opened.wait_idle()
    opened.enter("/btw What is the capital of France?")
    opened.wait("btw: What is the capital of France?", "It is Paris.")
    opened.enter("Work.")
    opened.wait("Running")
    # The turn goes on, and its call is not waited for.
    opened.enter("/btw How far are you?")
    opened.wait("btw: How far are you?", "the model gave no answer without a tool")
    assert not (world.workspace / "never").exists()
    assert "tool.finished" not in world.kinds()
    (world.workspace / "go").touch()
    opened.wait("● Done.")
    opened.enter("And?")
    opened.wait("● Bye.")
    opened.enter("/quit")
    opened.exit_code()
    asked = [event for event in world.events() if event["kind"] == "model.requested"]
    assert [event["data"]["purpose"] for event in asked] == ["turn", "aside", "turn", "aside", "turn", "turn"]
    # The prefix is the same as that of the conversation: tools and instructions, and how tools are offered.
    assert asked[1]["data"]["parameters"] == asked[0]["data"]["parameters"]
    done = world.run("replay", "@last")
    assert done.returncode == 0, told(done)
    session = world.sessions()[-1]
    shown = world.run("show", session).stdout.decode()
    assert "What is the capital of France?" in shown
    assert "It is Paris." in shown
    # A fork of the middle of it goes on without the answer.
    seq = next(event["seq"] for event in world.events() if event["kind"] == "input.aside_asked")
    done = world.run("fork", f"{session}@{seq}", "-p", "Work.", "--allowed-tools", "Bash")
    assert done.stdout == b"Done.\n", told(done)
    assert world.run("replay", "@last").returncode == 0


def test_one_that_fails_and_one_that_is_called_off(world: World, terminal: Start) -> None:
    world.serve(
        text("Hello."),
        {**text("Still here."), "refuse": ["slow", "broken"]},
        {**text(*["Words that come slowly. "] * 300), "for": "aside", "expect": ["slow"], "pace": 0.2},
        {"for": "aside", "expect": ["broken"], "faults": [{"type": "status", "status": 529}]},
    )
    opened = ready(terminal())
    opened.enter("Hi.")
    opened.wait("● Hello.")
    opened.wait_idle()
    opened.enter("/btw broken")
    opened.wait("btw: broken", "529")
    opened.enter("/btw slow")
    opened.wait("btw: slow  (asking)")
    opened.press("Escape")
    opened.wait("interrupted")
    opened.enter("Well?")
    opened.wait("● Still here.")
    opened.enter("/quit")
    opened.exit_code()
    done = world.run("replay", "@last")
    assert done.returncode == 0, told(done)
