"""Sessions are found again in a list with a search, and a session is branched at a step that is taken from one."""

from __future__ import annotations

from collections.abc import Callable

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text

Start = Callable[..., Terminal]


def three(world: World) -> None:
    world.serve(text("Apples."), text("Going on."))
    world.run("-p", "Which fruit is red?", "--name", "red")
    world.serve(text("Pears."))
    world.run("-p", "Which is green?", "--name", "green")
    world.serve(text("Plums, of course."))
    other = world.root / "other"
    other.mkdir()
    world.run("-p", "Which is blue?", "--name", "blue", "-C", str(other))
    world.run("tag", "green", "fruit")


def test_a_session_is_found_by_its_name_its_tag_its_folder_and_what_was_said_in_it(
    world: World, terminal: Start
) -> None:
    three(world)
    opened = terminal("resume")
    screen = opened.wait("Go on with which session?", "green #fruit", "red", "> Which is green?", "Pears.")
    assert "blue" not in screen, "those of this folder come first"
    opened.press("C-a")
    opened.wait("blue")
    opened.type("fruit")
    opened.wait("1 of 1")
    assert "blue" not in opened.screen()
    opened.press("Escape")
    opened.wait("1 of 3")
    opened.type("plums")
    opened.wait("no session matches")
    opened.press("C-f")
    opened.wait("1 of 1", "blue")
    opened.press("Escape")
    opened.wait("1 of 3")
    opened.type("red")
    opened.wait("1 of 1")
    opened.press("Enter")
    opened.wait("● Apples.", "resumed")
    opened.enter("Go on.")
    opened.wait("● Going on.")
    opened.wait_idle()
    opened.enter("/quit")
    assert opened.exit_code() == 0
    assert "Go on." in str(world.events("red"))


def test_who_leaves_the_list_goes_on_with_nothing(world: World, terminal: Start) -> None:
    three(world)
    opened = terminal("resume")
    opened.wait("Go on with which session?")
    opened.press("Down")
    opened.wait("2 of 2")
    opened.press("Escape")
    assert opened.exit_code() == 0
    assert len(world.sessions()) == 3


def test_a_session_is_branched_before_an_input_or_behind_a_turn(world: World, terminal: Start) -> None:
    world.serve(text("One."), text("Two."))
    opened = ready(terminal())
    for said, answer in (("First", "One."), ("Second", "Two.")):
        opened.enter(said)
        opened.wait(f"● {answer}")
        opened.wait_idle()
    opened.enter("/fork")
    opened.wait("Branch where?", "before: First", "after:  One.", "before: Second", "after:  Two.", "4 of 4")
    opened.type("second")
    opened.wait("1 of 1")
    opened.press("Enter")
    opened.wait("forked from")
    opened.enter("Another")
    opened.wait("> Another", "● Two.")
    opened.wait_idle()
    opened.enter("/quit")
    assert opened.exit_code() == 0
    made = world.events(world.sessions()[-1])
    said = [event["data"]["text"] for event in made if event["kind"] == "input.received"]
    assert said == ["First", "Another"]


def test_in_words_there_are_numbers(world: World, terminal: Start) -> None:
    three(world)
    opened = terminal("resume", TERM="dumb")
    opened.wait("Go on with which session?", "1. green #fruit", "2. red", "A number takes one")
    opened.enter("blue")
    opened.wait("no session matches")
    opened.enter("red")
    opened.wait("1. red")
    opened.enter("1")
    opened.wait("Apples.", "resumed")
    opened.press("C-d")
    assert opened.exit_code() == 0


def test_it_fits_sixty_columns(world: World, terminal: Start) -> None:
    three(world)
    opened = terminal("resume", columns=60)
    screen = opened.wait("Go on with which session?", "green", "red")
    assert all(len(line) <= 60 for line in screen.splitlines())
    opened.press("Escape")
    assert opened.exit_code() == 0
