"""Agents in worktrees that are cut off at any point: killed, interrupted, forked."""

from __future__ import annotations

import signal

import pytest

from tests.cli.live.world import PATIENCE, World, told
from tests.cli.live.world import text as says
from tests.session.isolated import (
    FREE,
    alone,
    bash,
    git,
    git_that_stops,
    repository,
    state_of,
    trees,
    wait_for,
    writing,
)
from tests.session.test_agents import of, reply, thread, whole

STAGES = [
    ("read-tree", "before"),
    ("checkout-index", "after"),
    ("status", "after"),
    ("add", "after"),
    ("commit-tree", "after"),
    ("rev-list", "before"),
    ("ls-tree", "after"),
    ("--stat=100,80,40", "after"),
]


@pytest.mark.parametrize(("word", "when"), STAGES)
def test_killed_at_any_point_it_is_made_and_closed_once(world: World, word: str, when: str) -> None:
    """The git that claw had started goes on for a moment; a resume waits for it."""
    base = repository(world)
    hold, there = git_that_stops(world, word, when)
    writing(world)
    claw = world.spawn("-p", "go", *FREE)
    wait_for(there.exists, f"git came to no {word}")
    claw.kill()
    claw.communicate()
    hold.unlink()
    done = world.run("resume", "@last", "-p", "", *FREE)
    assert done.returncode == 0, told(done)
    assert done.stdout == b"all over\n"
    events = whole(world)
    assert len(of(events, "agent.spawned")) == len(of(events, "worktree.closed")) == 1
    assert len(of(events, "worktree.requested")) == len(of(events, "worktree.close_requested")) == 1
    (branch,) = git(world.workspace, "for-each-ref", "--format=%(refname:short)", "refs/heads/claw*").split()
    assert git(world.workspace, "log", "--format=%s", f"{base}..{branch}").split("\n") == ["general-purpose: write", ""]
    assert git(world.workspace, "diff", "--name-only", base, branch).split() == ["one.txt"]
    assert git(world.workspace, "worktree", "list").count("\n") == 1
    assert trees(world) == []


def test_killed_while_the_agent_works_it_goes_on_there(world: World) -> None:
    repository(world)
    world.serve(
        reply(alone("write", "Write it")),
        says("all over", expect=["one.txt", "two.txt"]),
        threads=[
            thread(
                "Write it",
                bash("echo one > one.txt; touch $(git rev-parse --git-dir)/index.lock; sleep 600"),
                bash("ls; echo two > two.txt", expect=["claw stopped while this ran"]),
                says("written", expect=["one.txt"]),
            )
        ],
    )
    claw = world.spawn("-p", "go", *FREE)
    folder = world.home / ".local" / "state" / "claw" / "worktrees"
    wait_for(lambda: any(folder.glob("*/one.txt")), "the command wrote nothing")
    claw.kill()
    claw.communicate()
    done = world.run("resume", "@last", "-p", "", *FREE)
    assert done.returncode == 0, told(done)
    events = whole(world)
    assert len(of(events, "agent.spawned")) == len(of(events, "worktree.made")) == 1
    assert trees(world) == []


@pytest.mark.parametrize(("word", "when"), [("checkout-index", "after"), ("sleep", "before")])
def test_interrupted_nothing_is_lost_and_nothing_stays(world: World, word: str, when: str) -> None:
    """While it is made, and while its agent works: what that did is in the branch."""
    base = repository(world)
    before = state_of(world.workspace)
    _, there = git_that_stops(world, word, when)
    world.serve(
        reply(alone("write", "Write it")),
        says("never"),
        threads=[thread("Write it", bash("echo one > one.txt; touch /tmp/x; sleep 600"), says("never"))],
    )
    claw = world.spawn("-p", "go", *FREE)
    folder = world.home / ".local" / "state" / "claw" / "worktrees"
    wait_for(lambda: there.exists() or any(folder.glob("*/one.txt")), "nothing began")
    claw.send_signal(signal.SIGINT)
    _, errors = claw.communicate(timeout=PATIENCE)
    assert claw.returncode == 130, errors.decode()
    events = whole(world)
    assert trees(world) == []
    closed = of(events, "worktree.closed")
    if word == "checkout-index":
        assert closed == []
        assert "It was called off" in of(events, "worktree.made")[0]["error"]
        assert state_of(world.workspace) == before
    else:
        ((branch,),) = [one["branches"] for one in closed]
        assert git(world.workspace, "diff", "--name-only", base, branch).split() == ["one.txt"]
        (end,) = of(events, "agent.finished")
        assert end["reason"] == "interrupted"
        assert branch in end["content"][-1]["text"]


def test_a_fork_leaves_the_worktree_to_its_session(world: World) -> None:
    repository(world)
    world.serve(
        reply(alone("write", "Write it")),
        says("so it is"),
        says("again", expect=["Unknown: the session was forked while this ran."]),
        threads=[thread("Write it", bash("echo one > one.txt"), says("written"))],
    )
    assert world.run("-p", "go", *FREE).returncode == 0
    events = whole(world)
    before = state_of(world.workspace)
    for kind in ("worktree.requested", "agent.spawned", "worktree.close_requested"):
        (at,) = [event["seq"] for event in events if event["kind"] == kind]
        forked = world.run("fork", f"{world.sessions()[0]}@{at}", "-p", "and now?")
        assert forked.returncode == 0, told(forked)
        after = whole(world)
        began = [event["kind"] for event in after].index("session.forked")
        assert {event["agent"] for event in after[began:]} == {0}
        assert not [event for event in after[began:] if event["kind"].startswith("worktree.")]
        world.serve(says("again", expect=["Unknown: the session was forked while this ran."]))
    assert state_of(world.workspace) == before
