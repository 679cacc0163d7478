"""Agents in git worktrees of their own, over the real wire and in real repositories: what comes back of them."""

from __future__ import annotations

import os
from pathlib import Path

from tests.cli.live.world import PATIENCE, World, told, tool
from tests.cli.live.world import text as says
from tests.session.isolated import (
    FREE,
    alone,
    bash,
    git,
    repository,
    state_of,
    trees,
    writing,
)
from tests.session.test_agents import agent, of, reply, thread, whole


def test_changes_come_back_as_a_branch(world: World) -> None:
    base = repository(world)
    world.serve(
        reply(alone("write", "Write it")),
        says("done", expect=["written", "from commit " + base[:12], "2 files changed", "git merge claw-", "sub/b.txt"]),
        threads=[
            thread(
                "Write it",
                tool(
                    "Write", {"file_path": "new.txt", "content": "new\n"}, expect=[".local/state/claw/worktrees/claw-"]
                ),
                tool("Bash", {"command": "pwd; echo more >> sub/b.txt; git status --short"}),
                says("written", expect=["claw/worktrees/claw-", "?? new.txt"]),
            )
        ],
    )
    done = world.run("-p", "go", "--permission-mode", "acceptEdits", "--allowed-tools", "Bash")
    assert done.returncode == 0, told(done)
    events = whole(world)
    (made,) = of(events, "worktree.made", 0)
    (closed,) = of(events, "worktree.closed", 1)
    branch = made["worktree"]["branch"]
    assert closed["branches"] == [branch]
    assert git(world.workspace, "diff", "--name-only", base, branch).split() == ["new.txt", "sub/b.txt"]
    assert git(world.workspace, "status", "--porcelain") == ""
    assert git(world.workspace, "worktree", "list").count("\n") == 1
    assert not (world.workspace / "new.txt").exists()
    assert trees(world) == []


def test_two_and_their_parent_write_at_the_same_time(world: World) -> None:
    """Each waits for what the others write; in one workspace the second would wait for the first to end."""
    repository(world)
    meet = "until [ -e /tmp/{0} ]; do sleep 0.02; done; touch {1}"
    world.serve(
        reply(alone("one", "Be one", run_in_background=True), alone("two", "Be two", run_in_background=True)),
        bash("touch mine /tmp/parent; until [ -e /tmp/one ] && [ -e /tmp/two ]; do sleep 0.02; done"),
        says("waiting", expect=["in a worktree of its own, on the branch claw-"]),
        says("more"),
        says("all over"),
        threads=[
            thread("Be one", bash(f"touch /tmp/one; {meet.format('two', 'x1')}"), says("one is done")),
            thread("Be two", bash(f"touch /tmp/two; {meet.format('parent', 'x2')}"), says("two is done")),
        ],
    )
    done = world.run("-p", "go", *FREE)
    assert done.returncode == 0, told(done)
    events = whole(world)
    branches = [one["branches"][0] for one in of(events, "worktree.closed")]
    names = [git(world.workspace, "diff", "--name-only", "main", branch).split() for branch in branches]
    assert sorted(names) == [["x1"], ["x2"]]
    assert git(world.workspace, "status", "--porcelain").split() == ["??", "mine"]
    assert trees(world) == []


def test_without_changes_nothing_stays(world: World) -> None:
    repository(world)
    before = state_of(world.workspace)
    world.serve(
        reply(alone("look", "Look")),
        says("done", expect=["changed nothing; the worktree is removed"]),
        threads=[thread("Look", tool("Read", {"file_path": "a.txt"}), says("it says alpha", expect=["1\\talpha"]))],
    )
    done = world.run("-p", "go")
    assert done.returncode == 0, told(done)
    whole(world)
    assert state_of(world.workspace) == before
    assert trees(world) == []


def test_what_is_not_committed_stays_as_it_is_and_is_told(world: World) -> None:
    base = repository(world)
    (world.workspace / "a.txt").write_text("changed\n")
    (world.workspace / "staged.txt").write_text("staged\n")
    git(world.workspace, "add", "staged.txt")
    (world.workspace / "loose.txt").write_text("loose\n")
    (world.workspace / ".git" / "info" / "exclude").write_text("*.log\n")
    (world.workspace / "x.log").write_text("ignored\n")
    Path(os.fsdecode(os.fsencode(world.workspace) + b"/z\xff.txt")).write_text("no UTF-8\n")
    before = state_of(world.workspace)
    index = (world.workspace / ".git" / "index").read_bytes()
    world.serve(
        reply(alone("look", "Look")),
        says("done", expect=[f"It began at commit {base[:12]}", "(4): a.txt, staged.txt, loose.txt, ", "udcff.txt"]),
        threads=[thread("Look", tool("Read", {"file_path": "a.txt"}), says("so", expect=["1\\talpha"]))],
    )
    done = world.run("-p", "go")
    assert done.returncode == 0, told(done)
    whole(world)
    assert state_of(world.workspace) == before
    assert (world.workspace / ".git" / "index").read_bytes() == index


def test_one_below_works_in_its_parent_s_worktree_or_in_one_made_from_it(world: World) -> None:
    base = repository(world)
    commit = "git add -A && git -c user.name=t -c user.email=t@e commit -qm mine"
    world.serve(
        reply(alone("top", "Be the top")),
        says("done", expect=["top.txt", "low.txt"], refuse=["apart.txt"]),
        threads=[
            thread(
                "Be the top",
                bash(f"echo top > top.txt; {commit}"),
                reply(agent("low", "Be low"), alone("apart", "Be apart")),
                says("I am done", expect=["low is done", "apart is done", "apart.txt"]),
            ),
            thread("Be low", bash("cat top.txt; echo low > low.txt"), says("low is done")),
            thread("Be apart", bash("cat top.txt; echo apart > apart.txt"), says("apart is done")),
        ],
    )
    done = world.run("-p", "go", *FREE)
    assert done.returncode == 0, told(done)
    events = whole(world)
    first, second = of(events, "worktree.made")
    assert second["worktree"]["top"] == first["worktree"]["path"]
    inner, outer = of(events, "worktree.closed")
    names = [git(world.workspace, "diff", "--name-only", base, one["commit"]).split() for one in (inner, outer)]
    assert names == [["apart.txt", "top.txt"], ["low.txt", "top.txt"]]
    assert trees(world) == []


def test_work_of_its_own_on_other_branches_is_found(world: World) -> None:
    """What it committed itself, on a branch of its own or on none, and what it left; a repository in the worktree is
    kept where it is.
    """
    base = repository(world)
    commit = "git add -A && git -c user.name=t -c user.email=t@e commit -qm mine"
    world.serve(
        reply(alone("write", "Write it")),
        says("done", expect=["Other work of the agent's is on claw-", "Its worktree stays in", "other repositories"]),
        threads=[
            thread(
                "Write it",
                bash(
                    f"echo 1 > one; {commit}; git checkout -q --detach HEAD~1; echo 2 > two; {commit}; echo 3 > three"
                ),
                bash("git init -q inner; cd inner; git -c user.name=t -c user.email=t@e commit -q --allow-empty -m x"),
                says("written"),
            )
        ],
    )
    done = world.run("-p", "go", *FREE)
    assert done.returncode == 0, told(done)
    (closed,) = of(whole(world), "worktree.closed")
    names = [git(world.workspace, "diff", "--name-only", base, branch).split() for branch in closed["branches"]]
    assert names == [["one"], ["inner", "three", "two"]]
    assert trees(world) == [closed["branches"][0]]
    assert closed["kept"].endswith(closed["branches"][0])


def test_what_cannot_be_committed_stays_in_the_folder(world: World) -> None:
    repository(world)
    objects = world.workspace / ".git" / "objects"
    world.serve(
        reply(alone("write", "Write it")),
        says("done", expect=["could not be put into the branch", "git rev-parse failed"]),
        threads=[thread("Write it", bash(f"echo one > one.txt; rm -rf {objects}; touch {objects}"), says("ok"))],
    )
    done = world.run("-p", "go", "--permission-mode", "bypassPermissions")
    assert done.returncode == 0, told(done)
    (closed,) = of(whole(world), "worktree.closed")
    assert Path(closed["kept"], "one.txt").read_text() == "one\n"


def test_a_command_in_the_background_ends_with_its_worktree(world: World) -> None:
    repository(world)
    world.serve(
        reply(alone("serve", "Serve it")),
        says("done", expect=["log.txt"]),
        threads=[
            thread(
                "Serve it",
                tool("Bash", {"command": "while sleep 0.05; do date >> log.txt; done", "run_in_background": True}),
                bash("until [ -s log.txt ]; do sleep 0.05; done"),
                says("it serves"),
            )
        ],
    )
    done = world.run("-p", "go", *FREE)
    assert done.returncode == 0, told(done)
    events = whole(world)
    (ended,) = of(events, "shell.finished")
    assert ended["reason"] == "agent_end"
    assert trees(world) == []


def test_a_kind_can_want_one(world: World) -> None:
    repository(world)
    folder = world.home / ".claude" / "agents"
    folder.mkdir(parents=True)
    (folder / "w.md").write_text("---\nname: writer\ndescription: writes\nisolation: worktree\n---\nWrite.\n")
    world.serve(
        reply(agent("write", "Write it", "writer")),
        says("done", expect=["git merge claw-"]),
        threads=[thread("Write it", bash("echo one > one.txt"), says("written"))],
    )
    done = world.run("-p", "go", *FREE)
    assert done.returncode == 0, told(done)
    whole(world)


def test_a_session_in_a_folder_of_the_repository(world: World) -> None:
    """The agent works in the same folder of its worktree."""
    base = repository(world)
    world.serve(
        reply(alone("write", "Write it")),
        says("done", expect=["sub/b.txt"]),
        threads=[
            thread("Write it", bash("pwd; echo more >> b.txt; ls ../a.txt"), says("written", expect=["/sub", "a.txt"]))
        ],
    )
    done = world.run("-p", "go", "-C", "sub", *FREE)
    assert done.returncode == 0, told(done)
    (closed,) = of(whole(world), "worktree.closed")
    assert git(world.workspace, "diff", "--name-only", base, closed["commit"]).split() == ["sub/b.txt"]


def test_whoever_looks_is_told_of_the_worktree(world: World) -> None:
    repository(world)
    writing(world)
    claw = world.spawn("-p", "go", *FREE)
    _, errors = claw.communicate(timeout=PATIENCE)
    assert claw.returncode == 0, errors.decode()
    (closed,) = of(whole(world), "worktree.closed")
    (branch,) = closed["branches"]
    lines = world.run("log", "@last").stdout.decode()
    assert f"{branch}, from {world.workspace}" in lines
    assert f"general-purpose, for agent 0 in the worktree {branch}: write" in lines
    assert f"1 file changed on {branch}" in lines
    assert (
        f"Agent 1 (general-purpose: write, in the worktree {branch}), done:"
        in world.run("show", "@last").stdout.decode()
    )
    assert "worktree " not in world.run("doctor").stdout.decode()
    for name in ("claw-0123456789ab-7", f"claw-{world.sessions()[0][-12:]}-7"):
        (world.home / ".local" / "state" / "claw" / "worktrees" / name).mkdir(parents=True)
    said = world.run("doctor").stdout.decode()
    assert "claw-0123456789ab-7: it is of no session here; try: git -C" in said
    assert f"an agent of the session {world.sessions()[0]} has it; try: claw resume {world.sessions()[0]}" in said


def test_a_command_that_runs_meanwhile_takes_nothing_away_and_is_told_nothing(world: World) -> None:
    """What git writes for a worktree is set aside where a command has made it; here claw has."""
    repository(world)
    world.serve(
        reply(alone("one", "Be one", run_in_background=True)),
        bash(
            "until [ -e /tmp/go ]; do sleep 0.02; done; git status --short; git worktree list | wc -l; touch /tmp/seen"
        ),
        says("waiting", refuse=["claw set aside", "changed meanwhile"]),
        says("over", expect=["one.txt"]),
        threads=[
            thread(
                "Be one",
                bash("echo 1 > one.txt; touch /tmp/go; until [ -e /tmp/seen ]; do sleep 0.02; done"),
                says("done"),
            )
        ],
    )
    done = world.run("-p", "go", *FREE)
    assert done.returncode == 0, told(done)
    (ran,) = of(whole(world), "tool.finished", 0)
    assert ran["content"] == [{"type": "text", "text": "2"}]
    assert trees(world) == []


def test_a_command_that_runs_from_before_until_after_a_worktree(world: World) -> None:
    repository(world)
    world.serve(
        reply(
            {
                "type": "tool",
                "name": "Bash",
                "arguments": {
                    "command": "until [ -e /tmp/end ]; do sleep 0.02; done; echo so; touch /tmp/ended",
                    "run_in_background": True,
                },
            },
        ),
        reply(alone("one", "Be one")),
        bash("touch /tmp/end; until [ -e /tmp/ended ]; do sleep 0.02; done; sleep 0.2"),
        says("over"),
        threads=[thread("Be one", bash("echo 1 > one.txt"), says("done"))],
    )
    done = world.run("-p", "go", *FREE)
    assert done.returncode == 0, told(done)
    events = whole(world)
    (end,) = of(events, "shell.finished")
    assert "claw" not in end.get("content", ""), end
    assert of(events, "worktree.closed")[0]["branches"]
