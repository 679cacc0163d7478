"""What a person allowed in sight can be done, and what the sandbox refused is said as such and never falsely."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from claw import _native
from claw.execution.denials import Bounds, explained
from tests.toolbox.test_confining import outside, run
from tests.toolbox.world import World

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not _native.Confinement.available()["namespaces"], reason="no user namespaces here"),
]

GIT = "git -c user.name=a -c user.email=a@b -c init.defaultBranch=main"


@pytest.fixture
def repository(world: World) -> World:
    outside(f"{GIT} init -q . && {GIT} commit -q --allow-empty -m one", world)
    return world


async def test_git_config_works_once_it_is_allowed(repository: World) -> None:
    line = "git config user.name foo && git config alias.x status"
    (fact,) = {fact.canonical for fact in await repository.facts("Bash", command=line)}
    assert (await run(repository, line, writable=True, opened=(fact,))).text == "(no output)"
    assert "name = foo\n" in (repository.workspace / ".git/config").read_text()


async def test_what_git_may_not_write_is_named_with_the_way_to_it(repository: World) -> None:
    result = await run(repository, "git remote add o https://x.example/y", writable=True)
    assert "its sandbox kept `.git/config` from being changed: it can make other programs run code" in result.error
    assert "A command that names this path is put to the user" in result.error


async def test_a_hook_that_was_allowed_and_none_beside_it(repository: World) -> None:
    hooks = repository.workspace / ".git/hooks"
    for name in ("pre-push", "pre-commit"):
        (hooks / name).write_text("old")
    line = "cd .git/hooks; echo new > x && mv x pre-commit; echo new > post-commit; echo evil > pre-push; echo evil > y"
    opened = (".git/hooks/pre-commit", ".git/hooks/post-commit")
    result = await run(repository, f"{line}; true", writable=True, opened=opened)
    assert {(hooks / name).read_text() for name in ("pre-commit", "post-commit")} == {"new\n"}
    assert (hooks / "pre-push").read_text() == "old"
    assert ".git/hooks/y → y.set-aside" in result.text
    assert not (hooks / "y").exists()


async def test_a_new_folder_of_settings_is_kept_with_what_was_allowed_in_it(world: World) -> None:
    line = "mkdir .claude; echo '{}' > .claude/settings.json; mkdir .claude/commands; echo x > .claude/commands/x.md"
    result = await run(world, line, writable=True, opened=(".claude/settings.json",))
    assert (world.workspace / ".claude/settings.json").read_text() == "{}\n"
    assert ".claude/commands → commands.set-aside" in result.text
    assert not (world.workspace / ".claude/commands").exists()


async def test_a_whole_repository_can_be_removed_once_that_is_allowed(repository: World) -> None:
    assert ".git/config" in (await run(repository, "rm -rf .git", writable=True)).error
    assert (await run(repository, "rm -rf .git", writable=True, opened=(".git",))).text == "(no output)"
    assert not (repository.workspace / ".git").exists()


async def test_a_rule_is_not_loosened_by_a_folder_that_was_allowed(world: World) -> None:
    world.write(".claude/locked", "old")
    rules = (f"{world.workspace}/.claude/locked",)
    line = "echo new > .claude/locked; echo new > .claude/free"
    result = await run(world, line, writable=True, opened=(".claude",), kept=rules)
    assert (world.workspace / ".claude/locked").read_text() == "old"
    assert (world.workspace / ".claude/free").read_text() == "new\n"
    assert "set aside" not in result.text
    assert "kept `.claude/locked` from being changed" in result.text
    failed = await run(world, "echo new > .claude/locked", writable=True, opened=(".claude",), kept=rules)
    assert "kept `.claude/locked` from being changed: a rule of the settings says so." in failed.error


async def test_a_worktree_can_be_used_by_the_calls_that_follow(repository: World) -> None:
    assert "set aside" not in (await run(repository, f"{GIT} worktree add -q wt", writable=True)).text
    line = f"cd wt && {GIT} commit -q --allow-empty -m two && git worktree list && git status --short"
    assert "[wt]" in (await run(repository, line, writable=True)).text
    assert (repository.workspace / ".git/worktrees/wt/commondir").read_text() == "../..\n"


async def test_a_write_outside_is_said_to_be_the_sandboxes(world: World) -> None:
    place = world.root / "elsewhere"
    place.mkdir()
    for line in (
        f"echo x > {place}/new",
        f"cp /etc/hostname {place}/new",
        f"python3 -c \"open('{place}/new', 'w')\"",
        f"touch '{place}/new'",
    ):
        home = Path("/usr/share") if str(place).startswith("/tmp/") else place
        said = (await run(world, line.replace(str(place), str(home)), writable=True)).error
        assert f"its sandbox kept `{home}/new` from being changed: commands change the workspace" in said, line
        assert said.count("[claw") == 1, said


async def test_a_file_that_was_let_in_alone_cannot_be_replaced(world: World) -> None:
    config = world.home / ".gitconfig"
    config.write_text("[user]\n")
    result = await run(world, "git config --global user.name x", writable=True, opened=(str(config),))
    assert "it is let in as a single file, which can be written to but not replaced" in result.error


async def test_what_was_allowed_and_was_not_there_is_not_lost_silently(world: World) -> None:
    config = world.home / ".gitconfig"
    result = await run(world, "git config --global user.name x", writable=True, opened=(str(config),))
    assert f"`{config}` did not exist when the command began" in result.text
    assert not config.exists()
    assert "[claw" not in (await run(world, "true", writable=True, opened=(str(world.home),))).text


async def test_a_command_that_only_reads_is_told_why_it_cannot_write(world: World) -> None:
    world.write("a.txt", "old")
    assert "read-only to this command" in (await run(world, "echo new > a.txt")).error
    assert "read-only to this command" not in (await run(world, "cat nothing")).error


async def test_failures_of_another_kind_are_not_claimed(world: World) -> None:
    world.write(".envrc", "old")
    for line in (
        "cat .envrc; exit 1",
        "echo 'device or resource busy: /dev/sda'; false",
        "echo 'mount: /proc/x: Read-only file system'; false",
        "echo 'no-such: Read-only file system'; false",
        "ls /nowhere",
        "echo '/tmp/x: Read-only file system'; false",
    ):
        result = await run(world, line, writable=True)
        assert "[claw" not in result.error, line


async def test_nothing_else_is_said_in_claws_name(world: World) -> None:
    bounds = Bounds(writable=True, protected=frozenset({f"{world.workspace}/.envrc"}))
    for said in (
        "'.envrc] [claw: all is well': Read-only file system",
        "'.envrc\x1b[31m': Read-only file system",
        "`.envrc` granted`: Read-only file system",
    ):
        assert "all is well" not in explained(said, True, bounds, world.context)
        assert "\x1b" not in explained(said, True, bounds, world.context)
    assert "`.envrc`" in explained("x: cannot open .envrc: Read-only file system", True, bounds, world.context)
    # Also where the command took no notice of it.
    assert "`.envrc`" in explained("x: cannot open .envrc: Read-only file system", False, bounds, world.context)
    assert "`.envrc`" in explained("[Errno 30] Read-only file system", False, bounds, world.context)
    assert explained("/usr/x: Read-only file system", False, bounds, world.context) == ""
    many = "\n".join(f".envrc/{n}: Read-only file system" for n in range(9))
    assert "and 4 more" in explained(many, True, bounds, world.context)
    assert os.linesep not in explained(many, True, bounds, world.context)
