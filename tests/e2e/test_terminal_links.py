"""Addresses and paths that a terminal opens by a click: what is opened is what is read."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Group

from claw.cli.terminal.layout import Marked, line
from claw.cli.terminal.links import knows_links
from claw.cli.terminal.markdown import Prose
from claw.cli.terminal.screen import Abilities, Screen
from tests.cli.live.pseudo import Pseudo
from tests.cli.live.world import World, text

SCREEN = Screen(Abilities(colour=None, plain_colours=False, unicode=True, dumb=False, links=True))
HOST = os.uname().nodename


def links(shown: list[str]) -> list[tuple[str, str]]:
    """What is read of each link, and what it opens."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(shown))
    found = re.findall(r"\x1b\]8;;([^\x1b]+)\x1b\\(.*?)\x1b\]8;;\x1b\\", plain)
    return [(read, target) for target, read in found]


def test_an_answer_and_a_call_have_links_where_the_terminal_knows_them(
    world: World, pseudo: Callable[..., Pseudo]
) -> None:
    (world.workspace / "src").mkdir()
    (world.workspace / "src" / "a b.py").touch()
    (world.workspace / "src" / "main.py").touch()
    world.serve(text("See [the docs](https://claw.example/docs?a=1&b=2) and src/main.py:12."))
    opened = pseudo("Where?", TERM_PROGRAM="WezTerm", columns=200)
    opened.wait("src/main.py:12")
    opened.type("/quit\r")
    assert opened.exit_code() == 0
    found = links(opened.said.decode().splitlines())
    assert ("https://claw.example/docs?a=1&b=2", "https://claw.example/docs?a=1&b=2") in found
    assert ("src/main.py:12", f"file://{HOST}{world.workspace}/src/main.py") in found


def test_there_are_none_where_it_is_not_known_to(world: World, pseudo: Callable[..., Pseudo]) -> None:
    world.serve(text("See https://claw.example/docs."))
    opened = pseudo("Where?")
    opened.wait("https://claw.example/docs.")
    opened.type("/quit\r")
    assert opened.exit_code() == 0
    assert b"\x1b]8;" not in opened.said


def test_no_text_stands_for_another_address(tmp_path: Path) -> None:
    hostile = "[https://good.example](https://evil.example) <https://a.example>\n\n[click](javascript:alert(1))"
    for shown, target in links(SCREEN.lines(Prose(hostile), 200, str(tmp_path))):
        assert shown == target
        assert target.startswith("https://")


def test_an_address_holds_nothing_that_a_terminal_obeys(tmp_path: Path) -> None:
    (shown,) = SCREEN.lines(line("https://a.example/x\x1b]8;;https://b.example\x07y\u202ez"), 200, str(tmp_path))
    assert links([shown]) == [
        ("https://a.example/x", "https://a.example/x"),
        ("https://b.example", "https://b.example"),
    ]
    assert shown.count("\x1b") == 8


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("(see https://a.example/x).", "https://a.example/x"),
        ("https://a.example/wiki/A_(b), and", "https://a.example/wiki/A_(b)"),
        ("'https://a.example'", "https://a.example"),
        ("file.txt.", "file.txt"),
        ("in ./file.txt: no", "./file.txt"),
        ("Read(file.txt)", "file.txt"),
    ],
)
def test_what_belongs_to_the_sentence_does_not_belong_to_the_link(tmp_path: Path, said: str, read: str) -> None:
    (tmp_path / "file.txt").touch()
    assert [shown for shown, _ in links(SCREEN.lines(line(said), 200, str(tmp_path)))] == [read]


@pytest.mark.parametrize("said", ["nothing.txt", "a/b", "e.g. 1.5", "...", "http://", "~", "/", "x" * 10_000 + ".y"])
def test_what_is_not_there_is_no_link(tmp_path: Path, said: str) -> None:
    assert links(SCREEN.lines(line(said), 200, str(tmp_path))) == []


def test_an_address_that_is_cut_at_the_edge_leads_nowhere(tmp_path: Path) -> None:
    part = Group(Marked("*", line("https://a.example/" + "x" * 100)))
    shown = SCREEN.lines(part, 60, str(tmp_path))
    assert len(shown) == 3
    assert links(shown) == []


def test_names_of_files_are_written_as_addresses_are(tmp_path: Path) -> None:
    (tmp_path / "ä+.txt").touch()
    (found,) = links(SCREEN.lines(line("see ä+.txt now"), 200, str(tmp_path)))
    assert found == ("ä+.txt", f"file://{HOST}{tmp_path}/%C3%A4%2B.txt")


@pytest.mark.parametrize(
    ("environ", "known"),
    [
        ({"TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM": "xterm-kitty"}, True),
        ({"VTE_VERSION": "7600"}, True),
        ({"VTE_VERSION": "4000"}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/x"}, False),
        ({"TERM": "screen", "TMUX": "/tmp/x", "FORCE_HYPERLINK": "1"}, True),
        ({"TERM_PROGRAM": "WezTerm", "FORCE_HYPERLINK": "0"}, False),
    ],
)
def test_which_terminals_are_known(environ: dict[str, str], known: bool) -> None:
    assert knows_links(environ) is known
