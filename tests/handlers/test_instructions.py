"""Instruction files: outermost first, each once, and nothing from outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from claw import _native
from claw.events.base import Blob, Event
from claw.events.context import InstructionFile, InstructionsFound, InstructionsRequested
from claw.events.permission import Effect, Rule
from claw.handlers import instructions
from claw.handlers.base import Call
from claw.handlers.instructions import InstructionsHandler, imports
from tests.toolbox.world import SECRET, World

pytestmark = pytest.mark.anyio


def put(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


async def found(world: World) -> InstructionsFound:
    events: list[Event] = []
    call = Call(2, InstructionsRequested(), events.append)
    await InstructionsHandler(world.context, world.blobs).perform(call)
    (event,) = events
    assert isinstance(event, InstructionsFound)
    assert event.call == 2
    for file in event.files:
        text = world.blobs.get(file.text.digest).decode() if isinstance(file.text, Blob) else file.text
        assert file.digest == _native.blake3(text.encode())
    return event


def listed(event: InstructionsFound) -> list[tuple[str, str]]:
    return [(file.path, file.scope) for file in event.files]


async def test_without_files_there_is_nothing(world: World) -> None:
    assert await found(world) == InstructionsFound(call=2, files=())


async def test_the_users_come_first_then_from_the_root_of_the_repository_inwards(world: World) -> None:
    repository = world.workspace
    (repository / ".git").mkdir()
    put(world.home, ".claude/CLAUDE.md", "user")
    put(world.home, ".config/claw/AGENTS.md", "user too")
    put(world.root, "CLAUDE.md", "above the repository")
    put(repository, "CLAUDE.md", "root")
    put(repository, "AGENTS.md", "root for agents")
    put(repository, "CLAUDE.local.md", "root, only here")
    put(repository, "packages/CLAUDE.md", "between")
    put(repository, "packages/app/AGENTS.md", "workspace")
    put(repository, "packages/app/src/CLAUDE.md", "below")
    put(repository, "packages/other/CLAUDE.md", "beside")
    world.context.workspace = str(repository / "packages/app")
    assert listed(await found(world)) == [
        (str(world.home / ".claude/CLAUDE.md"), "user"),
        (str(world.home / ".config/claw/AGENTS.md"), "user"),
        (str(repository / "CLAUDE.md"), "project"),
        (str(repository / "AGENTS.md"), "project"),
        (str(repository / "CLAUDE.local.md"), "project"),
        (str(repository / "packages/CLAUDE.md"), "project"),
        ("AGENTS.md", "project"),
    ]


async def test_the_configuration_folder_may_be_elsewhere(world: World) -> None:
    put(world.root, "config/claw/AGENTS.md", "mine")
    events: list[Event] = []
    handler = InstructionsHandler(world.context, world.blobs, config=str(world.root / "config"))
    await handler.perform(Call(2, InstructionsRequested(), events.append))
    assert isinstance(events[0], InstructionsFound)
    assert [file.text for file in events[0].files] == ["mine"]


async def test_without_a_repository_only_folders_below_home_count(world: World) -> None:
    put(world.home, "CLAUDE.md", "home itself")
    put(world.home, "work/CLAUDE.md", "work")
    put(world.home, "work/project/CLAUDE.md", "project")
    world.context.workspace = str(world.home / "work/project")
    assert [file.text for file in (await found(world)).files] == ["work", "project"]


async def test_without_a_repository_outside_of_home_only_the_workspace_counts(world: World) -> None:
    put(world.root, "CLAUDE.md", "above")
    put(world.workspace, "CLAUDE.md", "here")
    assert [file.text for file in (await found(world)).files] == ["here"]


async def test_a_folder_in_which_anyone_may_write_ends_the_search(world: World) -> None:
    shared = world.root / "shared"
    put(shared, ".git/HEAD", "")
    put(shared, "CLAUDE.md", "planted")
    put(shared, "mine/CLAUDE.md", "mine")
    shared.chmod(0o1777)
    world.context.workspace = str(shared / "mine")
    assert [file.text for file in (await found(world)).files] == ["mine"]


async def test_the_same_content_is_listed_once(world: World) -> None:
    put(world.workspace, "CLAUDE.md", "same")
    (world.workspace / "AGENTS.md").symlink_to("CLAUDE.md")
    put(world.workspace, "CLAUDE.local.md", "same")
    assert listed(await found(world)) == [("CLAUDE.md", "project")]


async def test_imports_follow_their_file(world: World) -> None:
    put(
        world.workspace,
        "CLAUDE.md",
        "See @docs/style.md and @docs/a\\ b.md, but not `@docs/code.md`.\n@missing me@x.org",
    )
    put(world.workspace, "docs/style.md", "@deeper/more.md.")
    put(world.workspace, "docs/deeper/more.md", "more")
    put(world.workspace, "docs/a b.md", "spaced")
    put(world.workspace, "docs/code.md", "never")
    put(world.workspace, "AGENTS.md", "@docs/code.md")
    assert [path for path, _ in listed(await found(world))] == [
        "CLAUDE.md",
        "docs/style.md",
        "docs/deeper/more.md",
        "docs/a b.md",
        "AGENTS.md",
    ]


async def test_imports_in_a_circle_end_and_deep_ones_are_left(world: World) -> None:
    put(world.workspace, "CLAUDE.md", "@1.md")
    for depth in range(1, 8):
        put(world.workspace, f"{depth}.md", f"{depth} @{depth + 1}.md @CLAUDE.md")
    assert [path for path, _ in listed(await found(world))] == ["CLAUDE.md", *(f"{i}.md" for i in range(1, 6))]


async def test_a_repository_imports_nothing_from_outside(world: World) -> None:
    put(world.home, ".ssh/id_rsa", "private")
    put(world.root, "beside.md", "beside")
    put(world.workspace, "CLAUDE.md", f"@~/.ssh/id_rsa @../beside.md @{world.root}/beside.md @link.md @/etc/passwd")
    (world.workspace / "link.md").symlink_to(world.root / "beside.md")
    event = await found(world)
    assert listed(event) == [("CLAUDE.md", "project")]
    assert [line.split(" leads out of ")[0] for line in event.skipped] == [
        str(world.home / ".ssh/id_rsa"),
        str(world.root / "beside.md"),
        "/etc/passwd",
    ]


async def test_an_instruction_file_that_leads_out_is_not_read(world: World) -> None:
    put(world.root, "secret.md", "outside")
    (world.workspace / "CLAUDE.md").symlink_to(world.root / "secret.md")
    event = await found(world)
    assert event.files == ()
    assert event.skipped == (f"CLAUDE.md leads out of {world.workspace}.",)


async def test_the_users_own_file_imports_from_home(world: World) -> None:
    put(world.home, "notes/rules.md", "rules")
    put(world.home, ".claude/CLAUDE.md", "@~/notes/rules.md @/etc/passwd")
    event = await found(world)
    assert [file.text for file in event.files] == ["@~/notes/rules.md @/etc/passwd", "rules"]
    assert event.skipped == (f"/etc/passwd leads out of {world.home}.",)


async def test_the_users_own_file_may_be_a_link_to_anywhere(world: World) -> None:
    put(world.root, "dotfiles/CLAUDE.md", "mine @beside.md")
    put(world.root, "dotfiles/beside.md", "beside")
    (world.home / ".claude").mkdir()
    (world.home / ".claude/CLAUDE.md").symlink_to(world.root / "dotfiles/CLAUDE.md")
    assert [file.text for file in (await found(world)).files] == ["mine @beside.md"]


async def test_what_is_no_text_is_skipped_and_named(world: World) -> None:
    put(world.workspace, "CLAUDE.md", b"\x89PNG\0\0")
    os.mkfifo(world.workspace / "AGENTS.md")
    (world.workspace / "CLAUDE.local.md").mkdir()
    event = await found(world)
    assert event.files == ()
    assert [line.split(" ")[0] for line in event.skipped] == ["CLAUDE.md", "AGENTS.md:", "CLAUDE.local.md:"]


async def test_a_long_file_is_cut_and_says_so(world: World) -> None:
    put(world.workspace, "CLAUDE.md", "x" * 200_000)
    (file,) = (await found(world)).files
    assert isinstance(file.text, Blob)
    text = world.blobs.get(file.text.digest).decode()
    assert text.startswith("x" * 131072 + "\n")
    assert text.endswith("[CLAUDE.md is cut here: 68928 more characters]\n")


async def test_too_much_in_all_is_left_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instructions, "TOTAL_LIMIT", 100)
    put(world.workspace, "CLAUDE.md", "x" * 90)
    put(world.workspace, "AGENTS.md", "y" * 20)
    put(world.workspace, "CLAUDE.local.md", "z" * 10)
    event = await found(world)
    assert [path for path, _ in listed(event)] == ["CLAUDE.md", "CLAUDE.local.md"]
    assert event.skipped == ("AGENTS.md is left out: instructions are 90 characters long without it.",)


async def test_secrets_are_masked(world: World) -> None:
    put(world.workspace, "CLAUDE.md", f"use {SECRET}")
    (file,) = (await found(world)).files
    assert file == InstructionFile(
        path="CLAUDE.md", scope="project", digest=file.digest, text="use \u2039secret:TEST_API_KEY\u203a"
    )


async def test_a_workspace_that_is_gone_has_no_instructions(world: World) -> None:
    world.workspace.rmdir()
    event = await found(world)
    assert event.files == ()
    assert "FileNotFoundError" in event.skipped[0]


def test_imports_are_words_outside_of_code() -> None:
    text = """@first and (@not) a@not @~/home.md `@not` ``x ` @not`` @two\\ words
```sh
@not
```
~~~
@not
```
~~~
@last"""
    assert list(imports(text)) == ["first", "~/home.md", "two words", "last"]
    assert list(imports("```\n@not, as the fence is open")) == []


# --- rules and bounds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["@secrets/key", "@docs/../secrets/key", "@notes.md", "@a.md"])
async def test_what_a_rule_keeps_from_being_read_does_not_come_along(world: World, written: str) -> None:
    (world.workspace / ".git").mkdir()
    put(world.workspace, "secrets/key", "CANARY")
    put(world.workspace, "docs/style.md", "style")
    put(world.workspace, "a.md", "@secrets/key")
    (world.workspace / "notes.md").symlink_to("secrets/key")
    put(world.workspace, "CLAUDE.md", f"See {written} and @docs/style.md")
    world.context.rules = (Rule(effect="deny", rule="Read(./secrets/**)", source="s", layer="user"),)
    event = await found(world)
    assert "CANARY" not in str(event.files)
    assert "style" in [file.text for file in event.files]
    assert any("kept from being read by a rule" in line for line in event.skipped)


@pytest.mark.parametrize("effect", ["deny", "ask"])
async def test_a_rule_counts_for_instruction_files_themselves_and_for_the_users_imports(
    world: World, effect: Effect
) -> None:
    put(world.workspace, "CLAUDE.md", "CANARY")
    put(world.home, ".ssh/id_ed25519", "CANARY")
    put(world.home, ".claude/CLAUDE.md", "mine @~/.ssh/id_ed25519")
    world.context.rules = (Rule(effect=effect, rule="Read(CLAUDE.md)", source="s", layer="project"),)
    event = await found(world)
    assert "CANARY" not in str(event.files)


async def test_without_a_repository_another_projects_file_is_not_imported(world: World) -> None:
    put(world.home, "projects/other/.env", "CANARY")
    put(world.home, "projects/CLAUDE.md", "all @shared.md")
    put(world.home, "projects/shared.md", "shared")
    put(world.home, "projects/evil/CLAUDE.md", "@../other/.env @link @~/projects/other/.env")
    (world.home / "projects/evil/link").symlink_to("../other/.env")
    world.context.workspace = str(world.home / "projects/evil")
    event = await found(world)
    assert "CANARY" not in str(event.files)
    assert "shared" in [file.text for file in event.files]
