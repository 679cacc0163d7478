"""A terminal that goes away, at any moment: the session ends in good order, and nothing of it is left running."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable

import pytest

from tests.cli.live.pseudo import Pseudo
from tests.cli.live.world import World, text, tool

Start = Callable[..., Pseudo]

VIEWS = {"drawn": {}, "dumb": {"TERM": "dumb"}, "plain": {"CLAW_PLAIN": "1"}}
SLEEP = f"9{os.getpid():07}"
"""Seconds, by which a command of this test is known."""


def running() -> bool:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return f"sleep {SLEEP}" in listed.splitlines()


def to_the_prompt(world: World, opened: Pseudo) -> None:
    opened.wait("/help")
    opened.until(lambda: "session.started" in world.kinds(), "the session")


def to_a_reply(world: World, opened: Pseudo) -> None:
    to_the_prompt(world, opened)
    opened.type("Talk.\r")
    opened.until(lambda: "model.chunk" in world.kinds(), "a piece of the reply")


def to_a_question(world: World, opened: Pseudo) -> None:
    to_the_prompt(world, opened)
    opened.type("Make it.\r")
    opened.until(lambda: "permission.asked" in world.kinds(), "the question")


def to_a_command(world: World, opened: Pseudo) -> None:
    to_the_prompt(world, opened)
    opened.type(f"!sleep {SLEEP}\r")
    opened.until(running, "the command")


MOMENTS = [to_the_prompt, to_a_reply, to_a_question, to_a_command]


@pytest.mark.parametrize("how", ["the window is closed", "the line is cut", "a signal"])
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
@pytest.mark.parametrize("view", VIEWS)
def test_a_session_ends_in_good_order(
    world: World, pseudo: Start, view: str, moment: Callable[[World, Pseudo], None], how: str
) -> None:
    world.serve(
        tool("Bash", {"command": "touch made"})
        if moment is to_a_question
        else text("Begun. ", *["more "] * 500, pace=0.05)
    )
    opened = pseudo(controlling=how != "the line is cut", **VIEWS[view])
    moment(world, opened)
    if how == "a signal":
        opened.signal(signal.SIGHUP)
    else:
        opened.hang_up()
    assert opened.exit_code() == 128 + signal.SIGHUP
    assert world.kinds()[-1] == "session.ended"
    assert not running()
    assert not (world.claw_home / "crash").exists(), "nothing went wrong inside claw"
    assert world.run("verify", "@last").returncode == 0
    assert world.run("replay", "@last").returncode == 0
    if how == "a signal":
        assert opened.as_it_was()


def test_what_was_open_is_told_when_the_session_goes_on(world: World, pseudo: Start) -> None:
    world.serve(text("Begun. ", *["more "] * 500, pace=0.05), text("Here I am."))
    opened = pseudo()
    to_a_reply(world, opened)
    opened.wait("Begun.")
    opened.hang_up()
    assert opened.exit_code() == 129
    again = pseudo("resume", "@last")
    again.wait("Begun.", "resumed")
    again.type("Go on.\r")
    again.wait("Here I am.")
