"""Limits in every mode: a person is asked to go on, nobody else is; a loop is told to the model, and then to the
person."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.cli.live.tmux import ready
from tests.cli.live.world import World, text, told, tool

AGAIN = tool("Bash", {"command": "echo the same"})


def replays(world: World) -> list[dict[str, Any]]:
    for command in ("verify", "replay"):
        checked = world.run(command, "@last")
        assert checked.returncode == 0, checked.stdout.decode() + told(checked)
    return world.events()


def ends(events: list[dict[str, Any]]) -> list[str]:
    return [event["data"]["reason"] for event in events if event["kind"] == "turn.finished"]


def answers(events: list[dict[str, Any]]) -> list[tuple[str, int, str]]:
    found = (event["data"] for event in events if event["kind"] == "limit.answered")
    return [(one["what"], one.get("more", 0), one.get("how", "person")) for one in found]


def test_a_person_is_asked_to_go_on_and_sets_limits(world: World, terminal: Any) -> None:
    steps = [tool("Bash", {"command": f"echo {n}"}) for n in range(6)]
    world.serve(
        *steps, text("All done."), AGAIN, text("And again."), tool("Bash", {"command": "sleep 5"}), text("Late.")
    )
    opened = ready(terminal("--max-turns", "2", "--permission-mode", "bypassPermissions"))
    opened.enter("count")
    opened.wait("The limit is reached: 2 of calls of the model", "Yes, with 2 more", "Press a key")
    opened.press("1")
    opened.wait("the limit of turns is raised by 2", "The limit is reached: 4 of", "Press a key")
    opened.press("2")
    opened.wait("All done.")
    opened.wait_idle()
    opened.enter("/budget turns 1")
    opened.wait("turns", "a prompt")
    opened.enter("again")
    opened.wait("The limit is reached: 1 of", "Press a key")
    opened.press("n")
    opened.wait("the limit of model calls for one prompt is reached")
    opened.wait_idle()
    for line in ("/budget turns off", "/budget time 1s", "/budget tokens many", "/budget money 5", "/budget money off"):
        opened.enter(line)
    opened.wait("/budget tokens takes a number of tokens", "$5.00")
    opened.enter("and again")
    opened.wait("And again.")
    opened.wait_idle()
    opened.enter("wait")
    opened.wait("The limit is reached: 1s of time for one prompt", "Press a key")
    opened.press("n")
    opened.wait("the time for one prompt is over")
    opened.wait_idle()
    events = replays(world)
    assert answers(events) == [
        ("turns", 2, "person"),
        ("turns", 40, "person"),
        ("turns", 0, "person"),
        ("time", 0, "person"),
    ]
    assert ends(events) == ["done", "turns", "done", "time"]


@pytest.mark.parametrize(
    ("flags", "reason", "code"), [(("--max-turns", "2"), "turns", 5), (("--max-tokens", "10"), "tokens", 4)]
)
def test_nobody_is_there_to_be_asked(world: World, flags: tuple[str, str], reason: str, code: int) -> None:
    world.serve(*itertools.repeat(AGAIN, 3), text("Done."))
    done = world.run("-p", "go", "--allowed-tools", "Bash", *flags)
    assert done.returncode == code, told(done)
    events = replays(world)
    assert ends(events) == [reason]
    assert [how for _, _, how in answers(events)] == ["headless"]


def test_a_loop_is_told_to_the_model_and_then_ends_with_its_reason(world: World) -> None:
    world.serve(*[AGAIN] * 3, *[AGAIN | {"expect": ["3 times in a row"]}] * 2, text("Never."))
    done = world.run("-p", "go", "--allowed-tools", "Bash", "--output-format", "json")
    assert done.returncode == 5
    assert "same call (Bash) with the same result 5 times in a row" in told(done)
    events = replays(world)
    assert ends(events) == ["loop"]
    assert [event["kind"] for event in events].count("tool.finished") == 5


def test_a_model_that_does_something_else_is_left_alone(world: World) -> None:
    """So is one that waits for what runs in the background, and one whose calls give something else each time."""
    count = tool("Bash", {"command": "date +%N >> n; wc -l < n"})
    background = tool("Bash", {"command": "sleep 600", "run_in_background": True})
    world.serve(
        *[AGAIN] * 4,
        tool("Glob", {"pattern": "*"}),
        *[AGAIN] * 2,
        *[count] * 5,
        background,
        *[AGAIN] * 6,
        text("Done."),
    )
    done = world.run("-p", "go", "--allowed-tools", "Bash")
    assert (done.returncode, done.stdout) == (0, b"Done.\n"), told(done)
    assert [event["kind"] for event in replays(world)].count("loop.noticed") == 1


def test_a_person_lets_a_loop_go_on_or_not(world: World, terminal: Any) -> None:
    world.serve(*[AGAIN] * 40)
    opened = ready(terminal("--permission-mode", "bypassPermissions"))
    opened.enter("go")
    opened.wait("The model made the same call (Bash) 5 times in a row. Go on?", "Press a key")
    opened.press("1")
    opened.wait("The model made the same call (Bash) 15 times in a row. Go on?", "Press a key")
    opened.press("n")
    opened.wait("15 times in a row, though it was told so")
    opened.wait_idle()
    assert ends(replays(world)) == ["loop"]
