"""The line as it is typed: what was typed before, searched and gone through, and the person's own editor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text

Start = Callable[..., Terminal]


def _inputs(world: World) -> list[Any]:
    return [event["data"]["text"] for event in world.events() if event["kind"] == "input.received"]


def _history(world: World, *lines: tuple[str, str]) -> None:
    """Lines, each with the folder it was typed in; empty: written when folders were not kept."""
    world.claw_home.mkdir(parents=True, exist_ok=True)
    told = (f"\n# then\n{f'# in {folder}' + chr(10) if folder else ''}+{said}\n" for said, folder in lines)
    (world.claw_home / "history").write_text("".join(told))


def test_what_was_typed_before_is_searched_and_taken_into_the_line(world: World, terminal: Start) -> None:
    world.serve(text("Done."))
    here = str(world.workspace)
    _history(world, ("build the docs", here), ("old words", ""), ("run the tests", here), ("secret plan", "/elsewhere"))
    opened = ready(terminal())
    opened.type("draft")
    opened.press("C-r")
    opened.wait("history (this folder): draft", "nothing that was typed has these words")
    opened.press("C-u")
    opened.wait("> run the tests", "old words", "build the docs")
    assert "secret plan" not in opened.in_sight()
    opened.type("the")
    opened.press("C-r")
    opened.wait("> build the docs")
    opened.press("Tab")
    opened.press("C-u")
    opened.wait("history (all folders):", "> secret plan")
    opened.press("Escape")
    opened.wait_gone("history (")
    opened.wait("> draft")
    opened.press("C-r", "C-u")
    opened.type("docs")
    opened.wait("> build the docs")
    opened.press("Enter")
    opened.wait_gone("history (")
    opened.wait("> build the docs")
    assert _inputs(world) == []
    opened.press("Enter")
    opened.wait("● Done.")
    assert _inputs(world) == ["build the docs"]


def test_up_goes_through_the_lines_of_this_folder_that_begin_so(world: World, terminal: Start) -> None:
    here = str(world.workspace)
    _history(world, ("make one", here), ("show two", here), ("make three", "/elsewhere"))
    opened = ready(terminal())
    opened.type("make")
    opened.press("Up")
    opened.wait("> make one")
    opened.press("Down")
    opened.wait_gone("make one")
    opened.press("C-u", "Up")
    opened.wait("> show two")


def test_names_in_the_history_do_not_draw(world: World, terminal: Start) -> None:
    _history(world, ("evil \x1b[31mred\x1b[0m words", ""))
    opened = ready(terminal())
    opened.press("C-r")
    opened.wait("evil ␛[31mred␛[0m words")


def _editor(world: World, script: str) -> str:
    place = world.root / "an editor.sh"
    place.write_text(f"#!/bin/sh\n{script}\n")
    place.chmod(0o700)
    return f"'{place}' --flag"


def test_the_line_is_written_in_the_editor_of_the_person(world: World, terminal: Start) -> None:
    world.serve(text("Done."))
    editor = _editor(world, 'echo "in the editor: $1"; printf "second\\n" >>"$2"; cp "$2" seen; sleep 1')
    opened = ready(terminal(VISUAL=editor, EDITOR="false"))
    opened.type("first ")
    opened.press("C-g")
    opened.wait("in the editor: --flag")
    opened.wait("> first second")
    opened.press("C-x", "C-e")
    opened._until(lambda _: (world.workspace / "seen").read_text() == "first secondsecond\n", "the editor again")
    opened.wait("> first secondsecond")
    opened.press("Enter")
    opened.wait("● Done.")
    assert _inputs(world) == ["first secondsecond"]


def test_an_editor_that_fails_leaves_the_line_as_it_was(world: World, terminal: Start) -> None:
    editor = _editor(world, 'echo changed >"$2"; exit 3')
    opened = ready(terminal(VISUAL=editor))
    opened.type("kept words")
    opened.press("C-g")
    opened.wait("ended with 3; the line is as it was", "> kept words")
    opened.press("C-c")
    for named, said in (
        ("/no/such/editor", "cannot be started (No such file or directory)"),
        ("true; touch made", "cannot be started"),
        ("'unclosed", "cannot be read as a command"),
    ):
        opened = ready(terminal(VISUAL=named))
        opened.type("kept words")
        opened.press("C-g")
        opened.wait(said, "> kept words")
    assert not Path(world.workspace / "made").exists()


def test_what_the_editor_leaves_is_bounded_and_text(world: World, terminal: Start) -> None:
    opened = ready(terminal(VISUAL=_editor(world, 'printf "\\377\\376" >"$2"')))
    opened.type("kept words")
    opened.press("C-g")
    opened.wait("left nothing that can be read", "> kept words")
