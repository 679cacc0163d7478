"""What was written to a terminal is told as the lines one would have read, whatever sequences there were."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.execution.terminal_text import LONGEST, TerminalText


def read(*pieces: str) -> str:
    script = TerminalText()
    return "".join(map(script.feed, pieces)) + script.finish()


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("no end", "no end"),
        ("\x1b[31mred\x1b[0m \x1b[1;38;5;4mblue\x1b[m\r\n", "red blue\n"),
        ("10%\r50%\r100%\r\n", "100%\n"),
        ("a long line\rshort\x1b[K\r\n", "short\n"),
        ("a long line\r\x1b[2Kshort\r\n", "short\n"),
        ("typo\b\b\bwo\r\n", "twoo\n"),
        ("\x1b]0;a title\x07text\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\r\n", "textlink\n"),
        ("\x1b(B\x1b=\x1b>plain\x1b7\x1b8\r\n", "plain\n"),
        ("\x1bPq an image \x1b\\after", "after"),
        ("ab\x1b[5Gxy", "ab  xy"),
        ("abc\x1b[2Dx", "axc"),
        ("abcdef\r\x1b[3P", "def"),
        ("first\x1b[2J\x1b[Hsecond\x1b[5;1Hthird", "first\nsecond\nthird"),
        ("\x1b]no end\r\nnext\r\n", "no end\nnext\n"),
        ("bell\x07 nul\x00 del\x7f c1\x9b31m", "bell nul del c131m"),
        ("tab\tbed", "tab\tbed"),
        ("\x1b[?25l\x1b[?1049hhidden cursor\x1b[?25h", "hidden cursor"),
        ("cut off \x1b[3", "cut off"),
        ("\x1b]52;c;c3RlYWw=\x07clipboard", "clipboard"),
        ("ab\x1b[" + "9" * 5_000 + "Ccd", "ab cd"),
        ("ab\x1b[1;2;3;4;5Hcd", "ab\ncd"),
        ("x" * 500 + "\r\n", "x" * 500 + "\n"),
        ("".join(f"{line}\r\n" for line in range(500)), "".join(f"{line}\n" for line in range(500))),
    ],
)
def test_it_reads_as_on_the_screen(written: str, text: str) -> None:
    assert read(written) == text


parts = [
    "text",
    "\r",
    "\n",
    "\b",
    "\t",
    "\x1b[31m",
    "\x1b[K",
    "\x1b[2J",
    "\x1b]0;t\x07",
    "\x1b",
    "[",
    "]",
    "1",
    "é",
    "\x9b",
]


@given(st.lists(st.sampled_from(parts), max_size=20).map("".join), st.lists(st.integers(0, 60), max_size=5))
def test_it_reads_the_same_however_it_is_cut_and_nothing_controls_a_terminal(written: str, cuts: list[int]) -> None:
    edges = sorted({0, len(written), *(cut for cut in cuts if cut < len(written))})
    whole = read(written)
    assert read(*(written[start:stop] for start, stop in pairwise(edges))) == whole
    assert all(char in "\n\t" or char.isprintable() for char in whole)


def test_a_line_is_told_when_it_ends() -> None:
    script = TerminalText()
    assert script.feed("one\r\ntwo\r\nth") == "one\ntwo\n"
    assert script.feed("ree\r\n") == "three\n"


def test_what_never_ends_is_let_go() -> None:
    script = TerminalText()
    assert len(script.feed("x" * 3 * LONGEST)) > 2 * LONGEST
    assert script.feed("\x1b]0;" + "t" * 3 * LONGEST) != ""
