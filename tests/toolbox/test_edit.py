"""Edit changes exactly what it was given, and nothing else of the file."""

from __future__ import annotations

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.tools.text import LineEnds
from tests.toolbox.world import SECRET, Result, World

pytestmark = pytest.mark.anyio


async def edit(world: World, name: str, old: str, new: str, **more: bool) -> Result:
    await world.call("Read", file_path=name)
    return await world.call("Edit", file_path=name, old_string=old, new_string=new, **more)


async def test_a_unique_piece_is_replaced_and_shown_with_its_surroundings(world: World) -> None:
    path = world.write("a.py", "".join(f"line {i}\n" for i in range(1, 21)))
    text = (await edit(world, "a.py", "line 10\n", "new 10\nnew 10b\n")).text
    assert path.read_text().count("new 10") == 2
    assert text.startswith("Changed a.py:\n     6\tline 6\n")
    assert "    10\tnew 10\n    11\tnew 10b\n" in text
    assert text.endswith("    16\tline 15")


async def test_several_matches_are_counted_and_nothing_is_changed(world: World) -> None:
    path = world.write("a.py", "x = 1\nx = 1\nx = 1\n")
    assert "is 3 times in a.py" in (await edit(world, "a.py", "x = 1", "x = 2")).error
    assert path.read_text() == "x = 1\nx = 1\nx = 1\n"


async def test_overlapping_matches_are_not_unique(world: World) -> None:
    world.write("a.txt", "aaa")
    assert "is 2 times" in (await edit(world, "a.txt", "aa", "b")).error


async def test_replace_all_replaces_every_match(world: World) -> None:
    path = world.write("a.py", "x = 1\ny = x\n")
    assert "in 2 places" in (await edit(world, "a.py", "x", "longer", replace_all=True)).text
    assert path.read_text() == "longer = 1\ny = longer\n"


async def test_a_piece_that_is_not_there_is_an_error(world: World) -> None:
    world.write("a.py", "x = 1\n")
    assert "is not in a.py" in (await edit(world, "a.py", "x  = 1", "x = 2")).error


async def test_senseless_arguments_are_errors(world: World) -> None:
    world.write("a.py", "x\n")
    assert "old_string is empty" in (await edit(world, "a.py", "", "x")).error
    assert "are the same" in (await edit(world, "a.py", "x", "x")).error
    assert (await world.resolved("Edit", file_path="a.py", new_string="")).error == (
        "Invalid arguments for Edit: old_string: Field required"
    )


async def test_crlf_is_kept_though_the_model_writes_newlines(world: World) -> None:
    path = world.write("a.txt", b"one\r\ntwo\r\nthree\r\n")
    assert (await edit(world, "a.txt", "one\ntwo", "1\n2\n2b")).text
    assert path.read_bytes() == b"1\r\n2\r\n2b\r\nthree\r\n"


async def test_mixed_ends_stay_where_they_are(world: World) -> None:
    path = world.write("a.txt", b"one\r\ntwo\nthree\r\nfour\n")
    assert (await edit(world, "a.txt", "two\nthree", "2\n3")).text
    assert path.read_bytes() == b"one\r\n2\n3\r\nfour\n"


async def test_lone_carriage_returns_are_text(world: World) -> None:
    path = world.write("a.txt", b"a\rb\nc\n")
    assert (await edit(world, "a.txt", "b\nc", "B\nC")).text
    assert path.read_bytes() == b"a\rB\nC\n"


async def test_byte_order_mark_encoding_and_mode_are_kept(world: World) -> None:
    path = world.write("a.sh", b"\xef\xbb\xbfone\n")
    path.chmod(0o750)
    assert (await edit(world, "a.sh", "one", "two")).text
    assert path.read_bytes() == b"\xef\xbb\xbftwo\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o750
    wide = world.write("b.txt", "größe\r\n".encode("utf-16"))
    assert (await edit(world, "b.txt", "größe", "länge😀")).text
    assert wide.read_bytes() == "länge😀\r\n".encode("utf-16")


@pytest.mark.parametrize(
    "before",
    [
        "größer, länger, „weiter“: ".encode() + b"\x81\xff word\r\n",
        b"caf\xe9 is a word in latin-1, and this is a longer text\n",
        "// 中文注释说明 word\n".encode("gbk"),
        b"\xef\xbb\xbfwith a mark, a word\n",
        b"a stray \x81 byte and a word in a text that is ASCII otherwise\n",
    ],
)
async def test_only_what_was_meant_changes_whatever_the_encoding(world: World, before: bytes) -> None:
    path = world.write("a.txt", before)
    assert (await edit(world, "a.txt", "word", "term")).text
    assert path.read_bytes() == before.replace(b"word", b"term")
    (path.parent / "a.txt").write_bytes(before)
    assert (await edit(world, "a.txt", "word", "w\ufffdrd")).finished.is_error or b"\x81" not in before
    assert b"w\xef\xbf\xbdrd" not in path.read_bytes() or before.startswith(b"\xef\xbb\xbf")


async def test_a_character_that_the_encoding_lacks_is_refused(world: World) -> None:
    content = b"caf\xe9 is a word in latin-1\n"
    path = world.write("a.txt", content)
    assert "is encoded in cp1252, which has no '中'" in (await edit(world, "a.txt", "word", "中")).error
    assert path.read_bytes() == content


JAPANESE = "日本語のテキスト word\r\n二行目\r\n"
DECLARING = [
    (b'# -*- coding: latin-1 -*-\nx = "word"\n', "é", b"\xe9"),
    (b'#!/usr/bin/python\n# vim: set fileencoding=iso-8859-15 :\nx = "word"\n', "€", b"\xa4"),
    ("# coding: latin-1\n# Größe\nx = 'word'\n".encode("latin-1"), "é", b"\xe9"),
    ("# coding: latin-1\n# Größe\nx = 'word'\n".encode("latin-1"), "€", None),
    ("# coding: latin-1\n# “Größe”\nx = 'word'\n".encode("cp1252"), "€", b"\x80"),
    ("# coding: latin-1\n# Größe\nx = 'word'\n".encode(), "é€", "é€".encode()),
    (b"# coding: gbk\nword\n", "中", "中".encode("gbk")),
    (b"# coding: us-ascii\nword\n", "é", None),
    (b"# coding: utf-8\nword\n", "é", "é".encode()),
    (b"a\nb\n# coding: latin-1\nword\n", "é", "é".encode()),
    (b"# coding: unheard-of\nword\n", "é", "é".encode()),
    (b"# coding: unicode_escape\nword\n", "é", "é".encode()),
    (b";;; x -*- mode: lisp; coding: latin-1-unix -*-\nword\n", "é", b"\xe9"),
    (b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<a>word</a>\n', "é", b"\xe9"),
    (b"<?xml version='1.0' encoding='koi8-r' standalone='yes'?>\n<a>word</a>\n", "Я", "Я".encode("koi8_r")),
    (b'<?xml version="1.0" encoding="UTF-16"?>\n<a>word</a>\n', "é", "é".encode()),
    ('<?xml version="1.0" encoding="Shift_JIS"?>\n<a>①word</a>\n'.encode("cp932"), "日", "日".encode("cp932")),
    (b'<!DOCTYPE html>\n<html><head><meta charset="windows-1251">word', "Я", "Я".encode("cp1251")),
    (b'<META http-equiv="Content-Type" content="text/html; charset=iso-8859-1">\nword', "é", b"\xe9"),
    (b'say("<meta charset=latin-1>word")\n', "é", "é".encode()),
    (b'@charset "iso-8859-1";\n/* word */\n', "é", b"\xe9"),
    (b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=ISO-8859-2\\n"\n"word"\n', "ł", b"\xb3"),
    (b"\\documentclass{article}\n\\usepackage[latin1]{inputenc}\nword\n", "é", b"\xe9"),
    (JAPANESE.encode("iso2022_jp"), "語", "語".encode("iso2022_jp")),
    (JAPANESE.encode("iso2022_jp"), "é", None),
    ("ｱｲｳ word\n日本\n".encode("iso2022_jp_ext"), "語", "語".encode("iso2022_jp")),
    (b"\x1b$@F|K\\\x1b(J word\n", "é", None),
    (b"\x1b$@F|K\\\x1b(J word\n", "term", b"term"),
    (b"\x1b[31mword\x1b[0m\x1b(B\n", "é", "é".encode()),
    (b'(format "~{~a~}" word)\n', "é", "é".encode()),
]


@pytest.mark.parametrize(("before", "new", "stored"), DECLARING)
async def test_what_a_file_declares_or_shifts_to_holds(
    world: World, before: bytes, new: str, stored: bytes | None
) -> None:
    path = world.write("a", before)
    result = await edit(world, "a", "word", new)
    assert result.finished.is_error == (stored is None)
    assert stored is not None or "which has no" in result.error
    assert path.read_bytes() == before.replace(b"word", b"word" if stored is None else stored)


async def test_text_in_iso_2022_is_read_and_replaced_as_text(world: World) -> None:
    path = world.write("a", JAPANESE.encode("iso2022_jp"))
    assert (await edit(world, "a", "二行目", "三行目")).text.startswith("Changed a:\n     1\t日本語のテキスト word\n")
    assert path.read_bytes() == JAPANESE.replace("二", "三").encode("iso2022_jp")


async def test_a_text_that_comes_to_declare_another_encoding_is_in_that(world: World) -> None:
    path = world.write("a.html", '<meta charset="latin-1">\nGröße\n'.encode("latin-1"))
    await edit(world, "a.html", 'charset="latin-1"', 'charset="utf-8"')
    assert path.read_bytes() == '<meta charset="utf-8">\nGröße\n'.encode()
    path = world.write("a.py", b"# coding: latin-1\nx = 1\n")
    await edit(world, "a.py", "# coding: latin-1\nx = 1", "x = 'é'")
    assert path.read_bytes() == "x = 'é'\n".encode()


async def test_text_that_covers_unreadable_bytes_is_not_replaced(world: World) -> None:
    content = "größer, länger: ".encode() + b"\x81 word\n"
    path = world.write("a.txt", content)
    assert "since they are no text" in (await edit(world, "a.txt", "\ufffd word", "x")).error
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("line", "asked", "by"),
    [
        ("say(\u201chello\u201d)", 'say("hello")', "its quotes or dashes"),
        ("it\u2019s here \u2013 now", "it's here - now", "its quotes or dashes"),
        ("cafe\u0301 = 1", "caf\u00e9 = 1", "its Unicode form"),
        ("\tif x:\n\t\treturn", "    if x:\n        return", "its blanks"),
        ("a =  1", "a = 1", "its blanks"),
        ("say(\u201ca\u00a0b\u201d)  # x", 'say("a b") # x', "its quotes, its Unicode form and its blanks"),
    ],
)
async def test_a_piece_that_is_nearly_there_is_shown(world: World, line: str, asked: str, by: str) -> None:
    path = world.write("a.txt", f"first\n{line}\nlast\n")
    error = (await edit(world, "a.txt", asked, "x")).error
    assert f"There is text at line 2 that differs only by {by}; copy it exactly:\n{line}" in error
    assert path.read_text() == f"first\n{line}\nlast\n"


async def test_a_file_must_have_been_read_and_be_unchanged(world: World) -> None:
    path = world.write("a.txt", "one\n")
    call = {"file_path": "a.txt", "old_string": "one", "new_string": "two"}
    assert "have not read" in (await world.call("Edit", **call)).error
    await world.call("Read", file_path="a.txt")
    path.write_text("one\nmore\n")
    assert "has changed on disk" in (await world.call("Edit", **call)).error
    assert path.read_text() == "one\nmore\n"


async def test_edits_follow_each_other_without_reading_again(world: World) -> None:
    path = world.write("a.txt", "one\n")
    await edit(world, "a.txt", "one", "two")
    result = await world.call("Edit", file_path="a.txt", old_string="two", new_string="three")
    assert result.text == "Changed a.txt:\n     1\tthree"
    assert path.read_text() == "three\n"


async def test_a_file_can_be_emptied(world: World) -> None:
    path = world.write("a.txt", "one")
    assert (await edit(world, "a.txt", "one", "")).text == "Changed a.txt: it is empty now."
    assert path.read_bytes() == b""


async def test_text_around_a_secret_can_be_edited_and_the_secret_stays(world: World) -> None:
    path = world.write(".env", f"PORT=1\nKEY={SECRET}\n")
    result = await edit(world, ".env", "PORT=1", "PORT=2")
    assert SECRET not in result.text
    assert path.read_text() == f"PORT=2\nKEY={SECRET}\n"


async def test_text_that_covers_a_secret_cannot_be_edited(world: World) -> None:
    path = world.write(".env", f"PORT=1\nKEY={SECRET}\n")
    seen = (await world.call("Read", file_path=".env")).text.split("\t")[-1]
    result = await world.call("Edit", file_path=".env", old_string=seen, new_string="KEY=x")
    assert "covers a secret" in result.error
    result = await world.call("Edit", file_path=".env", old_string="PORT=1\n", new_string=f"PORT=2\n{seen}\n")
    assert "would destroy the secret" in result.error
    assert path.read_text() == f"PORT=1\nKEY={SECRET}\n"


async def test_a_missing_file_comes_with_similar_names(world: World) -> None:
    world.write("widget.py", "x")
    result = await world.call("Edit", file_path="widgte.py", old_string="x", new_string="y")
    assert "Did you mean widget.py?" in result.error


raw_text = st.lists(st.sampled_from(["a", "b", "\r\n", "\n", "\r", "é"]), max_size=30).map("".join)


@given(raw_text, st.data())
def test_replacing_touches_nothing_outside_its_span(raw: str, data: st.DataObject) -> None:
    ends = LineEnds(raw)
    assert ends.replaced([], "never") == raw
    assert ends.text == raw.replace("\r\n", "\n")
    start = data.draw(st.integers(0, len(ends.text)))
    stop = data.draw(st.integers(start, len(ends.text)))
    changed = ends.replaced([(start, stop)], "NEW")
    before, after = changed.split("NEW")
    assert raw.startswith(before)
    assert raw.endswith(after)
    assert before.replace("\r\n", "\n") == ends.text[:start]
    assert after.replace("\r\n", "\n") == ends.text[stop:]
