"""Agents that agents start, over the real wire: what they may do, what their parents are told, how they end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from claw.replay import replay
from tests.cli.live.world import World, told, tool
from tests.cli.live.world import text as says


def agent(description: str, prompt: str, kind: str | None = None) -> dict[str, Any]:
    """A call of the tool, as a block of a reply."""
    kinds = {"subagent_type": kind} if kind else {}
    arguments = {"description": description, "prompt": prompt, **kinds}
    return {"type": "tool", "name": "Agent", "arguments": arguments}


def reply(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"blocks": list(blocks), **more}


def thread(when: str, *replies: dict[str, Any]) -> dict[str, Any]:
    return {"when": when, "replies": list(replies)}


def whole(world: World, session: str = "@last") -> list[dict[str, Any]]:
    """The session's events, once its log verifies and replays."""
    verified = world.run("verify", session)
    assert verified.returncode == 0, verified.stdout.decode() + told(verified)
    replayed = world.run("replay", session)
    assert replayed.returncode == 0, replayed.stdout.decode() + told(replayed)
    return world.events(session)


def of(events: list[dict[str, Any]], kind: str, agent: int | None = None) -> list[dict[str, Any]]:
    return [event["data"] for event in events if event["kind"] == kind and agent in (None, event["agent"])]


def test_two_look_at_the_same_time(tmp_path: Path) -> None:
    world = World(tmp_path)
    try:
        (world.workspace / "a.txt").write_text("alpha\n")
        (world.workspace / "b.txt").write_text("beta\n")
        world.serve(
            reply(agent("read a", "Read A", "explore"), agent("read b", "Read B", "Explore")),
            says("both read", expect=["it says alpha", "it says beta"]),
            threads=[
                thread("Read A", tool("Read", {"file_path": "a.txt"}), says("it says alpha", expect=["1\\talpha"])),
                thread("Read B", tool("Read", {"file_path": "b.txt"}), says("it says beta", expect=["1\\tbeta"])),
            ],
        )
        done = world.run("-p", "look", "--output-format", "json")
        assert done.returncode == 0, told(done)
        assert b'"both read"' in done.stdout and b'"turns":2' in done.stdout
        events = whole(world)
        spawned = [(event["agent"], event["data"]["parent"]) for event in events if event["kind"] == "agent.spawned"]
        assert spawned == [(1, 0), (2, 0)]
        ends = [event["seq"] for event in events if event["kind"] == "agent.finished"]
        begins = [event["seq"] for event in events if event["kind"] == "agent.spawned"]
        assert max(begins) < min(ends), "they work at the same time"
        assert [end["reason"] for end in of(events, "agent.finished")] == ["done", "done"]
        assert len(of(events, "tool.completed", 0)) == 2
        assert b"agent 1: " in world.run("cost", "@last").stdout
    finally:
        world.close()
