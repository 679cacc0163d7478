"""What a path argument means: where it leads, and whether that is inside."""

from __future__ import annotations

import os

import pytest

from claw.events.tool import PathFact
from tests.toolbox.world import World

pytestmark = pytest.mark.anyio


async def fact(world: World, given: str) -> PathFact:
    (found,) = await world.facts("Read", file_path=given)
    assert found.parameter == "file_path"
    assert found.given == given
    return found


def normal(path: str) -> str:
    return os.path.normpath(path)


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("a.txt", "a.txt"),
        ("./a.txt", "a.txt"),
        ("src//b.txt", "src/b.txt"),
        ("src/../a.txt", "a.txt"),
        ("missing/deep/file", "missing/deep/file"),
        (".", "."),
        ("src/..", "."),
        ("日本/😀.txt", "日本/😀.txt"),
        ("~", "../home"),
    ],
)
async def test_relative_paths_are_from_the_workspace(world: World, given: str, canonical: str) -> None:
    world.write("a.txt")
    world.write("src/b.txt")
    found = await fact(world, given)
    inside = not canonical.startswith("..")
    assert found.inside is inside
    assert found.canonical == (canonical if inside else str(world.home))
    assert not found.linked


async def test_absolute_paths_inside_are_stored_relative(world: World) -> None:
    world.write("a.txt")
    assert await fact(world, f"{world.workspace}/a.txt") == PathFact(
        parameter="file_path", given=f"{world.workspace}/a.txt", canonical="a.txt", inside=True, exists=True
    )


@pytest.mark.parametrize(
    "given", ["../workspace2/a", "src/../../home/a", "/etc/passwd", "~/a", "//etc//passwd", "../.."]
)
async def test_paths_outside_are_absolute(world: World, given: str) -> None:
    found = await fact(world, given)
    assert not found.inside
    assert os.path.isabs(found.canonical)
    assert normal(found.canonical) == found.canonical
    assert not found.canonical.startswith("//")


async def test_a_neighbour_with_the_same_beginning_is_outside(world: World) -> None:
    (world.root / "workspace-2").mkdir()
    assert not (await fact(world, "../workspace-2")).inside


async def test_links_are_followed_and_said(world: World) -> None:
    outside = world.root / "outside"
    outside.mkdir()
    (outside / "file").write_text("x")
    world.write("src/a.txt")
    (world.workspace / "in").symlink_to("src")
    (world.workspace / "out").symlink_to(outside)
    (world.workspace / "chain").symlink_to("out")
    (world.workspace / "dangling").symlink_to("/nowhere/at/all")
    assert (await fact(world, "in/a.txt")).canonical == "src/a.txt"
    for given in ("out/file", "chain/file"):
        found = await fact(world, given)
        assert (found.canonical, found.inside, found.linked) == (f"{outside}/file", False, True)
    assert (await fact(world, "out/new/deep")).canonical == f"{outside}/new/deep"
    dangling = await fact(world, "dangling")
    assert (dangling.canonical, dangling.inside, dangling.exists) == ("/nowhere/at/all", False, False)


async def test_dots_behind_a_link_mean_what_the_kernel_takes_them_for(world: World) -> None:
    deep = world.root / "outside/deep"
    deep.mkdir(parents=True)
    (world.workspace / "link").symlink_to(deep)
    found = await fact(world, "link/../file")
    assert found.canonical == str(world.root / "outside/file")
    assert found.linked


async def test_a_link_out_and_back_in_is_inside(world: World) -> None:
    world.write("a.txt")
    (world.home / "back").symlink_to(world.workspace)
    found = await fact(world, "~/back/a.txt")
    assert (found.canonical, found.inside, found.linked) == ("a.txt", True, True)


async def test_what_exists_is_said(world: World) -> None:
    world.write("src/a.txt")
    os.mkfifo(world.workspace / "fifo")
    assert ((await fact(world, "src")).exists, (await fact(world, "src")).directory) == (True, True)
    assert ((await fact(world, "fifo")).exists, (await fact(world, "fifo")).directory) == (True, False)
    assert not (await fact(world, "src/a.txt/below")).exists


@pytest.mark.parametrize("given", [".git/hooks/pre-commit", ".claude/settings.json", "~/.bashrc", "../claw/sessions/x"])
async def test_protected_files_are_marked(world: World, given: str) -> None:
    assert (await fact(world, given)).protected


async def test_a_link_to_a_protected_file_is_marked(world: World) -> None:
    (world.workspace / "innocent.txt").symlink_to(".git/config")
    assert (await fact(world, "innocent.txt")).protected
    assert not (await fact(world, "innocent2.txt")).protected


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ("", "The path is empty."),
        ("a\0b", "The path holds a NUL character."),
        ("loop", "loop: its symbolic links lead in a circle."),
        ("loop/below", "loop/below: its symbolic links lead in a circle."),
        ("x" * 300, "File name too long."),
        ("latin", "latin leads to a path that is not valid UTF-8."),
    ],
)
async def test_what_cannot_be_a_path_is_an_error(world: World, given: str, wrong: str) -> None:
    (world.workspace / "loop").symlink_to("loop")
    os.symlink(b"caf\xe9", os.fsencode(world.workspace / "latin"))
    event = await world.resolved("Read", file_path=given)
    assert event.paths == ()
    assert event.error.endswith(wrong)


async def test_an_unknown_tool_is_an_error(world: World) -> None:
    assert (await world.resolved("Frobnicate")).error == "There is no tool named Frobnicate."


async def test_the_workspace_may_be_the_root(world: World) -> None:
    world.context.workspace = "/"
    found = await fact(world, "etc")
    assert (found.canonical, found.inside) == ("etc", True)
    assert (await fact(world, "/")).canonical == "."


async def test_searches_begin_in_the_workspace(world: World) -> None:
    assert [f.canonical for f in await world.facts("Glob", pattern="*.py")] == ["."]
    assert [f.canonical for f in await world.facts("Grep", pattern="x")] == ["."]


async def test_a_command_line_names_paths_too_and_those_that_mean_nothing_have_no_fact(world: World) -> None:
    world.write("src/a.py")
    (world.workspace / "loop").symlink_to("loop")
    facts = await world.facts("Bash", command="cd src && cat a.py ../loop > ~/out")
    named = {(fact.parameter, fact.given, fact.canonical, fact.exists) for fact in facts}
    assert named == {
        ("command", "src", "src", True),
        ("command", "src/a.py", "src/a.py", True),
        ("command", "~/out", str(world.home / "out"), False),
    }


@pytest.mark.parametrize(
    ("pattern", "path", "leads"),
    [
        ("/etc/**/*.conf", None, "/etc"),
        ("/*", None, "/"),
        ("~/*.txt", None, "{root}/home"),
        ("~/x/*.txt", "src", "{root}/home/x"),
        ("../*.txt", None, "{root}"),
        ("src/../../*.txt", None, "{root}"),
        ("../*.txt", "src/deep", "{root}/workspace/src"),
        ("../../../*", "src/deep", "{root}"),
    ],
)
async def test_a_glob_that_leads_out_is_a_path_too(world: World, pattern: str, path: str | None, leads: str) -> None:
    world.write("src/deep/a.txt")
    _, found = await world.facts("Glob", pattern=pattern, **({"path": path} if path else {}))
    assert found.parameter == "pattern"
    assert normal(f"{world.workspace}/{found.canonical}" if found.inside else found.canonical) == leads.format(
        root=world.root
    )


@pytest.mark.parametrize("pattern", ["*/../../x", "src/*/../..", "{a,..}/x", "**/..", "{..,b}/*", "[a]/../x"])
async def test_a_glob_that_goes_up_behind_a_wildcard_is_refused(world: World, pattern: str) -> None:
    assert "goes up with `..` behind a wildcard" in (await world.resolved("Glob", pattern=pattern)).error


@pytest.mark.parametrize(
    "name", ["workspace/.git/config", "workspace/.git/hooks/x", "workspace/sub/.envrc", "home/.bashrc", "home/.ssh/id"]
)
async def test_a_hard_link_to_a_protected_file_is_protected(world: World, name: str) -> None:
    protected = world.root / name
    protected.parent.mkdir(parents=True, exist_ok=True)
    protected.write_text("x")
    os.link(protected, world.workspace / "innocent.txt")
    world.write("a.txt")
    os.link(world.workspace / "a.txt", world.workspace / "b.txt")
    assert (await world.facts("Write", file_path="innocent.txt", content=""))[0].protected
    assert not (await world.facts("Write", file_path="a.txt", content=""))[0].protected
