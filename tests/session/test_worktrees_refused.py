"""Where no worktree can be made no agent begins, its parent is told why, and nothing is left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.live.world import World, told
from tests.cli.live.world import text as says
from tests.faults import small_disk
from tests.session.isolated import (
    alone,
    fails,
    git,
    repository,
    state_of,
    trees,
)
from tests.session.test_agents import of, reply, whole


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
    fails(world, "No worktree can be made in", "Not a directory")
    (world.workspace / ".git" / "worktrees").unlink()
    assert state_of(world.workspace) == before


READ_ONLY = "mount --bind {0} {0} && mount -o remount,ro,bind {0}"


@pytest.mark.skipif(bool(small_disk.unavailable()), reason=small_disk.unavailable())
@pytest.mark.parametrize(
    ("mount", "expect"),
    [
        ("mount -t tmpfs -o size=64k tmpfs {state}", " MiB are free in "),
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


def test_a_filter_that_is_needed_is_said(world: World) -> None:
    repository(world, **{".gitattributes": "*.bin filter=lfs\n", "x.bin": "pointer\n"})
    git(world.workspace, "config", "filter.lfs.smudge", "touch ran")
    before = state_of(world.workspace)
    fails(world, "x.bin goes through the filter lfs of git")
    assert state_of(world.workspace) == before
    assert not (world.workspace / "ran").exists()


@pytest.mark.parametrize(
    ("words", "expect"),
    [("[core\n", "bad config line"), ("[core]\n\trepositoryformatversion = 99\n", "Expected git repo version")],
)
def test_a_repository_that_git_cannot_read(world: World, words: str, expect: str) -> None:
    """What git says of it is told."""
    repository(world)
    with (world.workspace / ".git" / "config").open("a") as file:
        file.write(words)
    fails(world, expect)
