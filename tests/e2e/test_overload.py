"""A service that has too much to do: another model is asked, and what one agent was told holds for the others."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.live.world import World, text, told, tool

BUSY = {"type": "status", "status": 529}


def replays(world: World) -> list[dict[str, Any]]:
    for command in ("verify", "replay"):
        checked = world.run(command, "@last")
        assert checked.returncode == 0, checked.stdout.decode() + told(checked)
    return world.events()


def asked(events: list[dict[str, Any]]) -> list[str]:
    return [event["data"]["model"].split("-")[1] for event in events if event["kind"] == "model.requested"]


def test_another_model_is_asked_until_the_next_prompt(world: World) -> None:
    (world.home / ".claude").mkdir()
    (world.home / ".claude/settings.json").write_text('{"fallbackModel": "haiku"}')
    world.serve(
        tool("Glob", {"pattern": "*"}, faults=[BUSY] * 3),
        text("Done.", expect=["You are the model claude-haiku-5-5 from here on."]),
        text("Again.", faults=[BUSY]),
        text("The first one.", expect=["You are the model claude-opus-5-5 from here on."]),
    )
    first = world.run("-p", "go", "--model", "opus")
    assert (first.returncode, first.stdout) == (0, b"Done.\n"), told(first)
    assert "claude-opus-5-5 is overloaded (3 attempts): claude-haiku-5-5 is asked until the next prompt" in told(first)
    assert asked(replays(world)) == ["opus", "opus", "opus", "haiku", "haiku"]
    again = world.run("resume", "@last", "-p", "more", "--fallback-model", "sonnet", CLAW_MAX_RETRIES="0")
    assert (again.returncode, again.stdout) == (0, b"Again.\n"), told(again)
    last = world.run("resume", "@last", "-p", "more", CLAW_MAX_RETRIES="4")
    assert (last.returncode, last.stdout) == (0, b"The first one.\n"), told(last)
    models = asked(replays(world))
    assert models[5:] == ["opus", "sonnet", "opus"]


def test_one_that_nobody_named_is_not_asked(world: World) -> None:
    world.serve(text("Done.", faults=[BUSY] * 2))
    done = world.run("-p", "go", CLAW_MAX_RETRIES="1")
    assert done.returncode == 7, told(done)
    assert [event["kind"] for event in replays(world)].count("model.fell_back") == 0


def test_a_wish_to_be_left_alone_holds_for_all_agents(world: World) -> None:
    """One agent is told to wait; the other, whose command ends meanwhile, does not ask before that time either."""
    limited = {"type": "status", "status": 429, "headers": {"retry-after": "2"}}
    agents = [
        {"type": "tool", "name": "Agent", "arguments": {"description": name, "prompt": f"Do {name}."}}
        for name in ("one", "two")
    ]
    world.serve(
        {"blocks": agents},
        text("Both are done."),
        threads=[
            {"when": "Do one.", "replies": [text("One is done.", faults=[limited])]},
            {"when": "Do two.", "replies": [tool("Bash", {"command": "sleep 0.7"}), text("Two is done.")]},
        ],
    )
    done = world.run("-p", "go", "--permission-mode", "bypassPermissions")
    assert (done.returncode, done.stdout) == (0, b"Both are done.\n"), told(done)
    events = replays(world)
    failed = next(event for event in events if event["kind"] == "model.failed")
    titles = {event["agent"]: event["data"]["description"] for event in events if event["kind"] == "agent.spawned"}
    other = next(id for id, title in titles.items() if title == "two")
    assert titles[failed["agent"]] == "one"
    waits = [event for event in events if event["kind"] == "timer.set" and event["agent"] == other]
    assert [json.dumps(event["data"].get("purpose")) for event in waits] == ['"retry"']
    assert 0 < waits[0]["data"]["delay_ms"] < 2_500
