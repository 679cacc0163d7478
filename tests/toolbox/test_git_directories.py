"""No git of the person's obeys a configuration or a hook that a command has left, wherever git would find it."""

# ruff: noqa: E501 - scripts

from __future__ import annotations

import pytest

from claw import _native
from tests.toolbox.test_confining import run as confined
from tests.toolbox.test_repositories import outside
from tests.toolbox.world import World

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not _native.Confinement.available()["namespaces"], reason="no user namespaces here"),
]

MADE = "made-by-git"
GIT = """
git() { d=$1; mkdir -p $d/objects $d/refs/heads; echo 'ref: refs/heads/m' > $d/HEAD; }
evil() { printf '[core]\\n\\trepositoryformatversion = 0\\n\\tbare = false\\n\\tfsmonitor = "echo x > %s; false"\\n' "$W/made-by-git" > $1; }
bare() { printf '[core]\\n\\trepositoryformatversion = 0\\n\\tbare = false\\n\\tworktree = ..\\n\\tfsmonitor = "echo x > %s; false"\\n' "$W/made-by-git" > $1; }
hook() { mkdir -p $1; printf '#!/bin/sh\\necho x > %s\\n' "$W/made-by-git" > $1/post-checkout; chmod +x $1/post-checkout; }
W=$PWD
"""
ATTEMPTS = {
    "a common directory that is the workspace": (
        "git .; rm HEAD; mkdir -p sub/.git; echo 'ref: refs/heads/m' > sub/.git/HEAD; echo ../.. > sub/.git/commondir; evil config",
        "sub",
    ),
    "a common directory deep in the repository": (
        "git .git/lfs/x; mkdir -p sub/.git; echo 'ref: refs/heads/m' > sub/.git/HEAD; echo ../../.git/lfs/x > sub/.git/commondir;"
        "evil .git/lfs/x/config",
        "sub",
    ),
    "a target two levels below worktrees": (
        "git .git/worktrees/a/b; evil .git/worktrees/a/b/config; mkdir sub; echo gitdir: ../.git/worktrees/a/b > sub/.git",
        "sub",
    ),
    "a target among the objects": (
        "git .git/objects/x; evil .git/objects/x/config; mkdir sub; echo gitdir: $W/.git/objects/x > sub/.git",
        "sub",
    ),
    "a work tree of a repository among the objects": (
        "git .git/objects/x; evil .git/objects/x/config; mkdir -p sub .git/objects/x/worktrees/y;"
        "echo 'ref: refs/heads/m' > .git/objects/x/worktrees/y/HEAD; echo ../.. > .git/objects/x/worktrees/y/commondir;"
        "echo gitdir: $W/.git/objects/x/worktrees/y > sub/.git",
        "sub",
    ),
    "a module": (
        "git .git/modules/x/y; evil .git/modules/x/y/config; mkdir sub; echo gitdir: ../.git/modules/x/y > sub/.git",
        "sub",
    ),
    "a link to a git directory": ("git store; evil store/config; mkdir sub; ln -s ../store sub/.git", "sub"),
    "a configuration for one work tree": (
        "git sub/.git; evil sub/.git/config.worktree;"
        "printf '[core]\\n\\trepositoryformatversion = 1\\n[extensions]\\n\\tworktreeConfig = true\\n' > sub/.git/config",
        "sub",
    ),
    "a configuration that includes another": (
        "git sub/.git; evil shared; printf '[core]\\n\\tbare = false\\n[include]\\n\\tpath = ../../shared\\n' > sub/.git/config",
        "sub",
    ),
    "a bare repository": ("git docs; bare docs/config", "docs"),
    "a bare repository in several steps": (
        "git docs; mv docs/HEAD docs/h; bare docs/config; mv docs/h docs/HEAD",
        "docs",
    ),
    "a bare repository whose common directory is elsewhere": (
        "git store; rm store/HEAD; mkdir docs; echo 'ref: refs/heads/m' > docs/HEAD; echo ../store > docs/commondir; bare store/config",
        "docs",
    ),
    "a bare repository whose head is a link": ("git docs; ln -sf refs/heads/m docs/HEAD; bare docs/config", "docs"),
    "what a configuration of the user's includes": ("evil local.gitconfig", "."),
    "where a configuration of the user's has hooks": ("hook tools/hooks", "."),
    "hooks that git has none of": ("hook .git/hooks", "."),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
async def test_nothing_is_obeyed_of(attempt: str, world: World) -> None:
    script, folder = ATTEMPTS[attempt]
    (world.home / ".gitconfig").write_text("[user]\nname = a\nemail = a@localhost\n[init]\ndefaultBranch = main\n")
    outside(
        world,
        "git init -q . && echo a > a && git add a && git commit -q -m one && rm -r .git/hooks"
        " && git config include.path ../local.gitconfig",
        world.workspace,
    )
    if "user's has hooks" in attempt:
        outside(world, "git config core.hooksPath tools/hooks", world.workspace)
    for made_before in ("", "mkdir -p sub/.git docs"):
        await confined(world, f"{made_before}\n{GIT}\n{script}\ntrue", writable=True)
        outside(world, "git status 2>&1 || true; git checkout -q HEAD 2>&1 || true", world.workspace / folder)
        assert not (world.workspace / MADE).exists()
        outside(world, "git status && git log -1", world.workspace)


async def test_what_git_itself_makes_stays_and_works(world: World) -> None:
    (world.home / ".gitconfig").write_text(
        '[user]\nname = a\nemail = a@localhost\n[init]\ndefaultBranch = main\n[protocol "file"]\nallow = always\n'
    )
    outside(world, "git init -q . && echo a > a && git add a && git commit -q -m one", world.workspace)
    script = (
        "git init -q new && git init -q --bare plain.git && git clone -q --bare . copy.git && git clone -q --mirror . mirror.git"
        " && git clone -q . clone && git clone -q --shared . shared && git worktree add -q tree 2>&1"
        " && git --git-dir=copy.git worktree add -q other 2>&1 && mkdir docs && echo x > docs/HEAD && mkdir docs/objects"
        " && git -C clone submodule --quiet add ../new.git sub 2>&1"
    )
    result = await confined(
        world, f"git init -q new.git && git -C new.git commit -q --allow-empty -m x\n{script}", writable=True
    )
    assert "set aside" not in result.text
    for folder in (
        "new",
        "plain.git",
        "copy.git",
        "mirror.git",
        "clone",
        "shared",
        "tree",
        "other",
        "clone/sub",
    ):
        outside(world, "git rev-parse HEAD || git symbolic-ref HEAD", world.workspace / folder)
    assert (await confined(world, "git -C clone status && git -C copy.git log && git -C tree log", writable=True)).text


async def test_of_a_bare_repository_that_was_there_what_git_obeys_cannot_be_changed(world: World) -> None:
    outside(world, "git init -q --bare store.git", world.workspace)
    before = (world.workspace / "store.git/config").read_text()
    script = (
        "echo x >> store.git/config; echo x > store.git/hooks/update; git -C store.git config core.fsmonitor x; true"
    )
    assert (await confined(world, script, writable=True)).text.count("Read-only file system") == 2
    assert (world.workspace / "store.git/config").read_text() == before


async def test_a_write_that_makes_git_obey_it_is_known_as_one(world: World) -> None:
    outside(
        world,
        "git init -q . && git config core.hooksPath tools/hooks && git config include.path '../a config'"
        " && mkdir -p half/objects half/refs other/refs && touch other/HEAD common && git init -q --bare store",
        world.workspace,
    )
    obeyed = (
        *("half/HEAD", "other/objects/x", "half/commondir/../HEAD", "other/commondir", "store/config", "store/hooks/x"),
        *(
            "store/HEAD",
            "store/worktrees/x/config",
            "store/commondir",
            "tools/hooks/pre-commit",
            "a config",
            "A/.git/x",
        ),
    )
    plain = (
        "half/config",
        "half/objects/x",
        "HEAD",
        "config",
        "objects/x",
        "tools/x",
        "store/objects/x",
        "other/config",
    )
    for name, expected in (*((name, True) for name in obeyed), *((name, False) for name in plain)):
        (fact,) = await world.facts("Write", file_path=name, content="x")
        assert fact.protected == expected, name
