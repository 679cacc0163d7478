"""Instruction files: outermost first, each once, and nothing from outside."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from claw import _native
from claw.events.base import Blob, Event
from claw.events.context import InstructionFile, InstructionsFound, InstructionsRequested
from claw.events.permission import Effect, Rule
from claw.handlers.base import Call
from claw.handlers.instruction_files import imports
from claw.handlers.instructions import InstructionsHandler, Variables
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
    handler = InstructionsHandler(world.context, world.blobs, Variables(config=str(world.root / "config")))
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
        "link.md",
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
    assert text.endswith("[cut here: CLAUDE.md has 200000 bytes; its first 131072 characters count.]\n")


async def test_too_much_in_all_is_left_out(world: World) -> None:
    put(world.workspace, "CLAUDE.md", " ".join(f"@{name}.md" for name in "abcde"))
    for name in "abcde":
        put(world.workspace, f"{name}.md", name * 120_000)
    put(world.workspace, "CLAUDE.local.md", "short")
    event = await found(world)
    assert [path for path, _ in listed(event)] == ["CLAUDE.md", "a.md", "b.md", "c.md", "d.md", "CLAUDE.local.md"]
    assert event.skipped == ("e.md is left out: instructions are 480029 characters long without it.",)


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


# --- rules and sub-folders --------------------------------------------------------------------------------------------


async def asked(world: World, handler: InstructionsHandler | None = None, **fields: Any) -> InstructionsFound:
    events: list[Event] = []
    handler = handler or InstructionsHandler(world.context, world.blobs)
    await handler.perform(Call(2, InstructionsRequested(**fields), events.append))
    (event,) = events
    assert isinstance(event, InstructionsFound)
    return event


RULES: list[tuple[str, tuple[str, ...]]] = [
    ("words", ()),
    ("---\npaths: src/**/*.ts\n---\nwords", ("src/**/*.ts",)),
    ("---\r\npaths: 'src/*.ts'\r\n---\r\nwords", ("src/*.ts",)),
    ('---\nname: x\npaths: ["a/*", b]\n---\nwords', ("a/*", "b")),
    ('---\npaths:\n  - "a/*.{c,h}"\n  - b\n- d\ntags:\n  - no\n---\nwords', ("a/*.{c,h}", "b", "d")),
    ("---\n# paths: no\npaths: {src,lib}/**/*.ts, tests/**\n---\nwords", ("{src,lib}/**/*.ts", "tests/**")),
    ("---\npaths: **/*.py\n---\nwords", ("**/*.py",)),
    ("---\npaths: >\n  a,\n  b\n---\nwords", ("a", "b")),
    ('---\npaths: "a\\tb"\n---\nwords', ("a\tb",)),
    ("---\npaths: ['**', '**/*']\n---\nwords", ()),
    ("---\npaths:\n---\nwords", ()),
    ("---\ndescription: what it is for\n---\nwords", ()),
    ("---\nother:\n  paths: a\n---\nwords", ()),
]


@pytest.mark.parametrize(("text", "paths"), RULES)
async def test_a_rule_says_for_which_files_it_is(world: World, text: str, paths: tuple[str, ...]) -> None:
    put(world.workspace, ".claude/rules/deep/r.md", text)
    event = await asked(world, rules=(".claude/rules/deep/r.md",))
    assert [(file.path, file.paths, file.text) for file in event.files] == [(".claude/rules/deep/r.md", paths, "words")]
    assert [rule.paths for rule in event.rules] == ([paths] if paths else [])
    assert event.skipped == ()


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("---\npaths: a", "no second line ---"),
        ("---\npaths: {a: b}\n---", "paths has to be a text"),
        ("---\npaths: [[a]]\n---", "paths has to be a text"),
        ("---\npaths: a\npaths: b\n---", "paths is given twice"),
        ("---\npaths: '{a,b'\n---", "{a,b"),
        ("---\n\tpaths: a\n---", "YAML"),
        (f"---\npaths: {'a,' * 200}\n---", "it has 200 patterns, and 100 are the most."),
    ],
)
async def test_a_rule_that_does_not_say_readably_for_which_counts_for_all(world: World, head: str, why: str) -> None:
    put(world.workspace, ".claude/rules/r.md", f"{head}\nwords")
    put(world.workspace, ".claude/rules/s.md", "others")
    event = await asked(world)
    assert [file.paths for file in event.files] == [(), ()]
    assert event.files[0].text.endswith("words")  # type: ignore[union-attr]
    (said,) = event.skipped
    assert said.startswith(".claude/rules/r.md counts for all files: ")
    assert why in said


async def test_all_levels_in_their_order(world: World) -> None:
    repository, administrator = world.workspace, world.root / "etc"
    (repository / ".git").mkdir()
    put(administrator, "CLAUDE.md", "administrator")
    put(administrator, ".claude/rules/a.md", "administrator's rule")
    put(world.home, ".claude/CLAUDE.md", "user")
    put(world.home, ".claude/rules/b.md", "user's rule")
    put(world.home, ".codex/AGENTS.md", "codex")
    put(world.home, ".codex/AGENTS.override.md", "codex now")
    put(repository, "CLAUDE.md", "root")
    put(repository, ".claude/CLAUDE.md", "root's own")
    put(repository, "AGENTS.md", "root's agents")
    put(repository, ".claude/rules/c.md", "---\npaths: app/*.c\n---\nroot's rule")
    put(repository, "CLAUDE.local.md", "local")
    put(repository, "app/AGENTS.md", "not this")
    put(repository, "app/AGENTS.override.md", "but this")
    put(world.root, "added/CLAUDE.md", "added")
    world.context.workspace = str(repository / "app")
    world.context.rules = (
        Rule(effect="allow", rule="Read", source="s", layer="user", directory=str(world.root / "added")),
    )
    handler = InstructionsHandler(world.context, world.blobs, Variables(added=True), (str(administrator),), os.getuid())
    event = await asked(world, handler)
    assert [(file.scope, file.text) for file in event.files] == [
        ("managed", "administrator"),
        ("managed", "administrator's rule"),
        ("user", "user"),
        ("user", "user's rule"),
        ("user", "codex now"),
        ("project", "root"),
        ("project", "root's own"),
        ("project", "root's agents"),
        ("project", "local"),
        ("project", "but this"),
        ("project", "added"),
    ]
    assert [rule.base for rule in event.rules] == [str(repository)]
    (administrator / "CLAUDE.md").chmod(0o666)
    event = await asked(world, handler)
    assert "managed" not in [file.scope for file in event.files]
    assert (
        event.skipped[0] == f"{administrator}/CLAUDE.md does not count: others than the administrator can write to it."
    )
    plain = await asked(world)
    assert "added" not in [file.text for file in plain.files], "as in Claude Code, only where it is asked for"


async def test_the_same_words_are_told_once_whatever_white_space_ends_their_lines(world: World) -> None:
    put(world.workspace, "CLAUDE.md", "one  \ntwo\n\n")
    put(world.workspace, "AGENTS.md", "one\r\ntwo")
    put(world.workspace, ".claude/rules/r.md", "---\ndescription: d\n---\none\ntwo")
    put(world.workspace, ".claude/CLAUDE.md", "@../AGENTS.md  ")
    put(world.workspace, "CLAUDE.local.md", "  \n")
    put(world.workspace, "app/AGENTS.md", "one\ntwo\n")
    put(world.workspace, "app/CLAUDE.md", "@../CLAUDE.md of the app")
    event = await asked(world)
    assert listed(event) == [("CLAUDE.md", "project"), (".claude/CLAUDE.md", "project")]
    known = {file.path: file.digest for file in event.files}
    event = await asked(world, why="touch", known=known, folders=("app",), behind=True)
    assert [(file.path, file.folder) for file in event.files] == [("app/CLAUDE.md", "app")]


async def test_only_what_a_touched_folder_says_is_read_for_a_call(world: World) -> None:
    put(world.workspace, "CLAUDE.md", "changed by now")
    put(world.workspace, ".claude/rules/all.md", "---\npaths: '*'\n---\nall @../../docs/more.md")
    put(world.workspace, ".claude/rules/c.md", "---\npaths: '*.c'\n---\nc")
    put(world.workspace, "docs/more.md", "more")
    put(world.workspace, "lib/.claude/CLAUDE.md", "lib")
    put(world.workspace, "lib/.claude/rules/h.md", "---\npaths: '*.h'\n---\nh")
    fields = {"known": {"CLAUDE.md": "before"}, "waiting": {".claude/rules/all.md": "before"}, "behind": True}
    event = await asked(world, why="touch", folders=("lib", "nowhere"), rules=(".claude/rules/c.md",), **fields)
    assert [(file.path, file.folder, file.paths) for file in event.files] == [
        (".claude/rules/c.md", "", ("*.c",)),
        ("lib/.claude/CLAUDE.md", "lib", ()),
    ]
    assert [(rule.path, rule.base, rule.folder) for rule in event.rules] == [("lib/.claude/rules/h.md", "lib", "lib")]
    assert (event.gone, event.dropped, event.partly, event.behind) == ((), (), True, True)
    event = await asked(world, why="touch", rules=(".claude/rules/all.md",), **fields)
    assert [(file.path, file.imported_by) for file in event.files] == [
        (".claude/rules/all.md", ""),
        ("docs/more.md", ".claude/rules/all.md"),
    ]


async def test_a_touched_folder_that_leads_elsewhere_or_is_open_to_all_says_nothing(world: World) -> None:
    put(world.root, "elsewhere/CLAUDE.md", "CANARY")
    (world.workspace / "link").symlink_to(world.root / "elsewhere")
    put(world.workspace, "open/CLAUDE.md", "CANARY").parent.chmod(0o777)
    put(world.workspace, "mine/CLAUDE.md", "@../CLAUDE.md @../../elsewhere/CLAUDE.md")
    put(world.workspace, "mine/secrets", "CANARY")
    (world.workspace / "mine/AGENTS.md").symlink_to("secrets")
    world.context.rules = (Rule(effect="deny", rule="Read(mine/secrets)", source="s", layer="user"),)
    (world.workspace / "mine/.claude").mkdir()
    (world.workspace / "mine/.claude/rules").symlink_to(world.root / "elsewhere")
    event = await asked(world, why="touch", folders=("link", "open", "mine", "../elsewhere"), behind=True)
    assert "CANARY" not in str(event.files)
    assert [file.path for file in event.files] == ["mine/CLAUDE.md"]
    assert sorted(line.split(" ")[0] for line in event.skipped) == sorted(
        ["The", str(world.root / "elsewhere/CLAUDE.md"), "mine/AGENTS.md", "mine/.claude/rules"]
    )


# --- what has changed -------------------------------------------------------------------------------------------------


async def test_only_what_is_new_has_changed_or_is_gone_is_recorded(world: World) -> None:
    handler = InstructionsHandler(world.context, world.blobs)
    put(world.workspace, "CLAUDE.md", "one")
    put(world.workspace, "AGENTS.md", "stays")
    put(world.workspace, "CLAUDE.local.md", "goes")
    put(world.workspace, ".claude/rules/c.md", "---\npaths: '*.c'\n---\nc")
    put(world.workspace, ".claude/rules/d.md", "---\npaths: '*.d'\n---\nd")
    os.mkfifo(world.workspace / ".claude/CLAUDE.md")
    first = await asked(world, handler)
    assert len(first.skipped) == 1
    fields: dict[str, Any] = {
        "why": "input",
        "known": {file.path: file.digest for file in first.files},
        "waiting": {rule.path: rule.digest for rule in first.rules},
        "behind": True,
    }
    nothing = await asked(world, handler, **fields)
    assert nothing == InstructionsFound(call=2, files=(), partly=True, behind=True), "and nothing is said again"
    put(world.workspace, "CLAUDE.md", "two @docs/new.md")
    put(world.workspace, "docs/new.md", "new")
    put(world.workspace, ".claude/rules/c.md", "---\npaths: '*.cc'\n---\nc")
    (world.workspace / "CLAUDE.local.md").unlink()
    (world.workspace / ".claude/rules/d.md").unlink()
    event = await asked(world, handler, **fields)
    assert [(file.path, file.replaces) for file in event.files] == [
        ("CLAUDE.md", first.files[0].digest),
        ("docs/new.md", ""),
    ]
    assert [rule.paths for rule in event.rules] == [("*.cc",)]
    assert (event.gone, event.dropped) == (("CLAUDE.local.md",), (".claude/rules/d.md",))


async def test_a_file_that_changes_and_keeps_its_size_and_time_is_noticed(world: World) -> None:
    handler = InstructionsHandler(world.context, world.blobs)
    path = put(world.workspace, "CLAUDE.md", "one")
    state = path.stat()
    (first,) = (await asked(world, handler)).files
    put(world.workspace, "CLAUDE.md", "two")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    (again,) = (await asked(world, handler, why="input", known={"CLAUDE.md": first.digest}, behind=True)).files
    assert (again.text, again.replaces) == ("two", first.digest)


# --- bad input --------------------------------------------------------------------------------------------------------


async def test_a_huge_file_is_read_in_part_and_its_secrets_stay_masked_where_it_is_cut(world: World) -> None:
    edge = "é" * (131072 - len(SECRET) // 2)
    put(world.workspace, "CLAUDE.md", f"{edge}{SECRET}" + "x" * 10_000_000)
    with (world.workspace / "AGENTS.md").open("wb") as file:
        file.truncate(10**12)
    event = await found(world)
    (only,) = event.files
    assert isinstance(only.text, Blob)
    text = world.blobs.get(only.text.digest).decode()
    assert not any(text.rstrip("x]\n. ").endswith(SECRET[:length]) for length in range(4, len(SECRET)))
    assert SECRET[:6] not in text
    assert event.skipped[0].startswith("CLAUDE.md has 102")
    assert event.skipped[1] == "AGENTS.md is not text."


async def test_thousands_of_rules_are_counted_and_the_first_ones_taken(world: World) -> None:
    for number in range(5_000):
        put(world.workspace, f".claude/rules/{number:04}.md", str(number))
    event = await found(world)
    assert len(event.files) == 500
    assert event.skipped == ("There are 5000 rules in .claude/rules; the first 500 by name count.",)


async def test_a_repository_that_imports_without_end_is_left_at_some_point(world: World) -> None:
    put(world.workspace, "CLAUDE.md", " ".join(f"@{number}.md" for number in range(900)))
    for number in range(900):
        put(world.workspace, f"{number}.md", f"{number} {'@nothing ' * 20}")
    event = await found(world)
    assert 400 < len(event.files) < 900
    assert event.skipped == ("There are more than 10000 imports; the rest is not followed.",)
    for number in range(150):
        put(world.workspace, f"{number}.md", b"\0")
    event = await found(world)
    assert len(event.skipped) == 101
    assert event.skipped[-1] == "51 more files do not count, or not all of them."


async def test_what_leads_out_by_one_way_counts_by_another_and_is_named_once(world: World) -> None:
    added = put(world.root, "added/CLAUDE.md", "added")
    put(world.workspace, "CLAUDE.md", f"@{added} @../added/CLAUDE.md @link.md @{added}.")
    (world.workspace / "link.md").symlink_to(added)
    world.context.rules = (Rule(effect="allow", rule="Read", source="s", layer="user", directory=str(added.parent)),)
    event = await asked(world, InstructionsHandler(world.context, world.blobs, Variables(added=True)))
    assert [file.text for file in event.files][1:] == ["added"]
    assert event.skipped == (f"{added} leads out of {world.workspace}.", f"link.md leads out of {world.workspace}.")


async def test_other_encodings_and_what_cannot_be_read(world: World) -> None:
    put(world.workspace, "CLAUDE.md", "Grüße, naïve façade, crème brûlée".encode("cp1252"))
    put(world.workspace, "AGENTS.md", "\ufeffmarked".encode())
    put(world.workspace, ".claude/rules/a.md", "wide".encode("utf-16"))
    put(
        world.workspace,
        ".claude/rules/b.md",
        b"cut \xe2\x82 here, and as much text as makes it likely to be UTF-8 \xc3\xa9",
    )
    os.mkfifo(world.workspace / ".claude/rules/c.md")
    (world.workspace / ".claude/rules/d.md").symlink_to("/dev/zero")
    (world.workspace / ".claude/rules/e.md").symlink_to("e.md")
    (world.workspace / ".claude/rules/f").symlink_to(".")
    put(world.workspace, "CLAUDE.local.md", "last")
    (world.workspace / ".claude/rules" / os.fsdecode(b"\xff.md")).write_text("CANARY")
    (world.workspace / ".claude/rules/g\n.md").write_text("CANARY")
    event = await found(world)
    texts = [str(file.text) for file in event.files]
    assert [text[:4] for text in texts] == ["Grüß", "mark", "wide", "cut ", "last"]
    assert [line.split(" ")[0] for line in event.skipped] == [
        ".claude/rules/c.md:",
        ".claude/rules/d.md",
        "'.claude/rules/g\\n.md'",
        "'.claude/rules/\\udcff.md'",
    ]


@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
async def test_what_may_not_be_read_is_named(world: World) -> None:
    put(world.workspace, "CLAUDE.md", "closed").chmod(0)
    event = await found(world)
    assert event.skipped == ("CLAUDE.md: Permission denied.",)


def test_imports_of_a_hostile_text_are_found_in_linear_time() -> None:
    runs = " ".join("`" * length for length in range(1, 500))
    assert list(imports(f"{runs}\n@last")) == ["last"]
    assert len(list(imports("@a " * 5_000))) == 1_000
    assert list(imports("`" * 100_000 + "\n" + "~" * 100_000)) == []


# --- what users of other agents have ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ('model = "x"\nproject_doc_fallback_filenames = ["TEAM.md", "../x", 7, "OTHER.md"]\n', ["TEAM.md"]),
        ("project_doc_fallback_filenames = 5", []),
        ("project_doc_fallback_filenames = [", []),
        ("[a]\nproject_doc_fallback_filenames = ['TEAM.md']", []),
    ],
)
async def test_names_that_codex_is_told_of_count_where_there_is_no_agents_file(
    world: World, settings: str, names: list[str]
) -> None:
    put(world.home, ".codex/config.toml", settings)
    put(world.root, "x", "CANARY")
    put(world.workspace, "AGENTS.md", "")
    put(world.workspace, "TEAM.md", "team")
    put(world.workspace, "OTHER.md", "other")
    assert [path for path, _ in listed(await found(world))] == names
    put(world.workspace, "AGENTS.md", "agents")
    assert [path for path, _ in listed(await found(world))] == ["AGENTS.md"]


async def test_comments_for_people_are_not_sent_and_import_nothing(world: World) -> None:
    put(world.workspace, "a.md", "CANARY")
    put(
        world.workspace,
        "CLAUDE.md",
        "one\n<!-- @a.md -->\ntwo <!-- stays -->\n  <!-- more\n```\n@a.md -->three\n"
        "```\n<!-- code -->\n```\n<!-- open\n@a.md",
    )
    (file,) = (await found(world)).files
    assert file.text == "one\ntwo <!-- stays -->\nthree\n```\n<!-- code -->\n```"
