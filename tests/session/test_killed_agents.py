"""`kill -9` with eight agents at work, at moments that the log shows: a resume goes on with each of them.

Four work in the foreground, one of them two levels deep, and four in the background. When all are at work one is in a
command, three wait for the workspace that it holds, three are in their model's reply, one waits for the one below it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from claw import log
from claw.errors import SessionNotFound
from claw.events.agent import AgentSpawned
from claw.events.base import Envelope
from claw.events.model import ModelFailed
from claw.events.tool import ToolFinished, ToolInterrupted, ToolStarted
from claw.log import Home
from claw.projections.state import MAIN
from tests.cli.live.world import PATIENCE, World, told, tool
from tests.cli.live.world import text as says
from tests.session.test_agents import agent, of, reply, thread, whole
from tools.campaign.checks import nothing_ran_twice
from tools.campaign.scenario import EFFECTS

BYPASS = ("--permission-mode", "bypassPermissions")
HANG = {"type": "break", "how": "hang", "after": 4}
"""The reply begins and does not go on."""
DEEP = "Have it noted"
COMMANDS = ("Note one", "Note two", "Note three", "Note four")

Moment: TypeAlias = Callable[[list[Envelope]], bool]


def background(block: dict[str, Any]) -> dict[str, Any]:
    block["arguments"]["run_in_background"] = True
    return block


def noting(word: str) -> dict[str, Any]:
    """A command that shows once that it was run, and ends when it may."""
    return tool("Bash", {"command": f"echo {word} >>{EFFECTS}; until [ -e go ]; do sleep 0.01; done"})


def eight(world: World, hangs: int) -> None:
    """`hangs`: so often the reply for one of them stops, which ends without a command; for others it does so once."""
    (world.workspace / "a.txt").write_text("alpha\n")
    noted = [thread(task, noting(task.split()[1]), says(f"{task}: done")) for task in COMMANDS]
    world.serve(
        reply(
            background(agent("say", "Say one")),
            background(agent("say", "Say two")),
            background(agent("read", "Read and say")),
            background(agent("note", "Note one")),
            agent("note", "Note two"),
            agent("note", "Note three"),
            agent("delegate", DEEP),
        ),
        *[says("all over")] * 9,
        threads=[
            *noted,
            thread(DEEP, reply(agent("note", "Note four")), says("noted", expect=["Note four: done"])),
            thread("Say one", says("one", faults=[HANG])),
            thread("Say two", says("two", faults=[HANG] * hangs)),
            thread("Read and say", tool("Read", {"file_path": "a.txt"}), says("read", faults=[HANG])),
        ],
    )


def spawning(events: list[Envelope]) -> bool:
    """Some have begun, and maybe not all."""
    return any(event.kind == "agent.spawned" for event in events)


def working(events: list[Envelope]) -> bool:
    """All have begun and are where they stay."""
    started = sum(event.kind == "tool.started" for event in events)
    read = at(events, "Read and say", "tool.finished", "tool.interrupted")
    said = all(at(events, task, "model.chunk") for task in ("Say one", "Say two"))
    # Seven calls of the main agent, one of the one that delegates, a read and four commands.
    return started == 13 and said and bool(read) and at(events, "Read and say", "model.chunk")[-1] > read[0]


def ending(events: list[Envelope]) -> bool:
    """Some have ended, but not the one whose reply hangs again."""
    ended = [place for place, event in enumerate(events) if event.kind == "agent.finished"]
    return bool(ended) and at(events, "Say two", "model.chunk")[-1] > resumed_at(events)[-1]


def at(events: list[Envelope], task: str, *kinds: str) -> list[int]:
    """Where events of these kinds of the agent with this task stand."""
    agents = [event.agent for event in events if isinstance(event.data, AgentSpawned) and event.data.prompt == task]
    return [place for place, event in enumerate(events) if event.kind in kinds and event.agent in agents]


def killed(world: World, moment: Moment, *command: str) -> None:
    """Run claw until its log shows this, and kill it."""
    claw = world.spawn(*command, *BYPASS)
    deadline = time.monotonic() + PATIENCE
    while not moment(recorded(world)):
        assert claw.poll() is None, claw.communicate()
        assert time.monotonic() < deadline, "the moment did not come"
        time.sleep(0.01)
    claw.kill()
    claw.communicate()


def recorded(world: World) -> list[Envelope]:
    try:
        return list(log.read(str(log.find(Home(world.claw_home), "@last"))))
    except SessionNotFound:
        return []


def resumed_at(events: list[Envelope]) -> list[int]:
    return [place for place, event in enumerate(events) if event.kind == "session.resumed"]


def cut_off(before: list[Envelope]) -> set[int]:
    """The tool calls that were open, but those that are kept."""
    ended = {event.data.call for event in before if isinstance(event.data, ToolFinished | ToolInterrupted)}
    return {
        event.seq
        for event in before
        if isinstance(event.data, ToolStarted) and event.data.resumption == "report" and event.seq not in ended
    }


@pytest.mark.parametrize("moments", [(working,), (spawning, working), (working, ending)])
def test_each_goes_on(moments: tuple[Moment, ...], world: World) -> None:
    eight(world, hangs=1 + (ending in moments))
    command: tuple[str, ...] = ("-p", "go")
    for moment in moments:
        if moment is ending:
            (world.workspace / "go").touch()
        killed(world, moment, *command)
        command = ("resume", "@last", "-p", "")
    (world.workspace / "go").touch()
    done = world.run(*command, *BYPASS)
    assert done.returncode == 0, told(done)
    assert done.stdout == b"all over\n"
    plain, events = whole(world), recorded(world)
    spawned = [(one["parent"], one["prompt"], one.get("background", False)) for one in of(plain, "agent.spawned")]
    assert len(spawned) == len({prompt for _, prompt, _ in spawned}) == 8, "one has begun twice"
    assert sum(in_background for _, _, in_background in spawned) == 4
    assert [end["reason"] for end in of(plain, "agent.finished")] == ["done"] * 8
    assert {end["reason"] for end in of(plain, "turn.finished")} == {"done"}
    assert len(resumed_at(events)) == len(moments)
    for place in resumed_at(events):
        lost = {event.data.call for event in events[place:] if isinstance(event.data, ToolInterrupted)}
        assert cut_off(events[:place]) <= lost
    nothing_ran_twice(world.workspace, events)
    failures = {event.data.failure for event in events if isinstance(event.data, ModelFailed)}
    assert failures <= {"lost"}, "a request was not one that the API takes"


def resting(events: list[Envelope]) -> bool:
    """The main agent has no more to do, and the other is in its command."""
    over = any(event.kind == "turn.finished" and event.agent == MAIN for event in events)
    return over and bool(at(events, "Say five", "tool.started"))


def test_those_in_the_background_alone_go_on(world: World) -> None:
    """Nobody need say anything for that, though the main agent's turn was over."""
    sent = agent("say", "Say five")
    sent["arguments"]["run_in_background"] = True
    world.serve(
        reply(sent),
        says("I go on"),
        says("it was cut off, and is done", expect=["five is done"]),
        threads=[thread("Say five", tool("Bash", {"command": "sleep 600"}), says("five is done"))],
    )
    killed(world, resting, "-p", "go")
    done = world.run("resume", "@last", "-p", "", *BYPASS)
    assert (done.returncode, done.stdout) == (0, b"it was cut off, and is done\n"), told(done)
    assert [end["reason"] for end in of(whole(world), "agent.finished")] == ["done"]
    again = world.run("resume", "@last", "-p", "", *BYPASS)
    assert again.returncode == 2, "nobody has anything left to do"
