"""Read shows text as it is, bounded and masked, and never waits."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from claw.events.base import Blob
from claw.events.content import TextBlock
from tests.toolbox.world import SECRET, World

pytestmark = pytest.mark.anyio


async def test_lines_are_numbered_as_cat_does(world: World) -> None:
    world.write("a.txt", "one\ntwo\n\nfour")
    result = await world.call("Read", file_path="a.txt")
    assert result.text == "     1\tone\n     2\ttwo\n     3\t\n     4\tfour"


async def test_offset_and_limit_choose_lines_and_say_where_to_go_on(world: World) -> None:
    world.write("a.txt", "".join(f"{i}\n" for i in range(1, 11)))
    text = (await world.call("Read", file_path="a.txt", offset=3, limit=2)).text
    assert text.startswith("     3\t3\n     4\t4\n")
    assert "Lines 3 to 4 of 10" in text
    assert "offset=5" in text


async def test_without_limit_2000_lines_are_shown(world: World) -> None:
    world.write("a.txt", "x\n" * 2001)
    text = (await world.call("Read", file_path="a.txt")).text
    assert "  2000\tx" in text
    assert "  2001\t" not in text
    assert "Lines 1 to 2000 of 2001" in text


async def test_exactly_2000_lines_have_no_note(world: World) -> None:
    world.write("a.txt", "x\n" * 2000)
    assert (await world.call("Read", file_path="a.txt")).text.endswith("  2000\tx")


async def test_an_offset_behind_the_end_is_an_error(world: World) -> None:
    world.write("a.txt", "one\n")
    assert "has only 1 line" in (await world.call("Read", file_path="a.txt", offset=5)).error


async def test_a_long_line_is_cut_and_says_so(world: World) -> None:
    world.write("a.txt", "x" * 2005)
    text = (await world.call("Read", file_path="a.txt")).text
    assert text == f"     1\t{'x' * 2000}… [5 more characters]"


async def test_one_result_holds_at_most_256_kib(world: World) -> None:
    world.write("a.txt", ("ä" * 1990 + "\n") * 2000)
    result = await world.call("Read", file_path="a.txt")
    (block,) = result.finished.content
    assert isinstance(block, TextBlock)
    assert isinstance(block.text, Blob)
    assert block.text.size <= 256 * 1024
    assert "read on with offset=" in result.text


async def test_an_empty_file_is_said_to_be_empty(world: World) -> None:
    world.write("a.txt", "")
    assert (await world.call("Read", file_path="a.txt")).text == "(a.txt is empty.)"


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
async def test_a_file_of_a_byte_order_mark_is_said_to_be_empty(world: World, mark: bytes) -> None:
    path = world.write("a.txt", mark)
    assert (await world.call("Read", file_path="a.txt")).text == "(a.txt is empty but for its byte order mark.)"
    assert "Overwrote" in (await world.call("Write", file_path="a.txt", content="é\n")).text
    assert path.read_bytes() == (
        "\ufeffé\n".encode("utf-8" if mark[0] == 0xEF else "utf-16-le" if mark[0] == 0xFF else "utf-16-be")
    )


async def test_what_would_lie_in_a_file_does_not_exist(world: World) -> None:
    file = world.write("src/t", "x\n")
    for path in ("src/t/x", "src/t/x/y"):
        for name, more in (("Read", {}), ("Write", {"content": "x"}), ("Edit", {"old_string": "x", "new_string": "y"})):
            error = (await world.call(name, file_path=path, **more)).error
            assert error == f"{world.workspace}/{path} cannot exist: {file} is not a folder."


async def test_a_missing_file_comes_with_similar_names(world: World) -> None:
    world.write("src/widget.py", "")
    assert "Did you mean src/widget.py?" in (await world.call("Read", file_path="src/wigdet.py")).error
    assert "Did you mean src/widget.py?" in (await world.call("Read", file_path="src/widget.ts")).error
    assert "does not exist." in (await world.call("Read", file_path="nowhere/at/all")).error


async def test_a_folder_is_not_read(world: World) -> None:
    (world.workspace / "src").mkdir()
    assert "is a folder" in (await world.call("Read", file_path="src")).error
    assert "is a folder" in (await world.call("Read", file_path="/")).error


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG image of 16 bytes"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG image"),
        (b"\x7fELF\2\1\1\0", "an ELF program"),
        (bytes(range(256)), "binary data"),
        (b"\x80\x81\x82" * 50, "binary data"),
    ],
)
async def test_a_binary_file_is_only_named(world: World, data: bytes, name: str) -> None:
    world.write("file.bin", data)
    assert name in (await world.call("Read", file_path="file.bin")).text


async def test_a_stray_byte_is_replaced_and_said(world: World) -> None:
    world.write("a.txt", "größer, länger, \u201eweiter\u201c: ".encode() + b"\x81\n")
    text = (await world.call("Read", file_path="a.txt")).text
    assert "größer, länger, \u201eweiter\u201c: \ufffd" in text
    assert "Bytes that are not UTF-8 are shown as \ufffd" in text


LEGACY = [
    ("// Größe\nint x = 1;\n", "latin-1", "Größe"),
    ("caf\u00e9 au lait\n", "cp1252", "caf\u00e9"),
    ("// 中文注释说明这个函数\nint main(){return 0;}\n", "gbk", "中文注释说明这个函数"),
    ("Привет, мир. Это комментарий\nint x;\n", "cp1251", "Привет"),
    ("こんにちは世界、テスト\nint x;\n", "shift_jis", "こんにちは"),
    ("x = 1  # 注释\n", "gbk", "x = 1"),
    ("Za\u017c\u00f3\u0142\u0107 g\u0119\u015bl\u0105\n", "iso8859-2", "Za"),
]


@pytest.mark.parametrize(("text", "encoding", "shown"), LEGACY, ids=[f"{row[1]}-{row[2]}" for row in LEGACY])
async def test_a_legacy_encoding_is_shown_and_kept(world: World, text: str, encoding: str, shown: str) -> None:
    data = text.encode(encoding)
    path = world.write("f", data)
    told = (await world.call("Read", file_path="f")).text
    assert shown in told
    assert "The file is encoded in" in told
    lines = [line.split("\t", 1)[1] for line in told.splitlines() if "\t" in line]
    written = await world.call("Write", file_path="f", content="\n".join(lines) + "\n")
    assert "stays encoded in" in written.text
    assert path.read_bytes() == data


async def test_utf_16_with_a_mark_is_text(world: World) -> None:
    world.write("a.txt", "grüße\r\n".encode("utf-16"))
    assert (await world.call("Read", file_path="a.txt")).text.startswith(
        "     1\tgrüße\n\n(The file is encoded in utf-16"
    )


async def test_only_line_feeds_end_a_line(world: World) -> None:
    world.write("a.txt", "a\x0cb\u2028c\x85d\r\ne\rf\n")
    assert (await world.call("Read", file_path="a.txt")).text == "     1\ta\x0cb\u2028c\x85d\n     2\te\rf"


async def test_a_fifo_a_socket_and_a_device_are_refused_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(world.workspace / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(world.workspace)
        listener.bind("sock")
        assert "is a FIFO" in (await world.call("Read", file_path="fifo")).error
        assert "is a socket" in (await world.call("Read", file_path="sock")).error
    assert "made up by the system" in (await world.call("Read", file_path="/dev/zero")).error


@pytest.mark.parametrize("path", ["/proc/self/environ", "/proc/self/mem", "/proc/kmsg", "/sys/kernel/mm"])
async def test_what_the_kernel_makes_up_is_refused(world: World, path: str) -> None:
    assert "made up by the system" in (await world.call("Read", file_path=path)).error


async def test_a_huge_file_is_read_in_parts_only(world: World) -> None:
    world.write("big.log", b"".join(b"line %07d\n" % i for i in range(1, 900_000)))
    assert "too large to show" in (await world.call("Read", file_path="big.log")).error
    text = (await world.call("Read", file_path="big.log", offset=800_000, limit=2)).text
    assert text.startswith("800000\tline 0800000\n800001\tline 0800001\n")
    assert "has no line" in (await world.call("Read", file_path="big.log", offset=900_000)).error


async def test_a_huge_file_of_one_line_is_bounded(world: World) -> None:
    world.write("big.json", b"x" * (11 * 1024 * 1024))
    text = (await world.call("Read", file_path="big.json", offset=1)).text
    assert len(text) < 3000


async def test_a_hole_of_four_tebibytes_is_no_text(world: World) -> None:
    os.truncate(world.write("sparse"), 4 * 2**40)
    assert "is binary data" in (await world.call("Read", file_path="sparse", limit=3)).text
    world.write("begun", b"text\nand more" * 10_000)
    os.truncate(world.workspace / "begun", 4 * 2**40)
    assert "is binary data" in (await world.call("Read", file_path="begun", offset=10_001, limit=3)).text


async def test_secrets_are_masked_before_lines_are_cut(world: World) -> None:
    world.write(".env", "KEY=" + SECRET + "\n" + "x" * 1990 + SECRET + "\n")
    result = await world.call("Read", file_path=".env")
    assert "KEY=" in result.text
    for length in range(6, len(SECRET)):
        assert SECRET[:length] not in result.text


async def test_unicode_names_and_content(world: World) -> None:
    world.write("grüße/日本語 😀.txt", "한글\n")
    assert (await world.call("Read", file_path="grüße/日本語 😀.txt")).text == "     1\t한글"


async def test_a_link_that_was_moved_after_the_check_is_not_followed(world: World) -> None:
    secret = world.root / "outside.txt"
    secret.write_text("outside")
    world.write("inside.txt", "inside")
    link = world.workspace / "link"
    link.symlink_to("inside.txt")
    facts = await world.facts("Read", file_path="link")
    link.unlink()
    link.symlink_to(secret)
    (now,) = (await world.run("Read", facts, file_path="link")).moved
    assert (now.canonical, now.inside) == (str(secret), False), "it is judged anew, by where it leads now"


async def test_a_file_that_became_a_link_after_the_check_is_not_followed(world: World) -> None:
    secret = world.root / "outside.txt"
    secret.write_text("outside")
    file = world.write("file.txt", "inside")
    facts = await world.facts("Read", file_path="file.txt")
    file.unlink()
    file.symlink_to(secret)
    (now,) = (await world.run("Read", facts, file_path="file.txt")).moved
    assert (now.canonical, now.linked) == (str(secret), True)


async def test_arguments_are_checked_and_named(world: World) -> None:
    event = await world.resolved("Read", path="a", limit=0)
    assert event.paths == ()
    assert event.error.startswith("Invalid arguments for Read: ")
    assert "file_path: Field required" in event.error
    assert "path: Extra inputs are not permitted" in event.error
    assert "limit: Input should be greater than or equal to 1" in event.error


async def test_home_is_a_tilde(world: World, tmp_path: Path) -> None:
    (world.home / "note.txt").write_text("at home\n")
    assert (await world.call("Read", file_path="~/note.txt")).text == "     1\tat home"


async def test_a_part_of_a_huge_file_is_bounded_too(world: World) -> None:
    world.write("big.log", ("ä" * 1900 + "\n") * 3000)
    result = await world.call("Read", file_path="big.log", offset=5)
    assert len(result.text.encode()) <= 256 * 1024
    last = result.text.rsplit("offset=", 1)[1].rstrip(".)")
    assert (await world.call("Read", file_path="big.log", offset=int(last), limit=1)).text.startswith(f"{last:>6}\t")


async def test_lines_keep_their_numbers_behind_a_masked_key(world: World) -> None:
    key = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG\n" * 4 + "-----END PRIVATE KEY-----"
    world.write("a.py", f'KEY = """{key}"""\nafter = 1\n')
    text = (await world.call("Read", file_path="a.py")).text
    assert "MIIE" not in text
    assert text.endswith("     7\tafter = 1")
