"""MultiEdit makes all of its replacements, each in what the one before it left, or none."""

from __future__ import annotations

import os

import pytest

from tests.toolbox.world import SECRET, Result, World

pytestmark = pytest.mark.anyio


def pair(old: str, new: str, **more: bool) -> dict[str, object]:
    return {"old_string": old, "new_string": new, **more}


async def edit(world: World, name: str, *edits: dict[str, object], read: bool = True) -> Result:
    if read:
        await world.call("Read", file_path=name)
    return await world.call("MultiEdit", file_path=name, edits=list(edits))


async def test_edits_are_made_in_order_and_shown_where_they_are_now(world: World) -> None:
    path = world.write("a.py", "".join(f"line {i}\n" for i in range(1, 41)))
    done = await edit(
        world,
        "a.py",
        pair("line 30\n", "new 30\nnew 30b\n"),
        pair("line 5\n", "first\nsecond\nthird\n"),
        pair("second", "SECOND"),
        pair("line 39\nline 40\n", "end\n"),
    )
    lines = path.read_text().splitlines()
    assert lines[4:7] == ["first", "SECOND", "third"]
    assert lines[31:33] == ["new 30", "new 30b"]
    assert lines[-1] == "end"
    assert done.text == (
        "Changed a.py (4 edits).\n…\n"
        "     3\tline 3\n     4\tline 4\n     5\tfirst\n     6\tSECOND\n     7\tthird\n     8\tline 6\n     9\tline 7\n"
        "…\n"
        "    30\tline 28\n    31\tline 29\n    32\tnew 30\n    33\tnew 30b\n    34\tline 31\n    35\tline 32\n…\n"
        "    40\tline 37\n    41\tline 38\n    42\tend"
    )


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (pair("nothing", "x"), "Edit 2 of 2: old_string is not in a.py. Read the file again"),
        (pair("b = 1", "x"), "Edit 2 of 2: old_string is 2 times in a.py"),
        (pair("x", "x"), "Edit 2 of 2: old_string and new_string are the same"),
        (pair("", "x"), "Edit 2 of 2: old_string is empty"),
        (pair("a = 1", "x"), "An edit before it has changed that text"),
        (pair("c  =  1", "x"), "There is text at line 4 that differs only by its blanks; copy it exactly:\nc = 1"),
    ],
)
async def test_one_that_cannot_be_made_undoes_all(world: World, second: dict[str, object], told: str) -> None:
    path = world.write("a.py", "a = 1\nb = 1\nb = 1\nc = 1\n")
    before = path.stat()
    error = (await edit(world, "a.py", pair("a = 1", "a = 2"), second)).error
    assert told in error
    assert error.endswith("\nNone of the edits was made.")
    assert path.read_text() == "a = 1\nb = 1\nb = 1\nc = 1\n"
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


async def test_what_the_file_is_otherwise_is_kept(world: World) -> None:
    path = world.write("a.txt", b"\xef\xbb\xbfone\r\ntwo\r\nthree\n")
    path.chmod(0o750)
    os.link(path, world.workspace / "twin.txt")
    assert (await edit(world, "a.txt", pair("one\ntwo", "1\n2\n2b"), pair("e", "E", replace_all=True))).text
    assert path.read_bytes() == b"\xef\xbb\xbf1\r\n2\r\n2b\r\nthrEE\n"
    assert path.stat().st_mode & 0o777 == 0o750
    assert (world.workspace / "twin.txt").read_bytes() == path.read_bytes()


async def test_a_file_must_have_been_read_as_it_is(world: World) -> None:
    path = world.write("a.txt", "x\n")
    assert "You have not read a.txt" in (await edit(world, "a.txt", pair("x", "y"), read=False)).error
    await world.call("Read", file_path="a.txt")
    path.write_text("x and more\n")
    assert "changed on disk" in (await edit(world, "a.txt", pair("x", "y"), read=False)).error
    assert (await edit(world, "a.txt", pair("x", "y"))).text
    assert (await edit(world, "a.txt", pair("y", "z"), read=False)).text, "what a call has written it knows"


async def test_an_empty_first_text_makes_a_new_file(world: World) -> None:
    done = await edit(world, "new/a.py", pair("", "one\ntwo\n"), pair("two", "zwei"), read=False)
    assert done.text == "Created new/a.py (2 edits).\n     1\tone\n     2\tzwei"
    assert (world.workspace / "new/a.py").read_text() == "one\nzwei\n"
    assert "old_string is empty" in (await edit(world, "new/a.py", pair("", "other"))).error
    assert "no.py does not exist" in (await edit(world, "no.py", pair("x", "y"), read=False)).error


async def test_no_mask_of_a_secret_is_written(world: World) -> None:
    path = world.write("a.txt", f"key = {SECRET}\nb\n")
    shown = (await world.call("Read", file_path="a.txt")).text.split("= ")[1].splitlines()[0]
    assert "would destroy the secret" in (await edit(world, "a.txt", pair("b", "c"), pair("c", shown))).error
    assert (await edit(world, "new.txt", pair("", f"key = {shown}\n"), read=False)).error
    assert path.read_text() == f"key = {SECRET}\nb\n"
    assert not (world.workspace / "new.txt").exists()
    assert SECRET not in (await edit(world, "a.txt", pair("b\n", "c\n"), pair("c\n", "d\n"))).text


async def test_many_edits_of_a_large_file_are_bounded_in_what_they_show(world: World) -> None:
    world.write("a.txt", "".join(f"line {i}.\n" for i in range(5_000)))
    done = await edit(world, "a.txt", *(pair(f"line {i}.", f"LINE {i}.") for i in range(0, 5_000, 20)))
    assert done.text.startswith("Changed a.txt (250 edits).\n")
    assert len(done.text.splitlines()) < 130
