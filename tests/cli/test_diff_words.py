"""In lines of a change that take each other's place the words that are others stand out."""

from __future__ import annotations

from claw.cli.terminal.diff import LONGEST, changes
from claw.cli.terminal.styles import OTHER
from claw.events.tools import Shown

SHOWN = Shown(removed="old", added="new")


def marked(old: str, new: str) -> list[tuple[str, list[str]]]:
    """Each line, and the words in it that stand out."""
    return [
        (text.plain, [text.plain[span.start : span.end] for span in text.spans if span.style == OTHER])
        for text in changes({"old": old, "new": new}, SHOWN)
    ]


def test_other_words_are_marked_in_both_lines() -> None:
    assert marked("one\nthe red fox runs\ntwo", "one\nthe brown fox sleeps\ntwo") == [
        ("  one", []),
        ("- the red fox runs", ["red", "runs"]),
        ("+ the brown fox sleeps", ["brown", "sleeps"]),
        ("  two", []),
    ]


def test_lines_of_several_are_compared_one_by_one() -> None:
    assert marked("a = 1\nb = 2", "a = 3\nb = 4") == [
        ("- a = 1", ["1"]),
        ("- b = 2", ["2"]),
        ("+ a = 3", ["3"]),
        ("+ b = 4", ["4"]),
    ]


def test_lines_with_little_in_common_and_long_ones_are_not_compared() -> None:
    assert all(not words for _, words in marked("one two three", "four five six seven"))
    assert all(not words for _, words in marked("x " * LONGEST, "y " * LONGEST))
    assert all(not words for _, words in marked("a\nb", "a b"))
