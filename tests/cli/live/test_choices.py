"""What a permission question offers, where it is seen, and what comes of each choice."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.cli.live.tmux import Terminal, answer, asked, ready
from tests.cli.live.world import World, text, tool

Start = Callable[..., Terminal]

LONG = "touch " + " ".join(f"a-file-with-a-long-name-{number}" for number in range(9))


def calls(*commands: str) -> dict[str, object]:
    return {"blocks": [{"type": "tool", "name": "Bash", "arguments": {"command": command}} for command in commands]}


@pytest.mark.parametrize(("columns", "rows"), [(60, 15), (80, 24)])
def test_every_choice_and_hint_is_in_sight(world: World, terminal: Start, columns: int, rows: int) -> None:
    world.serve(calls(LONG, "touch other"), text("Done."))
    opened = ready(terminal(columns=columns, rows=rows))
    opened.enter("Make them.")
    asked(opened)
    shown = opened.in_sight()
    for label in (
        "1 Yes, this once",
        "2 Yes, this once, with access to the network",
        "3 Yes, this session: Bash(tou",
        "4 Yes, this session: Bash(touch:*)",
        "5 Yes, always: Bash(touch a-f",
        "6 Yes, always: Bash(touch:*)",
        "7 No",
        "8 No, and stop the other calls too",
        "9 No, and tell claw why",
        "Press a key",
        "Esc interrupts",
        "default",
    ):
        assert label in "\n".join(line.replace("> 1", "  1").strip() for line in shown.split("\n")), shown
    assert "May claw do this?" in shown
    # What has no room is above, whole: the rule, too.
    screen = opened.screen().replace("\n", "")
    for number in range(9):
        assert f"a-file-with-a-long-name-{number}" in screen
    assert "~/.claude/settings.json" in screen
    opened.type("something else")
    opened.wait("> something else", "Tab sets it aside")
    shown = opened.in_sight()
    assert all(f"\n  {number} " in shown for number in range(2, 10)), shown


def test_the_rule_that_is_chosen_is_the_one_that_holds(world: World, terminal: Start) -> None:
    world.serve(calls("touch one"), calls("touch two"), text("Done."), calls("mkdir one-more"), text("Over."))
    opened = ready(terminal())
    opened.enter("Make it.")
    screen = asked(opened)
    assert screen.index("session: Bash(touch one)") < screen.index("session: Bash(touch:*)")
    answer(opened, "Yes, and for the rest of this session: Bash(touch:*)")
    opened.wait("allowed from now on: Bash(touch:*)", "● Done.")
    assert (world.workspace / "two").exists(), "the second call needed no question"
    opened.enter("And a folder.")
    answer(opened, "Yes, always: Bash(mkdir:*)")
    opened.wait("● Over.", "saved in ")
    settings = json.loads((world.home / ".claude" / "settings.json").read_text())
    assert settings["permissions"]["allow"] == ["Bash(mkdir:*)"]
    (granted, _) = [event["data"]["rule"] for event in world.events() if event["kind"] == "permission.granted"]
    assert granted == "Bash(touch:*)"


def test_edits_in_the_folder_are_offered_and_a_long_one_is_shown_once(world: World, terminal: Start) -> None:
    lines = [f"line number {number}." for number in range(60)]
    write = tool("Write", {"file_path": "made.txt", "content": "\n".join(lines)})
    world.serve(write, tool("Write", {"file_path": "sub/other.txt", "content": "x"}), text("Done."))
    opened = ready(terminal(rows=30, columns=200))
    opened.enter("Write it.")
    screen = asked(opened)
    answer(opened, "Yes, and for the rest of this session: Edit(/" + str(world.workspace) + "/**)")
    screen = opened.wait("● Done.")
    opened.wait_idle()
    assert (world.workspace / "sub/other.txt").read_text() == "x"
    shown = screen.split("\n")
    assert [line.strip() for line in shown if "line number" in line] == [f"+ {line}" for line in lines], "each once"
    first = next(number for number, line in enumerate(shown) if "line number 0." in line)
    assert all("line number" in line for line in shown[first : first + 60]), "nothing between them"


def test_a_no_stops_the_other_calls_too_where_there_are_any(world: World, terminal: Start) -> None:
    world.serve(calls("touch one", "touch two", "touch three"), calls("touch four"), text("Done."))
    opened = ready(terminal())
    opened.enter("Make them.")
    answer(opened, "No, and stop the other calls too")
    screen = opened.wait("you said no", "interrupted; what next?")
    opened.wait_idle()
    assert screen.count("interrupted before it ran") == 2
    opened.enter("Another.")
    assert "stop the other calls" not in asked(opened).rpartition("May claw")[2]
    answer(opened, "No")
    opened.wait("● Done.")
    assert not list(world.workspace.iterdir())


def test_resume_without_a_session_goes_on_with_the_last_one_of_this_folder(world: World, terminal: Start) -> None:
    world.serve(text("One."), text("Two."))
    none = world.run("resume", "-p", "hi")
    assert (none.returncode, none.stdout) == (2, b"")
    assert f"there is no session in {world.workspace} yet" in none.stderr.decode()
    world.run("-p", "Here.", "--name", "here")
    elsewhere = world.root / "elsewhere"
    elsewhere.mkdir()
    world.run("-p", "There.", "--name", "there", "-C", str(elsewhere))
    opened = terminal("resume")
    opened.wait("Go on with which session?", "here")
    assert "there" not in opened.screen()
    opened.press("Enter")
    opened.wait("> Here.", "resumed")
    opened.press("C-d")
    assert opened.exit_code() == 0
    done = world.run("resume")
    assert b"going on" not in done.stderr
