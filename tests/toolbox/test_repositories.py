"""git in a confined command, wherever the workspace's repository lies; and what of that stays out of reach."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from claw import _native
from tests.toolbox.test_confining import run as confined
from tests.toolbox.world import World

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not _native.Confinement.available()["namespaces"], reason="no user namespaces here"),
]

LINES = "git status -sb && git log --oneline && echo c > new && git add new && git commit -q -m second && git log -1"
PLACES = {
    "a folder below the top": ("mono/packages/web", "true"),
    "a work tree": ("tree", "git -C mono worktree add -q ../tree -b feat"),
    "a folder of a work tree": ("tree/packages/web", "git -C mono worktree add -q ../tree -b feat"),
    "a work tree of a bare repository": (
        "hub/tree",
        "git clone -q --bare mono hub/.bare; git -C hub/.bare worktree add -q ../tree",
    ),
    "a submodule": (
        "super/sub",
        "git init -q super && cd super && git submodule --quiet add ../mono sub && git commit -q -m one",
    ),
    "a folder of a submodule": (
        "super/sub/packages",
        "git init -q super && cd super && git submodule --quiet add ../mono sub && git commit -q -m one",
    ),
    "a clone that shares objects": ("clone", "git clone -q --shared mono clone"),
    "a clone of one that shares objects": (
        "clone",
        "git clone -q --shared mono one && git clone -q --shared one clone",
    ),
}


def outside(world: World, script: str, folder: Path | None = None) -> str:
    """What a person does, or what it says."""
    environment = {**os.environ, "HOME": str(world.home), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["/bin/bash", "-ec", script],
        cwd=folder or world.home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def enter(world: World, place: str) -> None:
    """Begin in this folder of home."""
    world.workspace = world.home / place
    world.context = replace(world.context, workspace=str(world.workspace))


@pytest.fixture
def repository(world: World) -> World:
    """`mono`, in the home folder."""
    config = '[user]\nname = a\nemail = a@localhost\n[init]\ndefaultBranch = main\n[protocol "file"]\nallow = always\n'
    (world.home / ".gitconfig").write_text(config)
    outside(
        world,
        "git init -q mono && cd mono && mkdir -p packages/web other && echo a > packages/web/f && echo b > other/f"
        " && git add . && git commit -q -m init",
    )
    return world


@pytest.mark.parametrize("place", PLACES)
async def test_git_works_in(place: str, repository: World) -> None:
    folder, script = PLACES[place]
    outside(repository, script)
    enter(repository, folder)
    result = await confined(repository, LINES, writable=True)
    assert result.text.startswith("## ")
    assert "init" in result.text
    assert "set aside" not in result.text
    assert outside(repository, "git log -1 --format=%s; git status --porcelain", repository.workspace) == "second\n"
    # Nor is there more to do for what only reads.
    assert "second" in (await confined(repository, "git log --oneline; git status")).text


@pytest.mark.parametrize("place", PLACES)
async def test_what_git_obeys_is_kept_in(place: str, repository: World) -> None:
    folder, script = PLACES[place]
    outside(repository, script)
    enter(repository, folder)
    common = Path(
        outside(repository, "git rev-parse --path-format=absolute --git-common-dir", repository.workspace)[:-1]
    )
    shutil.rmtree(common / "hooks")
    before = (common / "config").read_text()
    attempt = (
        f"cd {common}; echo '[core]' >> config; git config core.fsmonitor x; mkdir hooks; echo x > hooks/pre-commit;"
        "mv config c; rm -f config; echo x > config.worktree; echo ../x > commondir; true"
    )
    result = await confined(repository, attempt, writable=True)
    assert (common / "config").read_text() == before
    assert not (common / "hooks").exists()
    assert not (common / "config.worktree").exists()
    assert not (common / "commondir").exists()
    assert "hooks → hooks.set-aside" in result.text
    assert outside(repository, "git status --porcelain", repository.workspace) == ""


async def test_the_rest_of_the_work_tree_is_seen_and_not_changed(repository: World) -> None:
    enter(repository, "mono/packages/web")
    result = await confined(
        repository, "cat ../../other/f; echo x > ../../other/f; git status --porcelain", writable=True
    )
    assert result.text.startswith("b\n")
    assert (repository.home / "mono/other/f").read_text() == "b\n"
    hidden = (f"{repository.home}/mono/other/**",)
    assert "b" not in (await confined(repository, "cat ../../other/f", hidden=hidden)).error.split(": ")


async def test_what_lies_in_the_workspace_does_not_decide_what_is_seen(repository: World) -> None:
    """A `.git` that leads to a repository which knows nothing of it."""
    for number, script in enumerate(
        (
            "echo gitdir: ../mono/.git > .git",
            "ln -s ../mono/.git .git",
            "mkdir .git; echo 'ref: refs/heads/main' > .git/HEAD; echo ../../mono/.git > .git/commondir",
            "git -C ../mono worktree add -q ../tree{0}; echo gitdir: ../mono/.git/worktrees/tree{0} > .git",
        )
    ):
        folder = repository.home / f"hostile{number}"
        folder.mkdir()
        outside(repository, script.replace("{0}", str(number)), folder)
        enter(repository, folder.name)
        for writable in (True, False):
            result = await confined(repository, "git log --oneline; ls ../mono", writable=writable)
            assert "init" not in result.error
            assert "No such file" in result.error


async def test_home_as_a_repository_is_not_opened_for_the_folders_in_it(world: World) -> None:
    outside(world, "git init -q . && mkdir work && echo x > diary")
    enter(world, "work")
    assert "diary" not in (await confined(world, "git status; ls ..", writable=True)).text
