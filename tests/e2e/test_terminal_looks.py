"""Themes and vi keys: chosen in a session, kept in the person's settings, and nobody else's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from tests.cli.live.pseudo import Pseudo
from tests.cli.live.tmux import Terminal, asked, ready
from tests.cli.live.world import World, text, tool

Start = Callable[..., Terminal]

RED, LIGHT_RED, DARK_RED = "\x1b[31m", "\x1b[38;5;124m", "\x1b[38;5;209m"
"""What an error looks like in the terminal's own colours, and in two themes where there are 256."""


def settings(world: World) -> dict[str, Any]:
    held: dict[str, Any] = json.loads((world.home / ".claude" / "settings.json").read_text())
    return held


def write(world: World, *, below: str = "home", **values: Any) -> None:
    folder = (world.home if below == "home" else world.workspace) / ".claude"
    folder.mkdir(exist_ok=True)
    (folder / "settings.json").write_text(json.dumps(values))


def complaint(opened: Terminal) -> str:
    """The line with an error, with its styles."""
    opened.enter("/nonsense")
    opened.wait("there is no command /nonsense")
    return next(line for line in opened.styled().splitlines() if "there is no command" in line)


# --- themes ----------------------------------------------------------------------------------------------------------


def test_a_theme_that_is_typed_is_drawn_at_once_and_kept(world: World, terminal: Start) -> None:
    world.serve()
    write(world, model="claude-x")
    opened = ready(terminal())
    assert RED in complaint(opened)
    opened.enter("/theme light")
    opened.wait("theme light; saved in ~/.claude/settings.json")
    opened.enter("/clear")
    opened.enter("/none")
    opened.wait("there is no command /none ".strip())
    assert LIGHT_RED in opened.styled()
    assert settings(world) == {"model": "claude-x", "theme": "light"}
    opened.enter("/quit")
    assert opened.exit_code() == 0
    assert LIGHT_RED in complaint(ready(terminal()))


def test_a_theme_is_chosen_from_a_list(world: World, terminal: Start) -> None:
    world.serve()
    opened = ready(terminal())
    opened.enter("/theme")
    opened.wait("Which theme? It is ansi now.", "dark-daltonized", "Press a key")
    opened.press("3")
    opened.wait("theme dark; saved")
    assert settings(world) == {"theme": "dark"}
    opened.enter("/theme red")
    opened.wait("there is no theme 'red'", "one of auto, ansi, dark")


def test_no_color_wins(world: World, terminal: Start) -> None:
    world.serve()
    write(world, theme="dark")
    opened = ready(terminal(NO_COLOR="1"))
    complaint(opened)
    assert not re.search(r"\x1b\[[0-9;]*(?:3[0-7]|38;|9[0-7])", opened.styled())


def test_a_theme_by_the_background_that_the_environment_tells(world: World, terminal: Start) -> None:
    world.serve()
    write(world, theme="auto")
    assert LIGHT_RED in complaint(ready(terminal(COLORFGBG="0;15")))
    assert DARK_RED in complaint(ready(terminal(COLORFGBG="15;default;0")))


def test_a_theme_by_the_background_that_the_terminal_tells(world: World, pseudo: Callable[..., Pseudo]) -> None:
    world.serve()
    write(world, theme="auto")
    opened = pseudo()
    opened.wait("\x1b]11;?")
    opened.type("/no\x1b]11;rgb:ffff/fffa/f000\x1b\\sense\x1b[?62;22c\r")
    opened.wait("there is no command /nosense", LIGHT_RED)
    opened.type("\x04")
    assert opened.exit_code() == 0
    assert opened.as_it_was()


def test_a_terminal_that_does_not_tell_is_not_waited_for(world: World, pseudo: Callable[..., Pseudo]) -> None:
    world.serve()
    write(world, theme="auto")
    opened = pseudo()
    opened.wait("\x1b]11;?")
    opened.type("/nonsense\r")
    opened.wait("there is no command /nonsense", RED)


def test_what_settings_cannot_mean_is_said_and_stops_nothing(world: World, terminal: Start) -> None:
    world.serve()
    write(world, theme="pink", editorMode=7, terminalTitle="no")
    opened = ready(terminal())
    opened.wait("settings.json:1: not in effect: theme is none of auto, ansi,", "editorMode is none of normal, vim")
    opened.wait("terminalTitle is neither true nor false")
    assert RED in complaint(opened)


def test_a_repository_has_no_say_in_how_the_terminal_looks(world: World, terminal: Start) -> None:
    world.serve()
    write(world, below="work", theme="light", editorMode="vim")
    opened = ready(terminal())
    opened.wait("a repository cannot set theme", "a repository cannot set editorMode")
    assert RED in complaint(opened)
    assert "-- INSERT --" not in opened.screen()


def test_settings_that_cannot_be_written_hold_for_the_session(world: World, terminal: Start) -> None:
    world.serve()
    (world.home / ".claude").mkdir()
    (world.home / ".claude" / "settings.json").write_text('{"memory": false, "memory": false}')
    opened = ready(terminal())
    opened.enter("/theme light")
    opened.wait("theme light; it holds for this session only:")
    assert LIGHT_RED in complaint(opened)


# --- vi keys ---------------------------------------------------------------------------------------------------------


def test_vi_keys_edit_the_line_and_the_mode_is_shown(world: World, terminal: Start) -> None:
    world.serve(text("Hello."))
    opened = ready(terminal())
    opened.enter("/vim")
    opened.wait("vi keys: Esc leaves what is typed, Esc again or Ctrl-C interrupts; saved", "-- INSERT --")
    assert settings(world) == {"editorMode": "vim"}
    opened.type("one two three")
    opened.press("Escape")
    opened.wait("-- NORMAL --")
    opened.type("bbcefour")
    opened.wait("one four three", "-- INSERT --")
    opened.press("Escape")
    opened.wait("-- NORMAL --")
    opened.type("v")
    opened.wait("-- VISUAL --")
    opened.press("Escape")
    opened.wait("-- NORMAL --")
    opened.press("Enter")
    opened.wait("● Hello.", "-- INSERT --")
    assert "> one four three" in opened.screen()
    opened.enter("/vim off")
    opened.wait("the usual keys; saved")
    opened.wait_gone("-- INSERT --")


def test_esc_leaves_the_insertion_and_esc_again_interrupts(world: World, terminal: Start) -> None:
    world.serve(text("Begun.\n\n", *["more "] * 400, pace=0.05))
    write(world, editorMode="vim")
    opened = ready(terminal())
    opened.enter("Talk.")
    opened.wait("Begun.", "Ctrl-C interrupts", "-- INSERT --")
    opened.press("Escape")
    opened.wait("-- NORMAL --", "Ctrl-C interrupts")
    assert "interrupted; what next?" not in opened.screen()
    opened.press("Escape")
    opened.wait("interrupted; what next?")


def test_ctrl_c_interrupts_out_of_an_insertion(world: World, terminal: Start) -> None:
    world.serve(text("Begun.\n\n", *["more "] * 400, pace=0.05))
    write(world, editorMode="vim")
    opened = ready(terminal())
    opened.enter("Talk.")
    opened.wait("Begun.", "-- INSERT --")
    opened.press("C-c")
    opened.wait("interrupted; what next?")


def test_a_question_is_answered_and_left_as_with_the_usual_keys(world: World, terminal: Start) -> None:
    world.serve(tool("Bash", {"command": "touch made"}), tool("Bash", {"command": "touch more"}), text("Done."))
    write(world, editorMode="vim")
    opened = ready(terminal())
    opened.enter("Make it.")
    asked(opened)
    opened.press("y")
    opened.wait("(no output)")
    assert (world.workspace / "made").exists()
    asked(opened)
    opened.press("Escape")
    opened.wait("interrupted; what next?")
    assert not (world.workspace / "more").exists()
