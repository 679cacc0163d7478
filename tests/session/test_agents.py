"""Agents that agents start, over the real wire: what they may do, what their parents are told, how they end."""

from __future__ import annotations

import signal
import time
from typing import Any

from tests.cli.live.world import PATIENCE, World, told, tool
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


def test_two_look_at_the_same_time(world: World) -> None:
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
    assert b'"both read"' in done.stdout
    assert b'"turns":2' in done.stdout
    events = whole(world)
    spawned = [(event["agent"], event["data"]["parent"]) for event in events if event["kind"] == "agent.spawned"]
    assert spawned == [(1, 0), (2, 0)]
    ends = [event["seq"] for event in events if event["kind"] == "agent.finished"]
    begins = [event["seq"] for event in events if event["kind"] == "agent.spawned"]
    assert max(begins) < min(ends), "they work at the same time"
    assert [end["reason"] for end in of(events, "agent.finished")] == ["done", "done"]
    assert len(of(events, "tool.completed", 0)) == 2


def test_what_an_agent_may_do_is_never_more_than_its_parent(world: World) -> None:
    """The kind that looks has no tool that changes anything; another has its parent's rules and mode, and nobody to
    ask either.
    """
    write = tool("Write", {"file_path": "x.txt", "content": "x"})
    world.serve(
        reply(agent("look", "Only look", "explore")),
        reply(agent("write", "Go and write")),
        tool("Write", {"file_path": "mine.txt", "content": "mine"}),
        says("done"),
        threads=[
            thread("Only look", write, says("I cannot", expect=["There is no tool 'Write'. Tools: BashOutput, Kil"])),
            thread("Go and write", write, says("I may not", expect=["Permission denied"])),
        ],
    )
    done = world.run("-p", "go", "--disallowed-tools", "Edit(x.txt)", "--allowed-tools", "Edit(mine.txt)")
    assert done.returncode == 0, told(done)
    assert not (world.workspace / "x.txt").exists()
    assert (world.workspace / "mine.txt").exists()
    events = whole(world)
    first, second = of(events, "agent.spawned")
    assert first["definition"]["name"] == "explore"
    assert second["definition"]["name"] == "general-purpose"


def test_kinds_and_depth(world: World) -> None:
    """An agent that starts itself again and again comes to an end, and a kind that there is not is an error that names
    those that there are.
    """
    again = agent("again", "Start yourself")
    world.serve(
        reply(agent("odd", "Whatever", "painter")),
        reply(again, expect=["There is no kind of agent 'painter'. Kinds: general-purpose, explore, plan."]),
        says("enough", expect=["one below said so"]),
        threads=[
            thread("Start yourself", reply(again), says("one below said so", refuse=["agent failed"])),
        ],
    )
    done = world.run("-p", "go")
    events = whole(world)
    assert [one["depth"] for one in of(events, "agent.spawned")] == [1, 2, 3]
    (refused,) = of(events, "tool.requested", 3)
    assert refused["error"].startswith("There is no tool 'Agent'.")
    assert [end["reason"] for end in of(events, "agent.finished")] == ["done"] * 3
    assert done.returncode == 0, told(done)


def sleeping(world: World) -> None:
    """Two agents, one of which has a third at work; each runs a command that does not end by itself."""
    wait = tool("Bash", {"command": "sleep 600"})
    world.serve(
        reply(agent("wait", "Wait one"), agent("delegate", "Have it done")),
        says("all over"),
        threads=[
            thread("Wait one", wait, says("one is awake")),
            thread("Have it done", reply(agent("wait", "Wait two")), says("two said so")),
            thread("Wait two", wait, says("two is awake")),
        ],
    )


def at_work(world: World, count: int) -> None:
    """Wait until so many of the agents have begun; commands that may write begin one after the other."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if world.sessions() and world.kinds().count("agent.spawned") == 3 and running(world) >= count:
            return
        time.sleep(0.05)
    raise AssertionError("the agents did not begin")


def running(world: World) -> int:
    return sum(event["kind"] == "tool.started" and event["data"]["name"] == "Bash" for event in world.events())


def test_an_interrupt_stops_all_of_them_once(world: World) -> None:
    sleeping(world)
    claw = world.spawn("-p", "go", "--permission-mode", "bypassPermissions")
    at_work(world, 2)
    claw.send_signal(signal.SIGINT)
    _, errors = claw.communicate(timeout=PATIENCE)
    assert claw.returncode == 130, errors.decode()
    events = whole(world)
    assert len(of(events, "agent.aborted")) == 3
    assert [end["reason"] for end in of(events, "agent.finished")] == ["interrupted"] * 3
    assert len([event for event in events if event["kind"] == "turn.finished" and event["agent"] == 0]) == 1
    assert events[-1]["kind"] != "session.faulted"


def test_killed_in_the_middle_all_go_on(world: World) -> None:
    """Each goes on where it was, what their tools did is told as interrupted, and nobody begins a second time."""
    sleeping(world)
    claw = world.spawn("-p", "go", "--permission-mode", "bypassPermissions")
    at_work(world, 2)
    claw.kill()
    claw.communicate()
    done = world.run("resume", "@last", "-p", "", "--permission-mode", "bypassPermissions")
    assert done.returncode == 0, told(done)
    assert done.stdout == b"all over\n"
    events = whole(world)
    assert len(of(events, "agent.spawned")) == 3
    lost = [one["reason"] for one in of(events, "tool.interrupted")]
    assert lost == ["crash", "crash"]
    assert [end["reason"] for end in of(events, "agent.finished")] == ["done"] * 3


def test_a_fork_has_the_main_agent_alone(world: World) -> None:
    world.serve(
        reply(agent("look", "Only look", "explore")),
        says("so it is"),
        says("again", expect=["Unknown: the session was forked while this ran."]),
        threads=[thread("Only look", tool("Glob", {"pattern": "*"}), says("nothing there"))],
    )
    assert world.run("-p", "go").returncode == 0
    (at,) = [event["seq"] for event in whole(world) if event["kind"] == "tool.started" and event["agent"] == 1]
    forked = world.run("fork", f"@last@{at}", "-p", "and now?")
    assert forked.returncode == 0, told(forked)
    events = whole(world)
    after = events[[event["kind"] for event in events].index("session.forked") :]
    assert {event["agent"] for event in after} == {0}, "nobody goes on below"


def test_in_the_background(world: World) -> None:
    """The parent goes on at once, looks, sends a message, and is told of the end, with which a turn of its own begins;
    one that it stops tells it nothing new.
    """
    go = tool("Bash", {"command": "until [ -e go ]; do sleep 0.01; done"})
    background = {"run_in_background": True}
    first, second = agent("wait", "Wait for go"), agent("never", "Wait for ever")
    for one in (first, second):
        one["arguments"] |= background
    world.serve(
        reply(first),
        reply(second),
        reply(
            {"type": "tool", "name": "AgentOutput", "arguments": {"agent_id": 1}},
            {"type": "tool", "name": "AgentMessage", "arguments": {"agent_id": 1, "message": "say pear"}},
            {"type": "tool", "name": "AgentStop", "arguments": {"agent_id": 2}},
            {"type": "tool", "name": "AgentStop", "arguments": {"agent_id": 7}},
            expect=["Agent 1 works in the background.", "Agent 2 works in the background."],
        ),
        tool(
            "Write",
            {"file_path": "go", "content": ""},
            expect=["You have started no agent 7. Yours are: 1, 2."],
        ),
        says("I go on", refuse=["pear it is"]),
        says("it said pear", expect=["agent 1 (general-purpose: wait) has ended", "pear it is"]),
        threads=[
            thread("Wait for go", go, says("pear it is", expect=["say pear"])),
            thread("Wait for ever", says("never", faults=[{"type": "break", "how": "hang", "after": 1}])),
        ],
    )
    done = world.run("-p", "go", "--permission-mode", "acceptEdits", "--allowed-tools", "Bash")
    assert done.returncode == 0, told(done)
    assert done.stdout == b"it said pear\n"
    events = whole(world)
    assert [one["reason"] for one in of(events, "agent.finished")] == ["interrupted", "done"]


def test_a_deny_rule_for_a_kind_holds_however_it_is_asked_for(world: World) -> None:
    world.serve(
        reply(agent("a", "x"), agent("b", "x", "EXPLORE"), agent("c", "x", "explore"), agent("d", "Plan", "Plan")),
        says("done", expect=["there it is"]),
        threads=[thread("Plan", says("there it is"))],
    )
    done = world.run("-p", "go", "--disallowed-tools", "Agent(general-purpose),Agent(Explore)")
    assert done.returncode == 0, told(done)
    events = whole(world)
    assert [one["definition"]["name"] for one in of(events, "agent.spawned")] == ["plan"]
    assert [one["verdict"] for one in of(events, "permission.evaluated")].count("deny") == 3


def test_a_call_chooses_who_is_asked(world: World) -> None:
    """By the names of the newest models of each line; a wrong name is told with those that there are."""
    asked = agent("look", "Look well")
    asked["arguments"]["model"] = "haiku"
    wrong = agent("look", "Never")
    wrong["arguments"]["model"] = "gpt-6"
    world.serve(
        reply(asked, wrong),
        says("over", expect=["small words", "There is no model 'gpt-6' to choose. Those that there are: opus, sonnet"]),
        threads=[thread("Look well", says("small words"))],
    )
    done = world.run("-p", "go", "--model", "opus")
    assert done.returncode == 0, told(done)
    events = whole(world)
    assert [one["model"] for one in of(events, "model.requested", 0)] == ["claude-opus-5-5"] * 2
    assert [one["model"] for one in of(events, "model.requested", 1)] == ["claude-haiku-5-5"]
    assert len(of(events, "agent.spawned")) == 1


def test_a_call_chooses_no_other_service(world: World) -> None:
    """What the model of one service is told goes to no other, even if there is a key for it."""
    asked = agent("look", "Look well")
    asked["arguments"]["model"] = "haiku"
    world.serve(
        reply(asked),
        says("over", expect=["There is no model 'haiku' to choose. A call that names none"]),
    )
    world.environ["OPENAI_BASE_URL"] = f"{world.environ['ANTHROPIC_BASE_URL']}/v1"
    done = world.run("-p", "go", "--model", "openai-chat/other")
    assert done.returncode == 0, told(done)
    assert not of(whole(world), "agent.spawned")


def test_what_an_agent_runs_in_the_background_ends_with_it(world: World) -> None:
    """Nobody else can look at it or end it. Its parent's own goes on."""
    serve = {"command": "touch $NAME.begun; sleep 600", "run_in_background": True}
    mine, its = ({**serve, "command": serve["command"].replace("$NAME", name)} for name in ("mine", "its"))
    world.serve(
        reply({"type": "tool", "name": "Bash", "arguments": mine}, agent("serve", "Serve it")),
        tool("BashOutput", {"bash_id": "bash_1"}, expect=["ends with it: bash_2 (touch its.begun; sleep 600)"]),
        says("over", expect=["bash_1: running"], refuse=["bash_2 ended"]),
        threads=[thread("Serve it", tool("Bash", its), says("it serves", expect=["bash_2"]))],
    )
    done = world.run("-p", "go", "--allowed-tools", "Bash")
    assert done.returncode == 0, told(done)
    events = whole(world)
    ends = {event["data"]["id"]: event["data"]["reason"] for event in events if event["kind"] == "shell.finished"}
    assert ends == {"bash_2": "agent_end", "bash_1": "session_end"}
    assert len(of(events, "shells.ended", 1)) == 1
