"""Ctrl-O shows the whole session with nothing folded: to scroll, to search, to read while claw works."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import recorded
from claw.cli.terminal.reader.index import Entry, Index
from claw.cli.terminal.reader.pages import Pages
from tests.cli.live.pseudo import Pseudo
from tests.cli.live.tmux import Terminal, answer, asked, ready
from tests.cli.live.world import World, text, tool

Start = Callable[..., Terminal]
EVIL = "\x1b]0;owned\x07\x1b[2J\u202e"


def reading(opened: Terminal, *wanted: str) -> None:
    """Wait until the screen for reading shows this."""
    opened._until(lambda _: all(one in opened.in_sight() for one in ("q leaves", *wanted)), f"{wanted!r}")


def worked(world: World, terminal: Start, **size: int) -> Terminal:
    """A session with a thought, long output, a file and an answer, each with something to be found."""
    thinking = {"type": "thinking", "text": f"A secret plan {EVIL}. " + "Then more of it. " * 60}
    world.serve(
        {"blocks": [thinking, *tool("Bash", {"command": "seq 1 300"}, say="I **count**.")["blocks"]]},
        tool("Write", {"file_path": "notes.md", "content": "".join(f"note {number}\n" for number in range(80))}),
        text("All counted."),
        text("Yes, again."),
    )
    opened = ready(terminal("--allowed-tools", "Bash(seq:*)", "Write", **size))
    opened.enter("count to three hundred")
    opened.wait("All counted.")
    opened.wait_idle()
    return opened


@pytest.mark.parametrize(("columns", "rows"), [(60, 20), (160, 40)])
def test_all_of_it_is_there_and_is_found(world: World, terminal: Start, columns: int, rows: int) -> None:
    opened = worked(world, terminal, columns=columns, rows=rows)
    before = opened.in_sight()
    assert "A secret plan" not in opened.screen()
    opened.press("C-o")
    reading(opened, "All counted.", "end")
    opened.press("g")
    reading(opened, "> count to three hundred", "✻ A secret plan ␛]0;owned␇␛[2J<U+202E>", "0%")
    assert "owned" not in opened._tmux("display-message", "-p", "-t", "0", "#{pane_title}")
    opened.enter("/Note 41")
    reading(opened, "Note 41 is nowhere")
    opened.enter("/note 41")
    reading(opened, "+ note 41")
    opened.enter("/17")
    reading(opened, "17\n")
    for _ in range(3):
        opened.press("n")
    reading(opened, "173\n")
    opened.press("N")
    reading(opened, "172\n")
    opened.press("G")
    reading(opened, "All counted.")
    opened.press("[")
    reading(opened, "> count to three hundred")
    opened.press("]")
    reading(opened, "nothing you said is further down")
    opened.press("q")
    opened.wait_gone("q leaves")
    opened._until(lambda _: opened.in_sight() == before, "the conversation as it was")


def test_it_goes_on_while_claw_works_and_nothing_is_lost(world: World, terminal: Start) -> None:
    world.serve(
        tool("Bash", {"command": "echo begun; until [ -e sign ]; do sleep 0.01; done; seq 5000 5100"}), text("Done.")
    )
    opened = ready(terminal("--allowed-tools", "Bash", columns=60, rows=20))
    opened.enter("wait for it")
    opened.wait("⎿ begun")
    opened.press("C-o")
    reading(opened, "⎿ begun")
    (world.workspace / "sign").touch()
    reading(opened, "5100", "● Done.")
    opened.press("PageUp", "PageUp", "PageUp", "PageUp", "PageUp")
    reading(opened, "5001")
    opened.press("Escape")
    screen = opened.wait("● Done.", "lines before (Ctrl-O)")
    assert "q leaves" not in screen
    assert "5001" not in screen
    assert screen.count("● Done.") == 1


def test_a_question_is_announced_and_answered_by_no_key_that_was_meant_for_reading(
    world: World, terminal: Start
) -> None:
    world.serve(
        tool("Bash", {"command": "until [ -e sign ]; do sleep 0.01; done"}),
        tool("Bash", {"command": "touch made"}),
        text("Done."),
    )
    opened = ready(terminal("--allowed-tools", "Bash(until:*)", "Bash(sleep:*)", columns=60, rows=20))
    opened.enter("do it")
    opened.wait("Running")
    opened.press("C-o")
    reading(opened)
    (world.workspace / "sign").touch()
    opened._until(lambda _: "q goes back to: May claw do this?" in opened.in_sight(), "the question")
    opened.press("1", "y", "Enter", "j", "g")
    reading_still = opened.in_sight()
    assert "q goes back to" in reading_still
    opened.press("q")
    asked(opened)
    assert not (world.workspace / "made").exists()
    answer(opened, "Yes, this once")
    opened.wait("● Done.")
    assert (world.workspace / "made").exists()


def test_it_can_be_typed_and_a_terminal_that_cannot_says_what_prints_it(world: World, terminal: Start) -> None:
    world.serve(text("Hello."), text("Again."))
    opened = ready(terminal(columns=60, rows=20))
    opened.enter("hello")
    opened.wait("● Hello.")
    opened.wait_idle()
    opened.enter("/transcript")
    reading(opened, "● Hello.")
    opened.press("C-c")
    opened.wait_gone("q leaves")
    opened.enter("/quit")
    assert opened.exit_code() == 0
    plain = terminal(TERM="dumb")
    plain.wait("/help")
    plain.enter("/transcript")
    plain.wait("claw show", "prints the whole session")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_it_is_read_leaves_the_terminal_as_it_was(world: World, number: signal.Signals) -> None:
    world.serve(text("Hello."))
    pseudo = Pseudo(world).start()
    try:
        pseudo.wait("/help", "context 0%")
        pseudo.type("\x0f")
        pseudo.wait("q leaves")
        os.kill(pseudo.pid, number)
        assert pseudo.exit_code() == 128 + number
        assert b"\x1b[?1049h" in pseudo.said
        assert pseudo.as_it_was()
    finally:
        pseudo.close()


def test_of_a_hundred_thousand_events_only_what_is_looked_at_is_laid_out(tmp_path: Path) -> None:
    path = recorded.session_path(tmp_path, 7)
    recorded.make(path, 100_000, str(tmp_path))
    laid_out: list[Entry] = []

    def lay_out(entry: Entry, width: int) -> list[str]:
        laid_out.append(entry)
        return [f"event {entry.events[0]}", *["row"] * 5]

    pages = Pages(Index(str(path)), lay_out)
    assert pages.index.update()
    assert not pages.index.update()
    assert len(pages.index.entries) > 3_000
    pages.resize(60, 20)
    assert len(pages.seen()) == 20
    pages.to_begin()
    assert pages.seen()[0] == f"event {pages.index.entries[0].events[0]}"
    assert pages.to_person(1)
    pages.search = pages.look_for("question 999")
    assert len(pages.search.entries) == 1
    pages.resize(61, 20)
    pages.move(-30)
    assert len(pages.seen()) == 20
    assert len(laid_out) < 50
