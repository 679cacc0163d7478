"""What takes how much of the window: in the terminal and of a log, agreeing with what the provider counted."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told, tool


def test_the_parts_add_up_to_what_the_provider_counted_and_the_log_says_it_of_any_event(
    world: World, terminal: Callable[..., Terminal]
) -> None:
    (world.workspace / "CLAUDE.md").write_text("Use tabs.\n" * 50)
    (world.workspace / "a.txt").write_text("a\n" * 1_000)
    world.serve(tool("Read", {"file_path": "a.txt"}), text("It says a.", usage={"input": 12_000, "output": 345}))
    shown = ready(terminal())
    shown.enter("read a.txt")
    shown.wait("It says a.")
    shown.enter("/context")
    screen = shown.wait("12,345")
    for part in ("system prompt", "instruction files", "tools", "your messages", "replies", "results of Read", "free"):
        assert part in screen
    assert "The provider counted 12,345 tokens" in " ".join(screen.split())
    shown.enter("/quit")
    assert shown.exit_code() == 0

    done = world.run("context", "@last", "--json")
    assert done.returncode == 0, told(done)
    measured = json.loads(done.stdout)
    parts = {part["name"]: part for part in measured["parts"]}
    assert measured["total"] == measured["counted"] == sum(part["tokens"] for part in parts.values()) == 12_345
    assert measured["free"] == measured["window"] - 12_345
    assert parts["results of Read"]["bytes"] > 2_000 > parts["instruction files"]["bytes"] > 500
    table = world.run("context", "@last").stdout.decode()
    assert "results of Read" in table
    assert "12,345" in table

    first = next(event["seq"] for event in world.events() if event["kind"] == "input.received")
    early = json.loads(world.run("context", f"@last@{first}", "--json").stdout)
    assert early["counted"] == 0 < early["total"] < 12_345
    assert [part["count"] for part in early["parts"] if part["name"] == "your messages"] == [1]
    for wrong in ("@last@99999", "@last@0^", "nobody"):
        assert world.run("context", wrong).returncode == 2
    assert world.run("context", "@last", "--agent", "7").returncode == 2
