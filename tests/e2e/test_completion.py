"""What is offered while somebody types: files by some of their letters, slash commands by any part of their names."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text

Start = Callable[..., Terminal]


def _plant(world: World, *paths: str) -> None:
    for path in paths:
        place = world.workspace / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()


def _clear(opened: Terminal) -> None:
    opened.press("C-u")


def _offered(opened: Terminal) -> list[str]:
    """Lines of the menu that name a path."""
    lines = opened.in_sight().splitlines()
    below = next(number for number, line in enumerate(lines) if line.startswith("> see @"))
    return [line.strip() for line in lines[below + 1 :] if line.strip()]


def test_a_file_is_found_by_some_of_its_letters(world: World, terminal: Start) -> None:
    _plant(world, "src/app/views/session_view.py", "src/app/models.py", "docs/very serious notes.md", "README.md")
    world.serve(text("Seen."))
    opened = ready(terminal())
    opened.type("see @sesvi")
    opened.wait("src/app/views/session_view.py")
    opened.press("Tab")
    opened.wait("> see @src/app/views/session_view.py")
    opened.type(" and @readme")
    opened.wait("README.md")
    opened.press("Tab")
    opened.wait("session_view.py and @README.md")
    opened.type(" and @serious")
    opened.wait("docs/very serious notes.md")
    opened.press("Tab")
    opened.wait('and @"docs/very serious notes.md"')
    opened.press("Enter", "Enter")
    opened.wait("● Seen.")
    (sent,) = [event["data"]["text"] for event in world.events() if event["kind"] == "input.received"]
    assert sent == 'see @src/app/views/session_view.py and @README.md and @"docs/very serious notes.md"'


def test_folders_are_offered_and_their_contents_behind_them(world: World, terminal: Start) -> None:
    _plant(world, "lib/network/socket.c", "lib/network/poll.c", "odd name/inside.txt")
    opened = ready(terminal())
    opened.type("see @netw")
    opened.wait("lib/network/")
    opened.press("Tab")
    opened.wait("> see @lib/network/")
    opened.type("so")
    opened.wait("lib/network/socket.c")
    _clear(opened)
    opened.type("see @oddn")
    opened.wait("odd name/")
    opened.press("Tab")
    opened.wait('> see @"odd name/')
    opened.type("ins")
    opened.wait("odd name/inside.txt")
    opened.press("Tab")
    opened.wait('> see @"odd name/inside.txt"')


def test_what_git_ignores_and_hidden_files_are_offered_to_those_who_ask(world: World, terminal: Start) -> None:
    _plant(world, "made/report.txt", "kept/report.txt", ".hidden/report.txt")
    subprocess.run(["git", "init", "-q", str(world.workspace)], check=True)
    (world.workspace / ".gitignore").write_text("made/\n")
    opened = ready(terminal())
    opened.type("see @report")
    opened.wait("kept/report.txt")
    assert _offered(opened)[0] == "kept/report.txt"
    assert not any("made/" in line or ".hidden" in line for line in _offered(opened))
    _clear(opened)
    opened.type("see @.hid")
    opened.wait(".hidden/report.txt")
    _clear(opened)
    opened.type("see @made/r")
    opened.wait("made/report.txt")
    _clear(opened)
    opened.type("see @.gi")
    opened.wait(".gitignore")
    assert ".git/" not in opened.in_sight()


def test_a_file_that_was_made_meanwhile_is_found(world: World, terminal: Start) -> None:
    _plant(world, "first.txt")
    opened = ready(terminal())
    opened.type("see @first")
    opened.wait("first.txt")
    _plant(world, "brand_new.txt")

    def again(_: str) -> bool:
        _clear(opened)
        opened.type("see @brandn")
        return "brand_new.txt" in opened.in_sight()

    opened._until(again, "the new file")


def test_names_that_would_draw_something_are_not_offered(world: World, terminal: Start) -> None:
    _plant(world, "good_name.txt", "evil_\x1b[31mname.txt", "evil_\u202ename.txt", "evil_\nname.txt")
    opened = ready(terminal())
    opened.type("see @name")
    opened.wait("good_name.txt")
    assert "evil" not in opened.in_sight()


def test_a_command_is_found_by_any_part_and_guessed_from_none(world: World, terminal: Start) -> None:
    folder = world.home / ".claude" / "commands"
    folder.mkdir(parents=True)
    (folder / "deploy-staging.md").write_text("Deploy it.")
    skill = world.home / ".claude" / "skills" / "fill-forms"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: fill-forms\ndescription: Fills forms\n---\nFill it.")
    opened = ready(terminal())
    opened.type("/stag")
    opened.wait("/deploy-staging")
    _clear(opened)
    opened.type("/forms")
    opened.wait("/fill-forms")
    opened.press("Tab")
    opened.wait("> /fill-forms")
    _clear(opened)
    opened.type("/missions")
    opened.wait("/permissions")
    opened.press("Enter")
    opened.wait("there is no command /missions")
