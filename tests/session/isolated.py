"""Repositories, and agents in git worktrees of their own in them, for tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def bash(command: str, **more: Any) -> dict[str, Any]:
    return tool("Bash", {"command": command}, **more)


FREE = ("--permission-mode", "acceptEdits", "--allowed-tools", "Bash")


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
