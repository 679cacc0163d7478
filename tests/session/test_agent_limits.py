"""Limits of tokens and of time: of a run, of a prompt, of a kind of agent; what each ends, and who is told."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.cli.live.world import PATIENCE, World, told, tool
from tests.cli.live.world import text as says
from tests.session.test_agent_kinds import page, write
from tests.session.test_agents import agent, of, reply, thread, whole

HANG = [{"type": "break", "how": "hang", "after": 4}]
SILENT = [{"type": "break", "how": "hang", "after": 0}]
"""For a request that is made only where the agent below ends a moment earlier: what was said before it stays last."""
LOOK = {"usage": {"input": 30, "cache_read": 10, "output": 10}}


def look(**more: Any) -> dict[str, Any]:
    return {**tool("Glob", {"pattern": "*"}), **LOOK, **more}


LIMIT_S = 5
"""Long enough for everything that is to be under way then, also on a machine with much else to do."""


def ended(world: World, *arguments: str, code: int) -> tuple[dict[str, Any], str]:
    """What a run says of itself in JSON, and on standard error."""
    done = world.run(*arguments, "--output-format", "json")
    assert done.returncode == code, told(done)
    said: dict[str, Any] = json.loads(done.stdout)
    return said, done.stderr.decode()


def test_an_agent_uses_no_more_tokens_than_its_kind_may(world: World) -> None:
    """Cached ones count, and so does what is below it; its parent is told, with its last words, and goes on."""
    write(world.home, "a.md", page("maxTokens: 100", name="frugal"))
    world.serve(
        reply(agent("look", "Look around", "frugal")),
        says("so far", expect=["The agent had used its share of the tokens before it was done.", "I look"]),
        threads=[
            thread("Look around", {**reply({"type": "text", "text": "I look"}, *look()["blocks"]), **LOOK}, look())
        ],
    )
    done = world.run("-p", "go")
    assert (done.returncode, done.stdout) == (0, b"so far\n"), told(done)
    events = whole(world)
    (spawned,) = of(events, "agent.spawned")
    assert spawned["limits"] == {"tokens": 100}
    (exhausted,) = of(events, "budget.exhausted")
    assert exhausted == {"what": "tokens", "limit": 100, "used": 100}
    assert [one["reason"] for one in of(events, "agent.finished")] == ["tokens"]
    assert b"agent 1 reached its limit of tokens: 100 of 100\n" in world.run("cost", "@last").stdout


def test_the_tokens_of_a_run_are_shared(world: World) -> None:
    world.serve(
        {**reply(agent("look", "Look here"), agent("look", "Look there")), **LOOK},
        {**look(expect=["The agent had used its share of the tokens", "nothing there"]), "usage": {"input": 200}},
        says("never"),
        threads=[thread("Look here", *[look()] * 9), thread("Look there", {**says("nothing there"), **LOOK})],
    )
    said, complaint = ended(world, "-p", "go", "--max-tokens", "350", code=4)
    assert said["reason"] == "tokens"
    assert "the tokens are used up (--max-tokens)" in complaint
    events = whole(world)
    assert [one["limits"] for one in of(events, "agent.spawned")] == [{"tokens": 100}] * 2
    assert [one["used"] for one in of(events, "budget.exhausted")] == [100, 400]


def test_an_agent_ends_when_the_time_of_its_kind_is_over(world: World) -> None:
    """Whatever it waits for: its model, a command, an agent below it. Its last words are told; its parent goes on."""
    write(world.home, "a.md", page(f"maxTime: {LIMIT_S}s", name="hasty"))
    calls = [agent("wait", f"Wait {what}", "hasty") for what in ("for words", "for a command", "for another")]
    begun = "The agent's time was over before it was done."
    world.serve(
        reply(*calls),
        says("so it goes", expect=[begun, "half of", "[cut off: the time was over]", "I run it", "I have it done"]),
        threads=[
            thread("Wait for words", {**says("half of what I"), "faults": HANG}),
            thread("Wait for a command", reply({"type": "text", "text": "I run it"}, *SLEEP["blocks"])),
            thread("Wait for another", reply(SAID, agent("x", "Be slow")), {**says("never"), "faults": SILENT}),
            thread("Be slow", {**says("never"), "faults": HANG}),
        ],
    )
    done = world.run("-p", "go", "--permission-mode", "bypassPermissions")
    assert (done.returncode, done.stdout) == (0, b"so it goes\n"), told(done)
    events = whole(world)
    found = {event["agent"]: event["data"]["reason"] for event in events if event["kind"] == "agent.finished"}
    below = next(event["agent"] for event in events if event["kind"] == "agent.spawned" and event["data"]["parent"])
    assert found.pop(below) in ("interrupted", "time"), "its time is over at the same time"
    assert list(found.values()) == ["time"] * 3
    assert {one["what"] for one in of(events, "budget.exhausted")} == {"time"}
    assert [one["reason"] for one in of(events, "tool.interrupted")] == ["cancelled"]
    assert b"The turn ended (time)" in world.run("show", "@last").stdout
    assert b"reached its limit of time: " in world.run("cost", "@last").stdout


SAID = {"type": "text", "text": "I have it done"}
SLEEP = tool("Bash", {"command": "echo begun >begun; sleep 600"})


def test_a_prompt_takes_no_longer_than_it_may(world: World) -> None:
    """What it has started ends with it, in the background, too; the next prompt has time of its own."""
    background = agent("wait", "Be slow")
    background["arguments"]["run_in_background"] = True
    world.serve(
        reply(background),
        SLEEP,
        says("here I am", expect=["Interrupted before it was done.", "what now?"]),
        threads=[thread("Be slow", {**says("never"), "faults": HANG})],
    )
    arguments = ("--permission-mode", "bypassPermissions", "--max-time", f"{LIMIT_S}s")
    said, complaint = ended(world, "-p", "go", *arguments, code=4)
    assert (said["reason"], said["is_error"]) == ("time", True)
    assert "the time is over (--max-time)" in complaint
    assert "claw resume" in complaint
    events = whole(world)
    assert [one["limits"]["ms"] <= LIMIT_S * 1_000 for one in of(events, "agent.spawned")] == [True]
    assert {one["reason"] for one in of(events, "agent.finished")} <= {"interrupted", "time"}
    done = world.run("resume", "@last", "-p", "what now?", "--max-time", "1h")
    assert (done.returncode, done.stdout) == (0, b"here I am\n"), told(done)
    assert of(world.events(), "timer.fired")[-1] == {"call": of_last(world, "timer.set"), "cancelled": True}


def of_last(world: World, kind: str) -> int:
    """Seq of the last event of this kind."""
    seq: int = [event["seq"] for event in world.events() if event["kind"] == kind][-1]
    return seq


def test_after_a_crash_an_agent_has_what_was_left_of_its_time(world: World) -> None:
    """The time in between does not count. A fork has the main agent's time anew."""
    write(world.home, "a.md", page(f"maxTime: {LIMIT_S}s", name="hasty"))
    world.serve(
        reply(agent("wait", "Wait for it", "hasty")),
        says("it was too slow"),
        says("and here I am"),
        threads=[thread("Wait for it", {**SLEEP, "expect": []}, {**says("never"), "faults": HANG})],
    )
    arguments = ("--permission-mode", "bypassPermissions", "--max-time", "1h")
    claw = world.spawn("-p", "go", *arguments)
    deadline = time.monotonic() + PATIENCE
    while not (world.workspace / "begun").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    claw.kill()
    claw.communicate()
    before = [one["delay_ms"] for one in of(world.events(), "timer.set")]
    assert before == [3_600_000, LIMIT_S * 1_000]
    done = world.run("resume", "@last", "-p", "", *arguments)
    assert (done.returncode, done.stdout) == (0, b"it was too slow\n"), told(done)
    events = whole(world)
    assert [one["reason"] for one in of(events, "agent.finished")] == ["time"]
    _, _, main, *child = [one["delay_ms"] for one in of(events, "timer.set")]
    assert 3_500_000 < main <= 3_600_000, "a new run has new time"
    assert 0 < child[0] < LIMIT_S * 1_000
    assert [one["used"] >= LIMIT_S * 1_000 for one in of(events, "budget.exhausted")] == [True]
    at = next(event["seq"] for event in events if event["kind"] == "agent.spawned")
    forked = world.run("fork", f"@last@{at}", *arguments, "-p", "and now?")
    assert forked.returncode == 0, told(forked)
    after = whole(world)[at + 1 :]
    assert [one["delay_ms"] > LIMIT_S * 1_000 for one in of(after, "timer.set", 0)][-1:] == [True]
    assert of(after, "timer.fired", 0)[-1]["cancelled"] is True
