"""What people are shown of a session with agents below agents: the calls, the transcript, the costs, the events."""

from __future__ import annotations

import json
import re

from tests.cli.live.world import World, told, tool
from tests.cli.live.world import text as says
from tests.session.test_agents import agent, reply, thread, whole


def nested(world: World) -> str:
    """Five agents, on two levels; one of them in the background, and still at work when its parent ends. What `claw -p`
    says of the calls.
    """
    background = agent("edit \x1b[2J two", "Edit 2.")
    background["arguments"]["run_in_background"] = True
    world.serve(
        reply(agent("find the tests", "Find.", "explore"), agent("make the change", "Change.")),
        says("all done"),
        threads=[
            thread("Find.", reply(agent("look deeper", "Deeper.", "explore")), says("found it")),
            thread("Deeper.", tool("Grep", {"pattern": "x"}), says("deep")),
            thread("Change.", reply(agent("edit one", "Edit 1."), background), says("changed")),
            thread("Edit 1.", tool("Write", {"file_path": "one", "content": "1\n"}), says("one done")),
            thread("Edit 2.", tool("Bash", {"command": "sleep 600"})),
        ],
    )
    done = world.run("-p", "go on", "--permission-mode", "acceptEdits", "--allowed-tools", "Bash", "--verbose")
    assert done.returncode == 0, told(done)
    return told(done)


def test_they_are_told_apart_and_nested(world: World) -> None:
    calls = nested(world)
    events = whole(world)
    ids = {e["data"]["description"]: e["agent"] for e in events if e["kind"] == "agent.spawned"}
    change, one, two, deeper = (
        ids[name] for name in ("make the change", "edit one", "edit \x1b[2J two", "look deeper")
    )
    assert f"● [{one}] Write(one)" in calls
    assert "● Agent(make the change)" in calls

    shown = world.run("show", "@last").stdout.decode()
    assert f"\nAgent {change} (general-purpose: make the change), done:\n  |\n  | ## Task" in shown
    assert f"\n  | Agent {one} (general-purpose: edit one), done:\n  |   |\n  |   | ## Task" in shown
    assert f"\n  | Agent {two} (general-purpose: edit ␛[2J two), interrupted:\n" in shown
    assert "No result yet" not in shown
    assert shown.count("## User") == 1

    table = world.run("cost", "@last").stdout.decode()
    assert re.search(r"^anthropic/claude-\S+ +11 ", table, re.MULTILINE), table
    assert re.search(rf"^0 main +2 .*\n.*^  {change} general-purpose: make the change +2 ", table, re.M | re.S), table
    assert re.search(rf"^    {deeper} explore: look deeper +2 ", table, re.MULTILINE), table
    costs = {one["agent"]: one for one in json.loads(world.run("cost", "@last", "--json").stdout)["agents"]}
    assert {id: one["parent"] for id, one in costs.items()}[deeper] == ids["find the tests"]
    assert costs[0]["with_those_below"]["calls"] == 11
    assert costs[change]["with_those_below"]["calls"] == sum(costs[id]["own"]["calls"] for id in (change, one, two))

    lines = world.run("log", "@last", "--agent", str(two)).stdout.decode().splitlines()
    assert lines
    assert all(f"[{two}] " in line for line in lines)
    assert world.run("log", "@last", "--agent", "0").returncode == 0
    none = world.run("log", "@last", "--agent", "9")
    assert none.returncode == 2
    assert "there is no agent 9 in this session" in told(none)
