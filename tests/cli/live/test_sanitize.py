"""Nothing that reaches a terminal through `clean` can move it, hide from it or lie to it."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.cli.terminal.sanitize import clean, clean_line, escape_json

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
        ("a\x9b2Jb", "a�2Jb"),
        ("x\u202eevil", "x�evil"),
        ("50%\r100%", "50%␍100%"),
        ("tab\tline\n", "tab\tline\n"),
        ("👨\u200d👩", "👨\u200d👩"),
    ],
)
def test_examples(text: str, shown: str) -> None:
    assert clean(text) == shown
