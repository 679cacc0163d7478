"""Nothing that reaches a terminal through `clean` can move it, hide from it or lie to it."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.cli.sanitize import clean, clean_line, escape_json, reveal

ANY = st.text(st.characters())
NASTY = st.text(st.sampled_from("\x1b\x9b\x07\r\n\t\x00[]0;m2J\\ab\u202e\u2066\u200b\ufeff\u2028\U000e0041é漢😀"))


def is_harmless(text: str) -> bool:
    return all(
        character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp") for character in text
    ) and not any(unicodedata.bidirectional(character) in BIDI_CONTROLS for character in text)


BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@given(ANY | NASTY)
def test_no_control_and_no_bidi_control_is_left(text: str) -> None:
    assert is_harmless(clean(text))


@given(NASTY, NASTY)
def test_pieces_cleaned_apart_are_the_whole_cleaned(one: str, other: str) -> None:
    assert clean(one) + clean(other) == clean(one + other)


@given(NASTY)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@given(NASTY)
def test_one_line_is_one_line(text: str) -> None:
    assert not set(clean_line(text)) & {"\n", "\t"}


DRAWN = {0x0600, 0x0601, 0x0602, 0x0603, 0x0604, 0x0605, 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD}
"""Format characters that fonts do draw: signs around Arabic, Syriac and Kaithi numbers."""


def test_nothing_that_a_person_decides_about_is_unseen() -> None:
    hieroglyphs = range(0x13430, 0x13440)
    unseen = [
        chr(code)
        for code in range(0x110000)
        if unicodedata.category(chr(code)) in ("Cf", "Zs", "Zl", "Zp", "Cc") and code not in DRAWN | {*hieroglyphs}
    ]
    assert len(unseen) > 150
    for character in (*unseen, "\u034f", "\u115f", "\u2800", "\u3164", "\ufe0f", "\U000e0101"):
        shown = reveal(character)
        assert character in " \n\t" or (character not in shown and shown.strip()), hex(ord(character))
    assert reveal("rm\u00a0x\u200d") == "rm<U+00A0>x<U+200D>"


@given(NASTY | st.text())
def test_escaped_json_is_harmless_and_the_same_value(text: str) -> None:
    escaped = escape_json(json.dumps(text, ensure_ascii=False))
    assert is_harmless(escaped)
    assert json.loads(escaped) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("a\x9b2Jb", "a<U+009B>2Jb"),
        ("x\u202eevil", "x<U+202E>evil"),
        ("50%\r100%", "50%␍100%"),
        ("tab\tline\n", "tab\tline\n"),
        ("👨\u200d👩", "👨\u200d👩"),
    ],
)
def test_examples(text: str, shown: str) -> None:
    assert clean(text) == shown
