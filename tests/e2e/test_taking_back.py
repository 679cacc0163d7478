"""What was typed while claw works, and waits, is taken back into the line, changed, and never sent as it was."""

from __future__ import annotations

from collections.abc import Callable

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, tool


def test_the_last_queued_line_comes_back_and_only_what_it_becomes_is_sent(
    world: World, terminal: Callable[..., Terminal]
) -> None:
    world.serve(
        tool("Bash", {"command": "until [ -e sign ]; do sleep 0.05; done"}),
        text("One."),
        {**text("Two."), "expect": ["second thing", "third thing"]},
    )
    opened = ready(terminal("--allowed-tools", "Bash"))
    opened.enter("first thing")
    opened.wait("● Bash")
    for count, said in enumerate(("second thing", "wrong thing"), 1):
        opened.enter(said)
        opened._until(lambda screen, count=count: screen.count("(queued)") == count, f"{count} queued")
    opened.press("Up")
    opened.wait("> wrong thing")
    for _ in range(len("wrong thing")):
        opened.press("BSpace")
    opened.enter("third thing")
    (world.workspace / "sign").touch()
    opened.wait("● Two.")
    opened.wait_idle()
    opened.enter("/quit")
    assert opened.exit_code() == 0
    events = world.events()
    received = {event["data"]["text"]: event["seq"] for event in events if event["kind"] == "input.received"}
    withdrawn = [event["data"]["input"] for event in events if event["kind"] == "input.withdrawn"]
    assert withdrawn == [received["wrong thing"]]
    assert "wrong thing" not in world.run("show", "@last", "--request").stdout.decode()
    assert world.run("replay", "@last").returncode == 0
    assert world.run("verify", "@last").returncode == 0
