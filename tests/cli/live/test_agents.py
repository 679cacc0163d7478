"""Agents at a real terminal: what they do is listed, a question names who asks, the person looks, tells, stops."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, tool
from tests.session.test_worktrees import alone, repository

Start = Callable[..., Terminal]
HANG = text("never", faults=[{"type": "break", "how": "hang", "after": 1}])


def call(description: str, prompt: str, **more: Any) -> dict[str, Any]:
    return {"type": "tool", "name": "Agent", "arguments": {"description": description, "prompt": prompt, **more}}


def number_of(opened: Terminal, title: str) -> str:
    """An agent's number, as the list of those at work says it: which of two begins first is not certain."""
    found = re.search(rf"^ +(\d+) {re.escape(title)} ", opened.wait(title), re.MULTILINE)
    assert found, opened.screen()
    return found[1]


def whole(world: World) -> list[dict[str, Any]]:
    """The session's events, once its log verifies and replays."""
    for command in ("verify", "replay"):
        checked = world.run(command, "@last")
        assert checked.returncode == 0, checked.stdout.decode() + checked.stderr.decode()
    return world.events()


def test_who_asks_and_what_stops_them_all(world: World, terminal: Start) -> None:
    world.serve(
        {"blocks": [call("make a file", "Make the file."), call("wait long", "Wait for a long time.")]},
        text("That was all."),
        threads=[
            {"when": "Make the file.", "replies": [tool("Bash", {"command": "touch made"}), text("It is made.")]},
            {"when": "Wait for a long time.", "replies": [tool("Glob", {"pattern": "*.txt"}), HANG]},
        ],
    )
    opened = ready(terminal())
    opened.enter("do both")
    opened.wait("(general-purpose: make a file) do this?", "No, and stop this agent", "Press a key")
    opened.press("1")
    opened.wait("It is made.", "1 agent at work", "wait long · waiting for the model")
    opened.press("Escape")
    assert "That was all" not in opened.wait("The agent was stopped before it was done.")
    opened.wait_idle()
    assert (world.workspace / "made").exists()


def test_they_are_listed_and_folded_looked_at_told_and_stopped(world: World, terminal: Start) -> None:
    """One is told something and reads it before its next step; one is stopped, and who waits for it goes on."""
    waits = "until [ -e sign ]; do sleep 0.01; done"
    world.serve(
        {"blocks": [call("wait", "Wait for the sign."), call("go \x1b[2J on", "Never end.", subagent_type="explore")]},
        text("That was all.", expect=["The user stopped the agent before it was done.", "pear it is"]),
        threads=[
            {"when": "Wait for the sign.", "replies": [tool("Bash", {"command": waits}), text("pear it is")]},
            {"when": "Never end.", "replies": [{"blocks": [call("go below", "Look below.")]}, text("never")]},
            {"when": "Look below.", "replies": [HANG]},
        ],
    )
    opened = ready(terminal("--allowed-tools", f"Bash({waits})", columns=90))
    opened.press("C-t")  # there is nothing to fold yet
    opened.enter("do both")
    opened.wait("3 agents at work", "Ctrl-T folds them", f"Bash({waits[:16]}", "waiting for its agents")
    opened.wait("waiting for the model")
    opened.press("C-t")
    opened.wait("Ctrl-T lists them")
    assert "waiting for its agents" not in opened.in_sight()
    opened.press("C-t")
    told, stopped = number_of(opened, "general-purpose: wait"), number_of(opened, "explore: go ␛[2J on")

    opened.type("/agents st")
    opened.wait("stop an agent at work")
    opened.press("Tab")
    opened.type(" ")
    opened.wait("/agents stop", "explore: go")
    opened.press("C-u")
    opened.wait_gone("/agents stop")
    opened.enter("/agents")
    opened.wait("no.", "what it is for")
    opened.enter(f"/agents {told}")
    opened.wait(f"agent {told} (general-purpose: wait)", "its model was asked 1 time", "task:", "Wait for the sign.")
    for words, refusal in (
        ("stop 9", "there is no agent 9"),
        ("tell 0 hello", "there is no agent 0"),
        ("9", "there is no agent 9"),
        (f"tell {told}", "/agents [N | tell N WORDS | stop N]"),
        ("\u00b2", "/agents cannot '\u00b2'"),
    ):
        opened.enter(f"/agents {words}")
        opened.wait(refusal)

    opened.enter(f"/agents stop {stopped}")
    opened.wait("(general-purpose: go below) has ended: stopped", "The user stopped the agent before it was done.")
    opened.enter(f"/agents tell {stopped} hello")
    opened.wait(f"agent {stopped} has ended already")
    opened.enter(f"/agents tell {told} Say pear. {world.environ['ANTHROPIC_API_KEY']}")
    opened.wait("reads it before its next step")
    (world.workspace / "sign").touch()
    opened.wait("pear it is", "That was all.")
    opened.wait_idle()
    opened.enter("/agents")
    opened.wait("stopped by you")
    opened.press("C-d")
    assert opened.exit_code() == 0
    events = whole(world)
    (said,) = [event for event in events if event["kind"] == "input.received" and event["agent"]]
    assert str(said["agent"]) == told
    assert said["data"]["text"].startswith("Say pear. ")
    assert world.environ["ANTHROPIC_API_KEY"] not in said["data"]["text"]
    request = [e["seq"] for e in events if e["kind"] == "model.requested" and e["agent"] == said["agent"]][-1]
    assert b"Say pear." in world.run("show", f"@last@{request}", "--request").stdout
    assert sum(event["kind"] == "input.interrupted" for event in events) == 1


def test_two_that_ask_at_once_are_asked_one_after_the_other(world: World, terminal: Start) -> None:
    """An answer is for the one that is named; the question of one that is stopped goes away."""
    world.serve(
        {"blocks": [call(name, f"Make {name}.") for name in ("first", "second", "third")]},
        text("That was all."),
        threads=[
            {"when": f"Make {name}.", "replies": [tool("Bash", {"command": f"touch {name}"}), text(f"{name} over")]}
            for name in ("first", "second", "third")
        ],
    )
    opened = ready(terminal())
    opened.enter("make them")
    asked: list[str] = []
    for deed in ("answer", "stop", "refuse"):
        screen = opened.wait("do this?", "Press a key")
        shown = re.findall(r"May agent (\d) \(general-purpose: (\w+)\) do this\?  Bash\(touch (\w+)\)", screen)
        number, name, file = shown[-1]
        assert name == file
        assert name not in asked
        asked.append(name)
        if deed == "answer":
            opened.press("1")
        elif deed == "stop":
            opened.enter(f"/agents stop {number}")
        else:
            opened.press(re.search(r"(\d) No, and stop this agent", screen)[1])  # type: ignore[index]
        opened.wait_gone(f"(general-purpose: {name}) do this?")
    opened.wait("That was all.")
    opened.wait_idle()
    assert sorted(path.name for path in world.workspace.iterdir()) == asked[:1]
    ends = [event["data"]["reason"] for event in whole(world) if event["kind"] == "agent.finished"]
    assert sorted(ends) == ["done", "stopped", "stopped"]


def test_line_by_line_their_begin_and_end_are_said(world: World, terminal: Start) -> None:
    world.serve(
        {"blocks": [call("delegate", "Have it done.", run_in_background=True)]},
        text("I wait."),
        text("I have heard.", expect=["it is done"]),
        threads=[
            {"when": "Have it done.", "replies": [{"blocks": [call("look", "Look.")]}, text("it is done")]},
            {"when": "Look.", "replies": [tool("Glob", {"pattern": "*"}), text("nothing there")]},
        ],
    )
    opened = terminal(TERM="dumb")
    opened.wait("/help")
    opened.enter("go")
    opened.wait(
        "agent 1 (general-purpose: delegate) begins",
        "agent 2 (general-purpose: look) begins",
        "agent 2 (general-purpose: look) has ended: done",
        "agent 1 (general-purpose: delegate) has ended: done",
        "I have heard.",
    )
    opened.enter("/agents 2")
    opened.wait("now: done", "started by agent 1", "nothing there")
    opened.press("C-d")
    assert opened.exit_code() == 0


def test_those_in_worktrees_do_not_wait_for_each_other_and_name_their_branches(world: World, terminal: Start) -> None:
    repository(world)
    waits = tool("Bash", {"command": f"touch made; until [ -e {world.root}/end ]; do sleep 0.01; done"})
    world.serve(
        {"blocks": [alone(name, f"Write {name}.", run_in_background=True) for name in ("first", "second")]},
        *[text("I go on.")] * 3,
        threads=[{"when": f"Write {name}.", "replies": [waits, text("written")]} for name in ("first", "second")],
    )
    opened = ready(terminal("--permission-mode", "bypassPermissions", columns=120))
    opened.enter("go")
    opened.wait("general-purpose: first · Bash(touch", "general-purpose: second · Bash(touch")
    (world.root / "end").touch()
    for name in ("first", "second"):
        opened.wait(f"(general-purpose: {name}) has ended: done", "changes in claw-")
    opened.wait_idle()
    ends = [event["data"]["branches"] for event in whole(world) if event["kind"] == "worktree.closed"]
    screen = opened.screen()
    assert len(ends) == 2
    assert all(f"changes in {branch}" in screen for (branch,) in ends)
