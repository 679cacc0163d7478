"""What hostile repositories and agents try where agents have git worktrees of their own."""

from __future__ import annotations

import pytest

from tests.cli.live.world import World
from tests.session.test_worktrees import fails, git, repository


@pytest.mark.parametrize(
    "settings",
    [
        {"remote.origin.url": "ext::{evil} x", "protocol.ext.allow": "always"},
        {"remote.origin.url": "{work}/.git", "remote.origin.uploadpack": "{evil}", "protocol.file.allow": "always"},
        {"remote.origin.url": "ssh://x/y", "core.sshCommand": "{evil}", "protocol.ssh.allow": "always"},
    ],
)
def test_a_partial_clone_fetches_nothing(world: World, settings: dict[str, str]) -> None:
    """What is missing would be fetched by a program that the repository names."""
    repository(world)
    mark, evil = world.root / "ran", world.root / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {mark}\nexit 1\n")
    evil.chmod(0o755)
    promised = {"remote.origin.promisor": "true", "extensions.partialClone": "origin"}
    for key, value in {**settings, **promised, "core.repositoryformatversion": "1"}.items():
        git(world.workspace, "config", key, value.format(evil=evil, work=world.workspace))
    blob = git(world.workspace, "rev-parse", "HEAD:a.txt").strip()
    (world.workspace / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    fails(world, "unable to read sha1 file of a.txt")
    assert not mark.exists()
    assert git(world.workspace, "worktree", "list").count("\n") == 1
