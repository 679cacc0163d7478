"""Agents that cannot begin, or cannot do what they were asked: whoever can act on it is told, and nothing is lost."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.live.world import World, told, tool
from tests.cli.live.world import text as says
from tests.session.test_agents import agent, of, reply, thread, whole

TOO_LONG = {"type": "status", "status": 400, "message": "prompt is too long: 2500000 tokens > 1000000 maximum"}


def in_pieces(call: dict[str, Any], size: int = 100_000) -> dict[str, Any]:
    """The call with its arguments streamed in pieces of so many characters."""
    arguments = json.dumps(call["arguments"])
    return {**call, "arguments": [arguments[at : at + size] for at in range(0, len(arguments), size)]}


def test_a_task_of_ten_megabytes(world: World) -> None:
    """The model's server does not take it: its agent ends with that, and the other agent and the parent go on."""
    task = "Read all this: " + "word " * 2_000_000
    refused = says("never", faults=[TOO_LONG] * 3)
    world.serve(
        reply(in_pieces(agent("read a lot", task)), agent("read little", "Read little")),
        {"for": "compaction", **says("I had two agents read.")},
        says("one of two", expect=["I had two agents read."]),
        threads=[thread("Read little", says("little was read")), thread("Read all this", refused)],
    )
    done = world.run("-p", "go")
    assert done.returncode == 0, told(done)
    events = whole(world)
    assert sorted(end["reason"] for end in of(events, "agent.finished")) == ["done", "overflow"]
    assert sorted(len(one["prompt"]) for one in of(events, "agent.spawned")) == [11, len(task)]


def test_nobody_begins_where_no_price_is_known_for_limited_money(world: World) -> None:
    """What is used and unpriced is no money that is left."""
    usage = {"input": 1000, "output": 100}
    world.serve(reply(agent("look", "Look"), usage=usage), threads=[thread("Look", says("never"))])
    done = world.run("-p", "go", "--max-budget-usd", "0.5")
    assert done.returncode == 4, told(done)
    assert "no price is known for this model" in told(done)
    (answer,) = of(whole(world), "tool.completed")
    assert "No agent begins: money is limited, and no price is known" in answer["content"][0]["text"]


def test_arguments_that_are_none(world: World) -> None:
    """Each is told to the model, and the next call is taken as it is."""
    wrong: list[dict[str, Any]] = [
        {"prompt": "x"},
        {"description": "", "prompt": "x"},
        {"description": "x", "prompt": ""},
        {"description": "x" * 201, "prompt": "x"},
        {"description": "x", "prompt": "x", "subagent_type": "explor\u202e\x1b[31m"},
        {"description": "x", "prompt": "x", "model": 7},
        {"description": "x", "prompt": "x", "priority": "high"},
    ]
    blocks = [{"type": "tool", "name": "Agent", "arguments": one} for one in wrong]
    others = [("AgentOutput", {"agent_id": 0}), ("AgentStop", {"agent_id": 9}), ("AgentMessage", {"agent_id": "a"})]
    blocks += [{"type": "tool", "name": name, "arguments": arguments} for name, arguments in others]
    world.serve(
        reply(*blocks),
        reply(agent("look", "Look well")),
        says("over", expect=["seen"]),
        threads=[thread("Look well", tool("Glob", {"pattern": "*"}), says("seen"))],
    )
    done = world.run("-p", "go")
    assert done.returncode == 0, told(done)
    assert "\x1b" not in world.run("show", "@last").stdout.decode()
    events = whole(world)
    assert len(of(events, "agent.spawned")) == 1
    spec = next(end for end in events if end["kind"] == "model.requested" and end["agent"] == 1)
    before = [event for event in events if event["seq"] < spec["seq"]]
    results = [*of(before, "tool.resolved"), *of(before, "tool.completed"), *of(before, "tool.requested")]
    errors = [
        result.get("error") or result.get("content") for result in results if "error" in result or "content" in result
    ]
    assert len(errors) == len(blocks), errors
