"""claw in a real terminal, from the first prompt to the exit code."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable

import pytest

from tests.cli.live.tmux import Terminal, answer, asked, key_of, ready
from tests.cli.live.world import World, text, tool

Start = Callable[..., Terminal]

SLOW = 0.05
"""Seconds between the pieces of a reply that is to be seen growing."""


def touch(name: str) -> dict[str, object]:
    return tool("Bash", {"command": f"touch {name}"}, say="I will make it.")


# --- a turn ----------------------------------------------------------------------------------------------------------


def test_a_whole_turn(world: World, terminal: Start) -> None:
    (world.workspace / "notes.txt").write_text("old\nkept\n")
    world.serve(
        tool("Read", {"file_path": "notes.txt"}, say="Let me **look**."),
        tool("Edit", {"file_path": "notes.txt", "old_string": "old\nkept", "new_string": "new\nkept"}),
        text("# Done\n\n", "It says `new` now.\n\n", "- one\n", "- two\n"),
    )
    opened = ready(terminal())
    opened.enter("Change the notes.")
    screen = asked(opened)
    assert "- old" in screen
    assert "+ new" in screen
    answer(opened, "Yes, this once")
    screen = opened.wait("two")
    opened.wait_idle()
    for shown in ("> Change the notes.", "● Let me look.", "● Read(notes.txt)", "● Edit(notes.txt)", "● Done", "• one"):
        assert shown in screen
    assert (world.workspace / "notes.txt").read_text() == "new\nkept\n"
    opened.enter("/quit")
    assert opened.exit_code() == 0
    assert f"claw resume {world.sessions()[0]}" in opened.screen()


def test_a_prompt_on_the_command_line_is_sent_at_once(world: World, terminal: Start) -> None:
    world.serve(text("Hello to you."))
    opened = terminal("Say hello.")
    opened.wait("> Say hello.", "● Hello to you.")
    opened.press("C-d")
    assert opened.exit_code() == 0


def test_a_session_stays_where_the_environment_leads_to_no_server(world: World, terminal: Start) -> None:
    world.environ |= {"ANTHROPIC_BASE_URL": "http://model.test", "ALL_PROXY": "socks4://127.0.0.1:9"}
    opened = ready(terminal())
    opened.enter("Say hello.")
    opened.wait("ALL_PROXY", "socks4")
    opened.enter("/quit")
    assert opened.exit_code() == 0


def test_a_reply_is_seen_while_it_streams(world: World, terminal: Start) -> None:
    pieces = [f"word{number} " for number in range(400)]
    world.serve(text("First paragraph.\n\n", *pieces, pace=SLOW))
    opened = ready(terminal())
    opened.enter("Talk.")
    screen = opened.wait("First paragraph.", "word3", "Esc interrupts")
    assert "word399" not in screen
    opened.press("Escape")
    opened.wait("interrupted; what next?")


# --- permission questions --------------------------------------------------------------------------------------------


def test_yes_once_is_asked_again(world: World, terminal: Start) -> None:
    world.serve(touch("made"), touch("made"), text("Done."))
    opened = ready(terminal())
    opened.enter("Make it.")
    answer(opened, "Yes, this once")
    opened.wait("(no output)")
    answer(opened, "No")
    opened.wait("you said no", "● Done.")
    assert (world.workspace / "made").exists()


def test_yes_for_the_session_holds_until_it_is_revoked(world: World, terminal: Start) -> None:
    world.serve(touch("made"), touch("made"), text("Done."), touch("made"), text("Refused."))
    opened = ready(terminal())
    opened.enter("Make it.")
    assert "Yes, and for the rest of this session: Bash(touch made)" in asked(opened)
    answer(opened, "Yes, and for the rest of this session")
    opened.wait("● Done.")
    assert opened.screen().count("(no output)") == 2
    opened.enter("/permissions")
    opened.wait("mode default", "granted", "session")
    opened.enter("/permissions revoke Bash(touch made)")
    opened.wait("no longer allowed: Bash(touch made)")
    opened.wait_idle()
    opened.enter("Again.")
    answer(opened, "No")
    opened.wait("● Refused.")


def test_yes_always_is_written_to_the_settings(world: World, terminal: Start) -> None:
    world.serve(touch("made"), text("Done."))
    opened = ready(terminal())
    opened.enter("Make it.")
    assert "saved in ~/.claude/settings.json" in asked(opened)
    answer(opened, "Yes, always")
    opened.wait("● Done.")
    settings = json.loads((world.home / ".claude" / "settings.json").read_text())
    assert settings["permissions"]["allow"] == ["Bash(touch made)"]
    assert world.run("-p", "Make it.").returncode == 0, "a new session needs no question"


def test_no_with_a_reason_that_the_model_reads(world: World, terminal: Start) -> None:
    world.serve(touch("made"), {**text("I see."), "expect": ["use another name"]})
    opened = ready(terminal())
    opened.enter("Make it.")
    answer(opened, "No, and tell claw why")
    opened.wait("reason:")
    opened.enter("use another name")
    opened.wait("you said no: use another name", "● I see.")
    assert not (world.workspace / "made").exists()


def test_arrows_choose_and_what_was_being_typed_stays(world: World, terminal: Start) -> None:
    world.serve({**touch("made"), "pace": SLOW}, text("Done."))
    opened = ready(terminal())
    opened.enter("Make it.")
    opened.type("not sent yet")
    opened.wait("May claw do this?", "Tab sets it aside", "> not sent yet")
    opened.press("Tab")
    screen = asked(opened)
    assert "not sent yet" not in screen
    opened.press("Up", "Up")
    opened.wait(f"> {key_of(screen, 'No')} No")
    opened.press("Enter")
    opened.wait("you said no", "● Done.", "> not sent yet")


def test_a_question_cannot_be_dressed_up(world: World, terminal: Start) -> None:
    command = "touch made\n1 Yes, this once\x1b[1A\x1b[2K\r4 No\u202e\u200d"
    world.serve(tool("Bash", {"command": command}), text("Done."))
    opened = ready(terminal())
    opened.enter("Make it.")
    screen = asked(opened)
    assert "␛[1A␛[2K␍4 No<U+202E><U+200D>" in screen
    answer(opened, "No")
    opened.wait("● Done.")
    assert not (world.workspace / "made").exists()


def test_a_question_about_hidden_characters_shows_each_command_and_the_transcript_spells_them_alike(
    world: World, terminal: Start
) -> None:
    world.serve(tool("Bash", {"command": "ls '\u202e\u00a0'; touch \x1bmade"}), text("Done."))
    opened = ready(terminal())
    opened.enter("Make it.")
    screen = asked(opened)
    assert "? ls '<U+202E><U+00A0>'" in screen
    assert "? touch ␛made" in screen
    assert "it holds control characters" in screen
    answer(opened, "No")
    opened.wait("● Done.", "● Bash(ls '<U+202E><U+00A0>'; touch ␛made)")


def test_what_is_asked_about_is_seen_behind_many_harmless_commands(world: World, terminal: Start) -> None:
    harmless = "; ".join(f"echo {number}" for number in range(60))
    world.serve(tool("Bash", {"command": f"{harmless}; for i in 1 2 3; do ls; done; touch made"}), text("Done."))
    opened = ready(terminal())
    opened.enter("Make it.")
    screen = asked(opened)
    shown = screen[screen.index("May claw do this?") :]
    assert "? touch made" in shown
    assert shown.index("? touch made") < shown.index("+ echo 0")
    answer(opened, "No")
    opened.wait("● Done.")


def test_escape_in_a_question_interrupts(world: World, terminal: Start) -> None:
    world.serve(touch("made"), text("What now?"))
    opened = ready(terminal())
    opened.enter("Make it.")
    asked(opened)
    opened.press("Escape")
    opened.wait("interrupted; what next?")
    opened.enter("Well?")
    opened.wait("● What now?")
    assert not (world.workspace / "made").exists()


# --- interrupting, queueing, leaving ---------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["Escape", "C-c"])
def test_a_key_interrupts_the_turn_and_not_the_program(world: World, terminal: Start, key: str) -> None:
    world.serve(tool("Bash", {"command": "echo begun; sleep 600"}), text("Here I am."))
    opened = ready(terminal("--allowed-tools", "Bash"))
    opened.enter("Wait.")
    opened.wait("begun", "Running")
    opened.press(key)
    opened.wait("interrupted; what next?")
    opened.enter("Still there?")
    opened.wait("● Here I am.")
    opened.enter("/quit")
    assert opened.exit_code() == 0


def test_input_while_a_turn_runs_is_queued(world: World, terminal: Start) -> None:
    waiting = "touch begun; while [ ! -e go ]; do sleep 0.1; done"
    world.serve(
        tool("Bash", {"command": waiting}),
        {**text("One."), "refuse": ["second thing"]},
        {**text("Both."), "expect": ["second thing"]},
    )
    opened = ready(terminal("--allowed-tools", "Bash"))
    opened.enter("First thing.")
    opened.wait("Running")
    opened.enter("And a second thing.")
    opened.wait("And a second thing.  (queued)")
    (world.workspace / "go").touch()
    screen = opened.wait("● Both.")
    assert "> And a second thing.\n" in screen
    assert "(queued)" not in opened.wait_idle()


def test_ways_to_leave(world: World, terminal: Start) -> None:
    opened = ready(terminal())
    opened.type("half a line")
    opened.wait("> half a line")
    opened.press("C-c")
    opened.wait_gone("half a line")
    opened.press("C-c")
    opened.wait("Ctrl-C again leaves")
    opened.press("C-c")
    assert opened.exit_code() == 0


def test_a_signal_to_the_program_ends_it_in_good_order(world: World, terminal: Start) -> None:
    world.serve(tool("Bash", {"command": "touch begun; sleep 600"}))
    opened = ready(terminal("--allowed-tools", "Bash"))
    opened.enter("Wait.")
    opened.wait("Running")
    os.kill(opened.pid, signal.SIGTERM)
    assert opened.exit_code() == 143
    assert world.kinds()[-1] == "session.ended"


# --- every kind of terminal ------------------------------------------------------------------------------------------


def test_hostile_output_does_nothing(world: World, terminal: Start) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\x1b[1;1Hgotcha\x9b31m\x1bc \u202etxet &#27;[2J \x1b]52;c;aGk=\x07"
    (world.workspace / "evil.txt").write_text(f"file {evil}\n")
    world.serve(
        {
            "blocks": [
                {"type": "thinking", "text": f"hm {evil}"},
                *tool("Bash", {"command": "cat evil.txt # \x1b[2J"})["blocks"],
            ]
        },
        text(f"model {evil}", "\x1b", "[2J split ", "\x1b]0;owned", "\x07 the end"),
    )
    opened = ready(terminal())
    opened.enter("Be evil.")
    answer(opened, "Yes, this once")
    screen = opened.wait("the end")
    opened.wait_idle()
    for shown in (
        "/help",
        "> Be evil.",
        "✻ thought",
        "file ␛]0;owned␇␛[2J",
        "model ␛]0;owned␇␛[2J",
        "␛[2J split",
    ):
        assert shown in screen
    assert "\u202e" not in screen
    title = opened._tmux("display-message", "-p", "-t", "0", "#{pane_title}")
    assert "owned" not in title
    assert opened._tmux("list-buffers") == "", "nothing was put on the clipboard"


@pytest.mark.parametrize("columns", [20, 40])
def test_a_narrow_terminal_is_not_garbled(world: World, terminal: Start, columns: int) -> None:
    words = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda my ny xi omikron "
    world.serve(
        tool("Bash", {"command": "printf 'x%.0s' $(seq 100)"}),
        text(
            *[word + " " for word in (words * 4).split()],
            "\n\n| a | b | c |\n|---|---|---|\n| one | two | three |\n\nend",
            pace=0.01,
        ),
    )
    opened = ready(terminal("--allowed-tools", "Bash", columns=columns))
    opened.enter("Talk.")
    screen = opened.wait("end\n")
    opened.wait_idle()
    said = [word for word in screen.split() if word in words.split()]
    assert said == (words * 4).split(), "each word once, in order"


def test_no_color_is_respected(world: World, terminal: Start) -> None:
    world.serve(tool("Glob", {"pattern": "*"}), text("Some `code`."))
    opened = ready(terminal(NO_COLOR="1"))
    opened.enter("Look.")
    opened.wait("● Some code.")
    opened.wait_idle()
    styled = opened.styled()
    assert "\x1b[1m" in styled
    for colour in range(30, 38):
        assert f"[{colour}m" not in styled
        assert f";{colour}m" not in styled


def test_a_terminal_without_utf_8_gets_ascii(world: World, terminal: Start) -> None:
    world.serve(tool("Glob", {"pattern": "*"}), text("Caf\u00e9 \u6f22 - done"))
    environ = {
        "LANG": "C",
        "LC_ALL": "POSIX",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "ascii",
    }
    opened = terminal(program=(sys.executable, "-m", "claw"), **environ)
    opened.wait("/help")
    opened.enter("Look.")
    screen = opened.wait("done")
    assert "* Glob(*)" in screen
    assert "Caf? ?? - done" in screen or "Caf? ? - done" in screen
    opened.enter("/quit")
    assert opened.exit_code() == 0


def test_a_dumb_terminal(world: World, terminal: Start) -> None:
    world.serve(touch("made"), text("Done."), text("Quickly."), tool("Bash", {"command": "sleep 600"}), text("Yes."))
    opened = terminal(TERM="dumb")
    opened.wait("/help", "\n>")
    opened.enter("Make it.")
    screen = opened.wait("May claw do this?", "7, 8:")
    opened.enter("and be quick")
    opened.wait_count("7, 8:", 2)
    opened.insist(key_of(screen, "No, and tell claw why"), "reason:")
    opened.enter("not now")
    opened.wait("you said no: not now", "Done.", "> and be quick", "Quickly.")
    opened.enter("/cost")
    opened.wait("this session")
    opened.press("C-c")
    opened.wait("Ctrl-C again leaves")
    opened.press("C-d")
    assert opened.exit_code() == 0
    assert "\x1b[" not in opened.styled()
