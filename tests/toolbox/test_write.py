"""Write replaces a whole file or nothing, and only one that the model knows."""

from __future__ import annotations

import os
import resource
import stat
from pathlib import Path

import pytest

from claw._native import blake3
from claw.errors import ToolError
from claw.events.base import Event
from claw.events.tool import ToolStarted, call_bytes
from claw.execution import files
from claw.execution.grants import ordered
from claw.handlers.base import Call
from claw.handlers.tool import ToolHandler
from tests.toolbox.world import BY_NAME, SECRET, TRAITS, Result, World

pytestmark = pytest.mark.anyio


def leftovers(world: World) -> list[Path]:
    return [path for path in world.workspace.rglob("*") if ".claw-" in path.name]


async def test_a_new_file_and_its_folders_are_made(world: World) -> None:
    result = await world.call("Write", file_path="src/deep/new.py", content="a = 1\nb = 2\n")
    assert (world.workspace / "src/deep/new.py").read_text() == "a = 1\nb = 2\n"
    assert result.text == "Created src/deep/new.py (2 lines).\n     1\ta = 1\n     2\tb = 2"
    assert leftovers(world) == []


async def test_text_is_stored_exactly_as_given(world: World) -> None:
    await world.call("Write", file_path="a", content="\ufeffx\r\ny\rz\n\n日本😀")
    assert (world.workspace / "a").read_bytes() == "\ufeffx\r\ny\rz\n\n日本😀".encode()
    await world.call("Write", file_path="empty", content="")
    assert (world.workspace / "empty").read_bytes() == b""


async def test_a_file_that_was_not_read_is_not_overwritten(world: World) -> None:
    path = world.write("a.txt", "precious")
    assert "have not read a.txt" in (await world.call("Write", file_path="a.txt", content="x")).error
    assert path.read_text() == "precious"


async def test_what_one_agent_has_read_another_has_not(world: World) -> None:
    path = world.write("a.txt", "old\n")
    assert "old" in (await world.call("Read", file_path="a.txt")).text
    world.agent = 1
    assert "have not read a.txt" in (await world.call("Write", file_path="a.txt", content="x")).error
    assert (
        "have not read a.txt" in (await world.call("Edit", file_path="a.txt", old_string="old", new_string="x")).error
    )
    world.agent = 0
    assert "Overwrote" in (await world.call("Write", file_path="a.txt", content="new\n")).text
    assert path.read_text() == "new\n"
    world.agent = 1
    assert "have not read a.txt" in (await world.call("Write", file_path="a.txt", content="x")).error


async def test_a_file_that_was_read_is_overwritten_and_known_from_then_on(world: World) -> None:
    path = world.write("a.txt", "old")
    await world.call("Read", file_path="a.txt")
    assert "Overwrote a.txt" in (await world.call("Write", file_path="a.txt", content="new")).text
    assert "Overwrote a.txt" in (await world.call("Write", file_path="a.txt", content="newer")).text
    assert path.read_text() == "newer"


async def test_a_file_that_changed_since_it_was_read_is_not_overwritten(world: World) -> None:
    path = world.write("a.txt", "old")
    await world.call("Read", file_path="a.txt")
    path.write_text("someone else's")
    assert "has changed on disk" in (await world.call("Write", file_path="a.txt", content="x")).error
    assert path.read_text() == "someone else's"


async def test_a_file_that_appeared_after_the_check_is_not_overwritten(world: World) -> None:
    facts = await world.facts("Write", file_path="a.txt", content="x")
    path = world.write("a.txt", "someone else's")
    (now,) = (await world.run("Write", facts, file_path="a.txt", content="x")).moved
    assert now.exists
    assert path.read_text() == "someone else's"
    assert "have not read" in (await world.run("Write", (now,), file_path="a.txt", content="x")).error
    assert path.read_text() == "someone else's"


async def test_after_a_resume_a_file_must_be_read_again(world: World) -> None:
    world.write("a.txt", "old")
    await world.call("Read", file_path="a.txt")
    world.context = world.fresh_context()
    assert "have not read" in (await world.call("Write", file_path="a.txt", content="x")).error


async def test_reading_under_one_name_counts_for_the_file(world: World) -> None:
    world.write("a.txt", "old")
    (world.workspace / "link").symlink_to("a.txt")
    await world.call("Read", file_path=str(world.workspace / "a.txt"))
    assert "Overwrote a.txt" in (await world.call("Write", file_path="./x/../link", content="new")).text
    assert (world.workspace / "link").is_symlink()
    assert (world.workspace / "a.txt").read_text() == "new"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o444])
async def test_the_mode_of_an_old_file_is_kept(world: World, mode: int) -> None:
    path = world.write("a.sh", "old")
    path.chmod(mode)
    await world.call("Read", file_path="a.sh")
    assert "Overwrote" in (await world.call("Write", file_path="a.sh", content="new")).text
    assert stat.S_IMODE(path.stat().st_mode) == mode


async def test_new_content_is_never_set_user_id(world: World) -> None:
    path = world.write("a.sh", "old")
    path.chmod(0o6755)
    await world.call("Read", file_path="a.sh")
    await world.call("Write", file_path="a.sh", content="new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


async def test_a_new_file_follows_the_umask(world: World) -> None:
    before = os.umask(0o027)
    try:
        await world.call("Write", file_path="a.txt", content="x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((world.workspace / "a.txt").stat().st_mode) == 0o640


async def test_what_is_no_file_is_not_written(world: World) -> None:
    (world.workspace / "folder").mkdir()
    os.mkfifo(world.workspace / "fifo")
    world.write("file", "x")
    assert "is a folder" in (await world.call("Write", file_path="folder", content="x")).error
    assert "is a folder" in (await world.call("Write", file_path=".", content="x")).error
    assert "is a folder" in (await world.call("Write", file_path="new/", content="x")).error
    assert "is a FIFO" in (await world.call("Write", file_path="fifo", content="x")).error
    assert "is not a folder" in (await world.call("Write", file_path="file/below", content="x")).error
    assert (world.workspace / "file").read_text() == "x"
    assert leftovers(world) == []


async def test_a_dangling_link_is_judged_and_written_where_it_leads(world: World) -> None:
    (world.workspace / "link").symlink_to("target.txt")
    (fact,) = await world.facts("Write", file_path="link", content="x")
    assert fact.canonical == "target.txt"
    await world.call("Write", file_path="link", content="x")
    assert (world.workspace / "target.txt").read_text() == "x"
    assert (world.workspace / "link").is_symlink()


async def test_a_folder_that_became_a_link_after_the_check_is_not_followed(world: World) -> None:
    outside = world.root / "outside"
    outside.mkdir()
    (world.workspace / "src").mkdir()
    facts = await world.facts("Write", file_path="src/a.txt", content="x")
    (world.workspace / "src").rmdir()
    (world.workspace / "src").symlink_to(outside)
    (now,) = (await world.run("Write", facts, file_path="src/a.txt", content="x")).moved
    assert now.canonical == str(outside / "a.txt")
    assert list(outside.iterdir()) == []


async def test_no_link_is_followed_below_a_canonical_path(world: World) -> None:
    outside = world.root / "outside"
    outside.mkdir()
    (world.workspace / "src").symlink_to(outside)
    path = str(world.workspace / "src/a.txt")
    with pytest.raises(ToolError, match="has become a link"):
        files.write_atomic(ordered("test", path), path, b"x", None)
    with pytest.raises(ToolError, match="has become a link"):
        files.read_whole(path)
    assert list(outside.iterdir()) == []


async def test_a_change_between_look_and_rename_is_noticed(world: World) -> None:
    path = world.write("a.txt", "old")
    old = files.read_whole(str(path))
    path.write_text("someone else's")
    with pytest.raises(ToolError, match="changed by someone else"):
        files.write_atomic(ordered("test", str(path)), str(path), b"new", old.stat)
    with pytest.raises(ToolError, match="changed by someone else"):
        files.write_atomic(ordered("test", str(path)), str(path), b"new", None)
    assert path.read_text() == "someone else's"
    assert leftovers(world) == []


async def test_what_was_not_granted_is_not_written(world: World) -> None:
    path = str(world.workspace / "a.txt")
    grant = ordered("test", path)
    with pytest.raises(ToolError, match="names it not, or was used already"):
        files.write_atomic(grant, str(world.workspace / "b.txt"), b"x", None)
    files.write_atomic(grant, path, b"x", None)
    with pytest.raises(ToolError, match="names it not, or was used already"):
        files.write_atomic(grant, path, b"y", files.read_whole(path).stat)
    assert [one.name for one in world.workspace.iterdir()] == ["a.txt"]
    assert files.read_whole(path).data == b"x"


async def test_a_call_that_is_not_the_granted_one_does_nothing(world: World) -> None:
    facts = await world.facts("Write", file_path="a.txt", content="x")
    intent = ToolStarted(
        request=1,
        name="Write",
        arguments={"file_path": "a.txt", "content": "something else"},
        paths=facts,
        traits=TRAITS["Write"],
        digest=blake3(call_bytes("Write", {"file_path": "a.txt", "content": "x"}, facts)),
    )
    events: list[Event] = []
    await ToolHandler(BY_NAME, world.context, world.blobs).perform(Call(8, intent, events.append))
    assert "not the call that was granted" in Result(events, world.blobs).error
    assert list(world.workspace.iterdir()) == []


async def test_a_failed_write_leaves_the_old_file(world: World) -> None:
    path = world.write("a.txt", "old")
    await world.call("Read", file_path="a.txt")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file may become longer than this: the write fails half way.
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        result = await world.call("Write", file_path="a.txt", content="new" * 4096)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert result.error == "a.txt cannot be written: File too large."
    assert path.read_text() == "old"
    assert leftovers(world) == []


async def test_a_mask_is_not_written_over_the_secret_it_hides(world: World) -> None:
    path = world.write(".env", f"PORT=1\nKEY={SECRET}\n")
    seen = (await world.call("Read", file_path=".env")).text
    masked = seen.split("\t")[-1]
    assert masked.startswith("KEY=")
    assert SECRET not in masked
    result = await world.call("Write", file_path=".env", content=f"PORT=2\n{masked}\n")
    assert "would destroy the secret" in result.error
    assert path.read_text() == f"PORT=1\nKEY={SECRET}\n"


async def test_a_secret_in_the_content_is_not_shown_again(world: World) -> None:
    result = await world.call("Write", file_path="a.txt", content=f"key {SECRET}\n")
    assert SECRET not in result.text
    assert SECRET in (world.workspace / "a.txt").read_text()


@pytest.mark.parametrize(
    ("before", "content", "after"),
    [
        (b"a\r\nb\r\n", "a\nc\n", b"a\r\nc\r\n"),
        (b"a\r\nb\r\n", "a\r\nc\r\n", b"a\r\nc\r\n"),
        (b"\xef\xbb\xbfusing A;\n", "using B;\n", b"\xef\xbb\xbfusing B;\n"),
        (b"\xef\xbb\xbfusing A;\n", "\ufeffusing B;\n", b"\xef\xbb\xbfusing B;\n"),
        ("größe\r\n".encode("utf-16"), "länge\n", "länge\r\n".encode("utf-16")),
        ("// Größe\n".encode("latin-1"), "// Länge\n", "// Länge\n".encode("latin-1")),
        ("Größe\n".encode(), "Größer 中\n", "Größer 中\n".encode()),
    ],
)
async def test_encoding_mark_and_line_ends_stay(world: World, before: bytes, content: str, after: bytes) -> None:
    path = world.write("a.txt", before)
    await world.call("Read", file_path="a.txt")
    assert (await world.call("Write", file_path="a.txt", content=content)).text
    assert path.read_bytes() == after


@pytest.mark.parametrize("content", ["// Gr\ufffd\ufffde\nint x = 2;\n", "// 中文\n"])
async def test_what_the_encoding_lacks_is_not_written(world: World, content: str) -> None:
    before = "// Größe\nint x = 1;\n".encode("latin-1")
    path = world.write("a.txt", before)
    await world.call("Read", file_path="a.txt")
    assert (await world.call("Write", file_path="a.txt", content=content)).error
    assert path.read_bytes() == before


async def test_crlf_that_is_lost_is_said(world: World) -> None:
    world.write("a.txt", "a\r\nb\n")
    await world.call("Read", file_path="a.txt")
    assert "CRLF" in (await world.call("Write", file_path="a.txt", content="a\nb\n")).text


async def test_what_a_file_is_besides_its_text_stays(world: World) -> None:
    path = world.write("a.txt", "one\n")
    path.chmod(0o640)
    os.setxattr(path, "user.note", b"kept")
    os.link(path, world.workspace / "b.txt")
    await world.call("Read", file_path="a.txt")
    for content in ("two, which is longer\n", "3\n"):
        assert (await world.call("Write", file_path="a.txt", content=content)).text
        assert (world.workspace / "b.txt").read_text() == path.read_text() == content
    (world.workspace / "b.txt").unlink()
    assert (await world.call("Write", file_path="a.txt", content="four\n")).text
    assert path.read_text() == "four\n"
    assert os.getxattr(path, "user.note") == b"kept"
    assert path.stat().st_mode & 0o777 == 0o640


async def test_a_write_protected_file_is_known_as_one(world: World) -> None:
    path = world.write("a.txt", "one\n")
    assert [
        fact.read_only for fact in await world.facts("Edit", file_path="a.txt", old_string="a", new_string="b")
    ] == [False]
    path.chmod(0o444)
    (fact,) = await world.facts("Write", file_path="a.txt", content="x")
    assert fact.read_only


async def test_a_file_is_written_in_the_encoding_that_it_declares(world: World) -> None:
    declaring = '<?xml version="1.0" encoding="{}"?>\n<a>é</a>\n'
    made = await world.call("Write", file_path="a.xml", content=declaring.format("ISO-8859-1"))
    path = world.workspace / "a.xml"
    assert path.read_bytes() == declaring.format("ISO-8859-1").encode("latin-1")
    assert "is encoded in iso8859-1, as it declares" in made.text
    kept = await world.call("Write", file_path="a.xml", content=declaring.format("ISO-8859-1") + "é")
    assert "stays encoded in iso8859-1" in kept.text
    await world.call("Write", file_path="a.xml", content=declaring.format("UTF-8"))
    assert path.read_bytes() == declaring.format("UTF-8").encode()
    refused = await world.call("Write", file_path="b.xml", content=declaring.format("us-ascii"))
    assert "is encoded in ascii, which has no 'é'" in refused.error
    assert not (world.workspace / "b.xml").exists()
