"""Hooks about agents, as programs of the user's: what they are told, what they add, what they hold up and end."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from tests.cli.live.test_hooks import printing
from tests.cli.live.world import World, told, tool
from tests.cli.live.world import text as says
from tests.session.test_agents import agent, of, reply, thread, whole


def configure(world: World, hooks: dict[str, list[tuple[str, str]]]) -> None:
    """Hooks of the user's by event, each a matcher and a command."""
    path = world.home / ".claude" / "settings.json"
    path.parent.mkdir(exist_ok=True)
    groups = {
        event: [{"matcher": matcher, "hooks": [{"type": "command", "command": command}]} for matcher, command in found]
        for event, found in hooks.items()
    }
    path.write_text(json.dumps({"hooks": groups}))


def test_what_they_are_told_and_what_they_add(world: World) -> None:
    """A hook about the beginning adds to the agent's context, one about its end hears its last words; hooks about its
    calls are told whose they are, the main agent's hooks are not. What they say of other kinds is for those.
    """
    keep = f'(cat; echo) >>"{world.root}/said.jsonl"'
    knows = printing(hookSpecificOutput={"hookEventName": "SubagentStart", "additionalContext": "mind the tests"})
    configure(
        world,
        {
            "SubagentStart": [("Explore", f"{keep}; {knows}"), ("plan", "touch planned")],
            "SubagentStop": [("Explore", keep), ("plan", "exit 2")],
            "PreToolUse": [("", keep)],
            "Stop": [("", keep)],
        },
    )
    world.serve(
        reply(agent("look", "Only look", "explore")),
        says("done", expect=["nothing there"]),
        threads=[
            thread(
                "Only look",
                tool("Glob", {"pattern": "*"}, expect=["[SubagentStart hook] mind the tests"]),
                says("nothing there"),
            )
        ],
    )
    done = world.run("-p", "go")
    assert (done.returncode, done.stdout) == (0, b"done\n"), told(done)
    said = [json.loads(line) for line in (world.root / "said.jsonl").read_text().splitlines()]
    assert [one["hook_event_name"] for one in said] == [
        *("PreToolUse", "SubagentStart", "PreToolUse", "SubagentStop", "Stop")
    ]
    call, begins, look, ends, stops = said
    assert (call["tool_name"], look["tool_name"]) == ("Agent", "Glob")
    assert ["agent_id" in one for one in said] == [False, True, True, True, False]
    assert {(one["agent_id"], one["agent_type"]) for one in (begins, look, ends)} == {("1", "explore")}
    assert (ends["last_assistant_message"], ends["stop_hook_active"]) == ("nothing there", False)
    assert "last_assistant_message" not in stops
    assert not (world.workspace / "planned").exists()
    whole(world)


def test_one_that_blocks_keeps_the_agent_at_work_and_no_other(world: World) -> None:
    active = "grep -q '\"stop_hook_active\": true' || { echo 'name the line' >&2; exit 2; }"
    configure(world, {"SubagentStop": [("general-purpose", active)]})
    world.serve(
        reply(agent("look", "Look there")),
        says("done", expect=["in line 7"], refuse=["somewhere"]),
        threads=[
            thread("Look there", says("somewhere"), says("in line 7", expect=["[SubagentStop hook] name the line"]))
        ],
    )
    done = world.run("-p", "go")
    assert (done.returncode, done.stdout) == (0, b"done\n"), told(done)
    events = whole(world)
    assert [one["event"] for one in of(events, "hook.finished", 1)] == ["SubagentStop"] * 2
    assert of(events, "hook.finished", 0) == []


@pytest.mark.parametrize("event", ["SubagentStart", "SubagentStop"])
def test_one_that_says_not_to_continue_ends_the_agent(world: World, event: str) -> None:
    said: dict[str, Any] = {"continue": False, "stopReason": "not today"}
    configure(world, {event: [("", f"printf %s {shlex.quote(json.dumps(said))}")]})
    world.serve(
        reply(agent("look", "Look there")),
        says("done", expect=["A hook ended the agent's turn. not today"]),
        threads=[thread("Look there", says("somewhere"))],
    )
    done = world.run("-p", "go")
    assert (done.returncode, done.stdout) == (0, b"done\n"), told(done)
    (end,) = of(whole(world), "agent.finished")
    assert end["reason"] == "blocked"
