"""Agents in git worktrees of their own, over the real wire and in real repositories."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live.world import CLAW, PATIENCE, World, told, tool
from tests.cli.live.world import text as says
from tests.faults import small_disk
from tests.session.test_agents import agent, of, reply, thread, whole


def git(folder: Path, *words: str) -> str:
    identity = {f"GIT_{role}_{part}": "t@e" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **identity},
    )
    return done.stdout


def repository(world: World, **files: str) -> str:
    """A repository in the workspace with one commit; its id."""
    folder = world.workspace
    git(folder, "init", "-q", "-b", "main")
    (folder / "a.txt").write_text("alpha\n")
    (folder / "sub").mkdir()
    (folder / "sub" / "b.txt").write_text("beta\n")
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return git(folder, "rev-parse", "HEAD").strip()


def alone(description: str, prompt: str, **more: Any) -> dict[str, Any]:
    """A call for an agent in a worktree of its own."""
    call = agent(description, prompt)
    call["arguments"] |= {"isolation": "worktree", **more}
    return call


def state_of(folder: Path) -> tuple[str, ...]:
    """All that git says of a work tree and its repository."""
    return (
        git(folder, "status", "--porcelain"),
        git(folder, "worktree", "list", "--porcelain"),
        git(folder, "for-each-ref"),
        git(folder, "config", "--list", "--local"),
        git(folder, "ls-files", "-s"),
    )


def trees(world: World) -> list[str]:
    folder = world.home / ".local" / "state" / "claw" / "worktrees"
    return sorted(os.listdir(folder)) if folder.is_dir() else []


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


def bash(command: str, **more: Any) -> dict[str, Any]:
    return tool("Bash", {"command": command}, **more)


FREE = ("--permission-mode", "acceptEdits", "--allowed-tools", "Bash")


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
        says("done", expect=[f"It began at commit {base[:12]}", "(4): a.txt, staged.txt, loose.txt, z"]),
        threads=[thread("Look", tool("Read", {"file_path": "a.txt"}), says("so", expect=["1\\talpha"]))],
    )
    done = world.run("-p", "go")
    assert done.returncode == 0, told(done)
    whole(world)
    assert state_of(world.workspace) == before
    assert (world.workspace / ".git" / "index").read_bytes() == index


def fails(world: World, *expect: str, mount: str = "", **environ: str) -> None:
    """No agent begins, and the parent is told why. `mount`: what is mounted for claw alone before it runs."""
    world.serve(
        reply(alone("try", "Never begins")), says("I know", expect=["No agent began: ", *expect, "without `isolation`"])
    )
    command = [*small_disk._unshare(), "bash", "-c", f'{mount} && exec "$@"', "mounted"] if mount else []
    done = subprocess.run(
        [*command, CLAW, "-p", "go"],
        cwd=world.workspace,
        env={**world.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, told(done)
    events = whole(world)
    assert of(events, "agent.spawned") == []
    assert of(events, "worktree.close_requested") == []
    assert trees(world) == []


def test_no_repository(world: World) -> None:
    fails(world, "is in no git repository")


def test_no_commit(world: World) -> None:
    git(world.workspace, "init", "-q")
    fails(world, "has no commit yet")
    assert git(world.workspace, "worktree", "list").count("\n") == 1


def test_no_git(world: World) -> None:
    repository(world)
    python = Path(world.environ["PATH"].split(":")[0])
    fails(world, "There is no git on PATH", PATH=str(python))


def test_no_room_for_it(world: World) -> None:
    """A file stands where the folder would be made; one that git cannot make leaves nothing either."""
    repository(world)
    before = state_of(world.workspace)
    (world.home / ".local").write_text("")
    fails(world, "No worktree can be made in", "Not a directory")
    (world.home / ".local").unlink()
    (world.workspace / ".git" / "worktrees").write_text("")
    fails(world, "git worktree failed: ")
    (world.workspace / ".git" / "worktrees").unlink()
    assert state_of(world.workspace) == before


READ_ONLY = "mount --bind {0} {0} && mount -o remount,ro,bind {0}"


@pytest.mark.skipif(bool(small_disk.unavailable()), reason=small_disk.unavailable())
@pytest.mark.parametrize(
    ("mount", "expect"),
    [
        ("mount -t tmpfs -o size=64k tmpfs {state}", "(0.1 MiB are free in "),
        (READ_ONLY.format("{state}"), "Read-only file system"),
        (READ_ONLY.format("{git}"), "Read-only file system"),
    ],
)
def test_a_disk_that_takes_nothing(world: World, mount: str, expect: str) -> None:
    repository(world)
    (world.workspace / "large").write_bytes(os.urandom(200_000))
    git(world.workspace, "add", "-A")
    git(world.workspace, "commit", "-q", "-m", "large")
    before = state_of(world.workspace)
    state = world.home / ".local" / "state"
    state.mkdir(parents=True)
    fails(world, expect, mount=mount.format(state=state, git=world.workspace / ".git"))
    assert state_of(world.workspace) == before
    assert not (world.workspace / ".git" / "worktrees").exists()


def test_a_folder_that_leads_elsewhere_in_the_last_commit(world: World) -> None:
    """Nothing is made where a link of the repository leads to."""
    repository(world)
    place = world.root / "elsewhere"
    place.mkdir()
    (world.workspace / "deep").symlink_to(place)
    git(world.workspace, "add", "-A")
    git(world.workspace, "commit", "-q", "-m", "link")
    (world.workspace / "deep").unlink()
    (world.workspace / "deep" / "er").mkdir(parents=True)
    world.serve(reply(alone("try", "x")), says("I know", expect=["in the last commit leads elsewhere", "`isolation`"]))
    done = world.run("-p", "go", "-C", "deep/er")
    assert done.returncode == 0, told(done)
    assert list(place.iterdir()) == []
    assert trees(world) == []


def test_the_home_folder_is_the_repository(world: World) -> None:
    """What is made there would be a part of it."""
    git(world.home, "init", "-q")
    (world.home / "x").write_text("")
    git(world.home, "add", "-A")
    git(world.home, "commit", "-q", "-m", "first")
    world.serve(reply(alone("try", "x")), says("I know", expect=["where worktrees are made", "`isolation`"]))
    done = world.run("-p", "go", "-C", str(world.home))
    assert done.returncode == 0, told(done)


def test_plan_mode_makes_none(world: World) -> None:
    repository(world)
    world.serve(reply(alone("try", "x")), says("I know", expect=["Plan mode is on, so no worktree is made"]))
    done = world.run("-p", "go", "--permission-mode", "plan")
    assert done.returncode == 0, told(done)
    assert of(whole(world), "worktree.requested") == []


def test_nothing_of_the_repository_runs(world: World) -> None:
    """Neither hooks nor filters nor a monitor of files nor a program that signs; what the agent adds to it does not
    either.
    """
    base = repository(world, **{".gitattributes": "*.none filter=odd diff=odd\n"})
    mark = world.root / "ran"
    script = world.root / "evil"
    script.write_text(f"#!/bin/sh\necho $0 $* >> {mark}\ncat\n")
    script.chmod(0o755)
    hooks = world.workspace / ".git" / "hooks"
    names = ("post-checkout", "pre-commit", "commit-msg", "post-commit", "reference-transaction", "post-index-change")
    for name in names:
        (hooks / name).write_text(script.read_text())
        (hooks / name).chmod(0o755)
    for key in ("core.fsmonitor", "filter.odd.smudge", "filter.odd.clean", "filter.odd.process", "diff.odd.textconv"):
        git(world.workspace, "config", key, str(script))
    for key in ("core.pager", "core.editor", "gpg.program", "diff.external", "core.sshCommand", "diff.odd.command"):
        git(world.workspace, "config", key, str(script))
    for key in ("commit.gpgSign", "filter.odd.required", "submodule.recurse"):
        git(world.workspace, "config", key, "true")
    mark.unlink(missing_ok=True)
    world.serve(
        reply(alone("write", "Write it")),
        says("done", expect=["2 files changed"]),
        threads=[
            thread(
                "Write it",
                bash("echo new > new.none; echo x > a.txt"),
                says("cannot"),
            ),
        ],
    )
    done = world.run("-p", "go", "--permission-mode", "bypassPermissions")
    assert done.returncode == 0, told(done)
    events = whole(world)
    assert not mark.exists(), mark.read_text()
    (closed,) = of(events, "worktree.closed")
    names = git(world.workspace, "diff-tree", "-r", "--name-only", base, closed["commit"]).split()
    assert names == ["a.txt", "new.none"]


def test_a_filter_that_is_needed_is_said(world: World) -> None:
    repository(world, **{".gitattributes": "*.bin filter=lfs\n", "x.bin": "pointer\n"})
    git(world.workspace, "config", "filter.lfs.smudge", "touch ran")
    before = state_of(world.workspace)
    fails(world, "x.bin goes through the filter lfs of git")
    assert state_of(world.workspace) == before
    assert not (world.workspace / "ran").exists()


def call(name: str, **arguments: Any) -> dict[str, Any]:
    (block,) = tool(name, arguments)["blocks"]
    return block


def results(world: World, number: int) -> list[str]:
    """What each call of the agent's came to, in the order of the calls: the verdict's reason, or the result."""
    events = whole(world)
    found: dict[int, str] = {}
    keys: dict[int, int] = {}
    for event in events:
        data = event["data"]
        if event["agent"] != number:
            continue
        match event["kind"]:
            case "tool.requested":
                found[event["seq"]] = ""
            case "permission.evaluated":
                found[data["request"]] = f"{data['verdict']}: {data['reason']}"
            case "tool.started":
                keys[event["seq"]] = data["request"]
            case "tool.finished":
                found[keys[data["call"]]] = data["content"][0]["text"]
    return [text for _, text in sorted(found.items())]


RULES = (
    "Read(//{work}/secret/**)",
    "Read(./hidden.txt)",
    "Edit(/kept/**)",
    "Read(//**/deep/*.key)",
    "Edit(//**/work/u?.txt)",
)


def with_secrets(world: World, *calls: dict[str, Any]) -> None:
    """A repository with what the rules speak of, and an agent in a worktree of its own that makes these calls."""
    (world.workspace / "secret").mkdir()
    (world.workspace / "kept").mkdir()
    (world.workspace / "deep").mkdir()
    files = {name: "topsecret\n" for name in ("secret/x", "hidden.txt", "kept/k", "deep/a.key", "up.txt")}
    repository(world, **files)
    world.serve(reply(alone("try", "Try it")), says("done"), threads=[thread("Try it", reply(*calls), says("I tried"))])


def test_rules_hold_in_the_worktree_and_where_it_was_made(world: World) -> None:
    """For the same places relative to the workspace, whether the rule is relative or absolute, for tools and commands;
    and the agent, for whom the session's workspace is elsewhere by now, comes to nothing there that its parent may not.
    """
    work = world.workspace
    rules = ",".join(rule.format(work=str(work).lstrip("/")) for rule in RULES)
    denied = [
        call("Read", file_path="secret/x"),
        call("Read", file_path="hidden.txt"),
        call("Write", file_path="kept/k", content="x"),
        call("Read", file_path="deep/a.key"),
        call("Write", file_path="up.txt", content="x"),
        call("Read", file_path=f"{work}/secret/x"),
        call("Read", file_path=f"{work}/hidden.txt"),
        call("Write", file_path=f"{work}/kept/new", content="x"),
        call("Bash", command="cat secret/x"),
        call("Bash", command="cat hidden.txt"),
        call("Bash", command=f"cat {work}/hidden.txt"),
    ]
    searched = [call("Grep", pattern="topsecret"), call("Grep", pattern="topsecret", path=str(work))]
    with_secrets(world, *denied, *searched)
    done = world.run("-p", "go", "--permission-mode", "bypassPermissions", "--disallowed-tools", rules)
    assert done.returncode == 0, told(done)
    said = results(world, 1)
    assert [one for one in said[: len(denied)] if not one.startswith("deny: ")] == []
    for found in said[len(denied) :]:
        assert not {"secret/x", "hidden.txt", "a.key"} & {line.split("/")[-1] for line in found.split("\n")}, found
        assert "up.txt" in found


SHOW = "import glob, os; [print(open(p).read(), p) for p in glob.glob('**', recursive=True) if os.path.isfile(p)]"
CHANGE = "open('kept/k', 'w').write('x')"


def test_confined_commands_see_nothing_that_rules_hide(world: World) -> None:
    work = world.workspace
    rules = ",".join(rule.format(work=str(work).lstrip("/")) for rule in RULES)
    with_secrets(world, call("Bash", command=f"python3 -c {SHOW!r}"), call("Bash", command=f"python3 -c {CHANGE!r}"))
    done = world.run("-p", "go", *FREE, "--disallowed-tools", rules)
    assert done.returncode == 0, told(done)
    said = results(world, 1)
    assert said[0].count("topsecret") == 2, said
    assert "kept/k" in said[0]
    assert "up.txt" in said[0]
    assert "Read-only file system" in said[1]


def test_the_session_s_workspace_is_elsewhere(world: World) -> None:
    """Headless nobody can allow it; a command that is allowed cannot write there."""
    repository(world)
    work = world.workspace
    world.serve(
        reply(alone("try", "Try it")),
        says("done"),
        threads=[
            thread(
                "Try it",
                reply(
                    call("Write", file_path=f"{work}/mine.txt", content="x"),
                    call("Bash", command=f"touch {work}/mine2.txt"),
                    call("Bash", command=f"python3 -c \"open('{work}/mine3.txt', 'w')\""),
                    call("Write", file_path=".mcp.json", content="{}"),
                    call("Write", file_path=".git", content="gitdir: /tmp"),
                    call("Write", file_path=".claude/settings.json", content="{}"),
                    call("Bash", command="git config core.pager 'touch x'"),
                    call("Bash", command="python3 -c \"open('.mcp.json', 'w')\"; ls -a"),
                    call("Write", file_path="good.txt", content="x"),
                ),
                says("I tried"),
            )
        ],
    )
    done = world.run("-p", "go", "--permission-mode", "acceptEdits", "--allowed-tools", "Bash(python3:*)")
    assert done.returncode == 3, told(done)
    said = results(world, 1)
    assert not [name for name in os.listdir(work) if name.startswith("mine")]
    assert [one.split(":")[0] for one in said[:2]] == ["ask", "ask"], said
    assert [one.split(":")[0] for one in said[3:7]] == ["ask"] * 4, said
    assert "claw set aside what the command made: .mcp.json" in said[7]
    assert said[8].startswith("Created good.txt")
    (closed,) = of(whole(world), "worktree.closed")
    assert "good.txt" in closed["stat"]


STOPPING_GIT = """\
#!/bin/bash
for word in "$@"; do [ "$word" = {word} ] && meant=1; done
wait_here() {{ [ $meant ] && [ -e {hold} ] && touch {there} && while [ -e {hold} ]; do sleep 0.02; done; }}
[ {when} = before ] && wait_here
{git} "$@"; status=$?
[ {when} = after ] && wait_here
exit $status
"""


def git_that_stops(world: World, word: str, when: str) -> tuple[Path, Path]:
    """From here on git waits before or after what has this word, as long as the first file is there; then there is the
    second.
    """
    hold, there, folder = world.root / "hold", world.root / "there", world.root / "bin"
    folder.mkdir()
    real = shutil.which("git")
    (folder / "git").write_text(STOPPING_GIT.format(word=word, hold=hold, there=there, git=real, when=when))
    (folder / "git").chmod(0o755)
    hold.touch()
    world.environ["PATH"] = f"{folder}:{world.environ['PATH']}"
    return hold, there


def wait_for(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def writing(world: World) -> None:
    world.serve(
        reply(alone("write", "Write it")),
        says("all over", expect=["git merge claw-"]),
        threads=[
            thread(
                "Write it",
                bash("echo one > one.txt"),
                says("written"),
            )
        ],
    )


STAGES = [
    ("worktree", "before"),
    ("worktree", "after"),
    ("status", "after"),
    ("add", "after"),
    ("commit-tree", "after"),
    ("update-ref", "after"),
    ("for-each-ref", "before"),
    ("diff-tree", "after"),
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


@pytest.mark.parametrize(("word", "when"), [("worktree", "after"), ("sleep", "before")])
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
    if word == "worktree":
        assert closed == []
        assert "It was called off" in of(events, "worktree.made")[0]["error"]
        assert state_of(world.workspace) == before
    else:
        ((branch,),) = [one["branches"] for one in closed]
        assert git(world.workspace, "diff", "--name-only", base, branch).split() == ["one.txt"]
        (end,) = of(events, "agent.finished")
        assert end["reason"] == "interrupted"
        assert branch in end["content"][-1]["text"]


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
        says("done", expect=["could not be put into the branch", "git add failed"]),
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


def test_hooks_run_where_the_agent_works(world: World) -> None:
    """With its workspace in their input; one whose script is another one there does not run, and its calls are asked
    about.
    """
    (world.home / ".claude").mkdir()
    log = world.home / "hooks.log"
    script = world.workspace / "check.sh"
    script.write_text(f"cat >> {log}; echo $PWD $CLAUDE_PROJECT_DIR >> {log}\n")
    hook = {"matcher": "Write", "hooks": [{"type": "command", "command": 'sh "$CLAUDE_PROJECT_DIR"/check.sh'}]}
    (world.home / ".claude" / "settings.json").write_text(json.dumps({"hooks": {"PreToolUse": [hook]}}))
    repository(world)
    write = tool("Write", {"file_path": "x.txt", "content": "x"})
    world.serve(
        reply(alone("write", "Write it")),
        says("done"),
        threads=[thread("Write it", write, bash("echo '# new' >> check.sh"), write, says("written"))],
    )
    done = world.run("-p", "go", *FREE)
    assert done.returncode == 3, told(done)
    events = whole(world)
    (made,) = of(events, "worktree.made")
    place = made["worktree"]["workspace"]
    said = log.read_text()
    assert f"{place} {place}\n" in said
    assert f'"cwd": "{place}"' in said
    assert said.count("PreToolUse") == 1
    first, second = of(events, "hook.finished")
    assert first["outcome"] == "answered"
    assert "what it runs has changed since it was trusted" in second["reason"]


@pytest.fixture
def in_sight() -> Iterator[World]:
    """A world whose folders commands see, but for what rules hide."""
    if not os.access("/opt", os.W_OK):
        pytest.skip("no folder here that commands see and that this user can write to")
    with tempfile.TemporaryDirectory(dir="/opt") as folder:
        made = World(Path(folder))
        made.environ["XDG_STATE_HOME"] = str(Path(folder) / "state")
        yield made
        made.close()


PRINT = """
import glob, os
for p in sorted(glob.glob('{0}/*') + glob.glob('{0}/secret/*')):
  if os.path.isfile(p):
    try: print(open(p).read())
    except OSError: print('hidden')
"""


def test_neither_sees_in_the_other_s_work_tree_what_rules_hide(in_sight: World) -> None:
    """Not by a command, nor by a search; what no rule names they may read."""
    world = in_sight
    (world.workspace / "secret").mkdir()
    repository(world, **{"secret/x": "topsecret\n"})
    copies = f"{world.root}/state/claw/worktrees"
    world.serve(
        reply(alone("look", "Look there", run_in_background=True)),
        reply(
            call(
                "Bash", command=f'until [ -e /tmp/at ]; do sleep 0.02; done; python3 -c "{PRINT.format(copies + "/*")}"'
            ),
            call("Bash", command=f"cat {copies}/*/secret/x"),
            call("Grep", pattern="topse[c]ret", path=copies),
            call("Bash", command="touch /tmp/looked"),
        ),
        says("I wait", refuse=["topsecret"]),
        says("done"),
        threads=[
            thread(
                "Look there",
                bash(f'python3 -c "{PRINT.format(world.workspace)}"; touch /tmp/at'),
                bash("until [ -e /tmp/looked ]; do sleep 0.02; done", refuse=["topsecret"], expect=["alpha"]),
                says("so"),
            )
        ],
    )
    done = world.run("-p", "go", *FREE, "--disallowed-tools", "Read(./secret/**)")
    assert done.returncode in (0, 3), told(done)
    said = str([event["data"]["content"] for event in whole(world) if event["kind"] == "tool.finished"])
    assert "topsecret" not in said
