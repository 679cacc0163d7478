"""What the window says of itself, and how a person is called who looks elsewhere."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from typing import Any

import pytest

from claw.cli.terminal.heading import Heading
from claw.cli.terminal.presence import AWAY_S, FOCUSED, LEFT, LONG_S, Presence
from claw.settings.looks import Looks
from tests.cli.live.pseudo import Pseudo
from tests.cli.live.world import World, text, tool

Start = Callable[..., Pseudo]

TOUCH = tool("Bash", {"command": "touch made"})
CALLED = "claw waits for your answer"


def titles(opened: Pseudo) -> list[str]:
    """What the window was headed with, one after the other."""
    return [found.decode() for found in re.findall(rb"\x1b\]2;([^\x07]*)\x07", opened.said)]


def write(world: World, **values: Any) -> None:
    (world.home / ".claude").mkdir()
    (world.home / ".claude" / "settings.json").write_text(json.dumps(values))


def leave(opened: Pseudo) -> None:
    opened.type("\x04")
    assert opened.exit_code() == 0
    assert opened.as_it_was()


# --- the title -------------------------------------------------------------------------------------------------------


def test_the_title_says_what_claw_does_and_is_given_back(world: World, pseudo: Start) -> None:
    world.serve(text("Talk. ", *["more "] * 20, pace=0.05), TOUCH, text("Done."))
    opened = pseudo()
    opened.wait("]2;claw - work", "claude-")
    opened.type("Talk.\r")
    opened.wait("]2;* claw - work")
    opened.until(lambda: titles(opened)[-1] == "claw - work", "the end of the turn")
    opened.type("Make it.\r")
    opened.wait("]2;? claw - work", "Press a key")
    opened.type("n")
    opened.wait("Done.")
    opened.type("/rename two-words\r")
    opened.wait("]2;two-words - work")
    leave(opened)
    said = titles(opened)
    assert said[:3] == ["claw - work", "* claw - work", "claw - work"]
    assert said[-1] == "two-words - work"
    assert opened.said.index(b"\x1b[22;0t") < opened.said.index(b"\x1b]2;")


def test_a_title_holds_nothing_that_a_terminal_obeys(world: World, pseudo: Start) -> None:
    world.serve()
    folder = world.root / "a\x1b]0;b\x07\u202e\u200b"
    folder.mkdir()
    opened = pseudo("-C", str(folder))
    opened.wait("]2;claw - a\u241b]0;b\u2407<U+202E><U+200B>\x07")
    leave(opened)


def test_a_long_title_is_cut() -> None:
    assert len(Heading("word " * 1_000, "folder " * 1_000).shown("working")) < 130


@pytest.mark.parametrize("how", ["setting", "variable", "dumb"])
def test_no_title_where_none_is_wanted(world: World, pseudo: Start, how: str) -> None:
    world.serve(text("Hello."))
    if how == "setting":
        write(world, terminalTitle=False)
    environ = {"setting": {}, "variable": {"CLAUDE_CODE_DISABLE_TERMINAL_TITLE": "1"}, "dumb": {"TERM": "dumb"}}[how]
    opened = pseudo("Say hello.", **environ)
    opened.wait("Hello.")
    opened.type("/quit\r")
    assert opened.exit_code() == 0
    assert titles(opened) == []
    assert b"\x1b[22;0t" not in opened.said


def test_the_window_is_lent_to_an_editor_as_it_was(world: World, pseudo: Start) -> None:
    """Ctrl-Z gives it to the shell, too."""
    world.serve()
    opened = pseudo()
    opened.wait("]2;claw - work", "claude-")
    opened.type("\x1a")
    opened.wait("\x1b[23;0t", "\x1b[?1004l")
    opened.signal(signal.SIGCONT)
    opened.until(lambda: opened.said.count(b"\x1b[?1004h") == 2, "reports of the focus")
    opened.until(lambda: len(titles(opened)) == 2, "the title again")
    leave(opened)


# --- calls -----------------------------------------------------------------------------------------------------------


def test_a_question_calls_who_has_left_the_window(world: World, pseudo: Start) -> None:
    world.serve(TOUCH, text("Done."))
    opened = pseudo()
    opened.wait("claude-", "\x1b[?1004h")
    opened.type("Make it.\r" + LEFT)
    opened.wait(f"\x07\x1b]9;{CALLED}: claw - work\x07")
    opened.type(FOCUSED)
    opened.wait("Press a key")
    opened.type("y")
    opened.wait("Done.")
    assert (world.workspace / "made").exists()
    leave(opened)


def test_a_question_does_not_call_who_looks_at_it(world: World, pseudo: Start) -> None:
    world.serve(TOUCH, text("Done."))
    opened = pseudo()
    opened.wait("claude-")
    opened.type(FOCUSED + "Make it.\r")
    opened.wait("Press a key")
    opened.type("y")
    opened.wait("Done.")
    leave(opened)
    assert CALLED.encode() not in opened.said


def test_reports_of_the_focus_are_no_keys(world: World, pseudo: Start) -> None:
    """They neither come into the line nor delay a question."""
    world.serve(text("Hello."))
    opened = pseudo()
    opened.wait("claude-")
    opened.type(f"ab{LEFT}{FOCUSED}c\r")
    opened.wait("Hello.")
    leave(opened)
    inputs = [event for event in world.events() if event["kind"] == "input.received"]
    assert [event["data"]["text"] for event in inputs] == ["abc"]


@pytest.mark.parametrize(
    ("channel", "environ", "said"),
    [
        ("auto", {}, "\x07\x1b]9;{}\x07"),
        ("auto", {"TERM": "linux"}, "\x07"),
        ("terminal_bell", {}, "\x07"),
        ("iterm2", {}, "\x1b]9;{}\x07"),
        ("iterm2_with_bell", {"TMUX": "/tmp/x,1,0"}, "\x07\x1bPtmux;\x1b\x1b]9;{}\x07\x1b\\"),
        ("kitty", {}, "\x1b]99;;{}\x1b\\"),
        ("ghostty", {}, "\x1b]777;notify;claw;{}\x07"),
        ("notifications_disabled", {}, ""),
    ],
)
def test_each_channel_has_its_sequence(channel: str, environ: dict[str, str], said: str) -> None:
    assert presence(channel, **environ)[1]("a\u241bb") == said.replace("{}", "a\u241bb")


def test_a_long_turn_calls_whoever_has_not_typed_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr("claw.cli.terminal.presence.time.monotonic", lambda: now[0])
    one, notified = presence("terminal_bell")
    about = Heading("", "work")

    def turn(seconds: float, typed_before: float) -> str:
        one.update(about, "working", now[0])
        now[0] += seconds
        before = len(notified.sent)
        one.update(about, "idle", now[0] - typed_before)
        now[0] += 1
        one.update(about, "idle", now[0] - typed_before - 1)
        return "".join(notified.sent[before:])

    assert "\x07" not in turn(LONG_S - 1, 100).replace("\x1b]2;claw - work\x07", "")
    assert "\x07" in turn(LONG_S + 1, AWAY_S + 1).replace("\x1b]2;claw - work\x07", "")
    assert "\x07" not in turn(LONG_S + 1, 0).replace("\x1b]2;claw - work\x07", "")
    one.report(FOCUSED)
    assert "\x07" not in turn(LONG_S + 1, 100).replace("\x1b]2;claw - work\x07", "")
    one.report(LEFT)
    assert "\x07" in turn(LONG_S + 1, 100).replace("\x1b]2;claw - work\x07", "")


class Sent:
    """What was sent for a call; `sent` is everything."""

    def __init__(self, one: Presence, sent: list[str]) -> None:
        self._one = one
        self.sent = sent

    def __call__(self, words: str) -> str:
        before = len(self.sent)
        self._one.notify(words)
        return "".join(self.sent[before:])


def presence(channel: str, **environ: str) -> tuple[Presence, Sent]:
    sent: list[str] = []
    one = Presence(environ, Looks(notify=channel), sent.append)
    one.begin()
    return one, Sent(one, sent)
