"""Markdown that arrives in pieces looks as if it had come at once, at any width."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from claw.cli.terminal.markdown import Prose, settled
from claw.cli.terminal.screen import Abilities, Screen

PLAIN = Screen(Abilities(colour=None, plain_colours=False, unicode=True, dumb=False))
COLOURED = Screen(Abilities(colour="256", plain_colours=False, unicode=True, dumb=False))
DOCUMENT = """# Title

Some **bold** text with `code` and a [link](http://example.org/a).

- one
- two
  1. deep

> quoted

```python
def f():
    return "x"
```

| a | b |
|---|---|
| 1 | 2 |

The end.
"""


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def streamed(text: str, cuts: list[int]) -> list[str]:
    """The lines of the pieces that settle, as they would be printed one after the other."""
    shown, printed, bounds = "", 0, [*sorted(cuts), len(text)]
    lines: list[str] = []
    for bound in bounds:
        shown = text[:bound]
        count = settled(shown[printed:])
        lines += PLAIN.lines(Prose(shown[printed : printed + count]), 80) if count else []
        printed += count
    return [*lines, *PLAIN.lines(Prose(text[printed:]), 80)]


@given(st.lists(st.integers(0, len(DOCUMENT)), max_size=12))
def test_pieces_show_what_the_whole_shows(cuts: list[int]) -> None:
    assert words("\n".join(streamed(DOCUMENT, cuts))) == words("\n".join(PLAIN.lines(Prose(DOCUMENT), 80)))


@given(st.text(st.sampled_from("ab *_`#>-|[]()\n\t1.漢\x1b\u202e"), max_size=80), st.integers(1, 60))
@settings(deadline=None)
def test_no_line_is_wider_than_the_terminal(text: str, width: int) -> None:
    for line in PLAIN.lines(Prose(text), width):
        # A wide character needs two cells, however narrow the terminal is.
        assert cell_len(line) <= max(width, 2)


@pytest.mark.parametrize("width", [100, 40, 16, 8, 3, 1])
def test_no_word_is_lost_in_a_narrow_terminal(width: int) -> None:
    shown = re.sub(r"\s", "", "".join(PLAIN.lines(Prose(DOCUMENT), width)))
    for word in ("Title", "bold", "http://example.org/a", "deep", "quoted", "return", "Theend."):
        assert word in shown


def test_nothing_is_dropped_or_decoded() -> None:
    text = 'a <b onclick="x">tag</b>, &#27;[2J, &lt; and ![image](http://evil/?q=1)'
    shown = "".join(PLAIN.lines(Prose(text), 200))
    for part in ('<b onclick="x">tag</b>', "&#27;[2J", "&lt;", "http://evil/?q=1"):
        assert part in shown


def test_only_styles_of_our_own_reach_the_terminal() -> None:
    text = "\x1b[2J\x1b]8;;http://evil\x07link\x1b]8;;\x07 [l](http://other) `\x1b[31m` \x9b31m"
    shown = "\n".join(COLOURED.lines(Prose(text), 60))
    without_styles = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert "\x1b" not in without_styles
    assert "\x9b" not in without_styles
    assert "\x07" not in without_styles


def test_no_color_keeps_bold_and_drops_colours() -> None:
    screen = Screen(Abilities(colour="256", plain_colours=True, unicode=True, dumb=False))
    shown = "\n".join(screen.lines(Prose(DOCUMENT), 60))
    codes = {code for style in re.findall(r"\x1b\[([0-9;]*)m", shown) for code in style.split(";")}
    assert "1" in codes
    assert codes <= {"0", "1", "2", "3", "4"}


def test_an_ascii_terminal_gets_ascii() -> None:
    screen = Screen(Abilities(colour=None, plain_colours=False, unicode=False, dumb=False), "ascii")
    assert "".join(screen.lines(Prose(DOCUMENT + "- é 漢"), 60)).isascii()
