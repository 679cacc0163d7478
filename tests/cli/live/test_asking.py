"""What takes the keyboard from a line that is being written: a question does not, whatever keys it listens to."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable

from claw.cli.terminal.inquiry import QUIET_S, Inquiry, Subject
from claw.cli.terminal.layout import line
from tests.cli.live.tmux import Terminal, answer, asked, key_of, ready
from tests.cli.live.world import World, text, tool

Start = Callable[..., Terminal]

SENTENCE = "1 2 yes no, y or n: 3 of them are my only copy, 4 5 6"
"""Full of keys that questions listen to."""


def kept(world: World) -> bool:
    return (world.workspace / "build").exists()


def tidying(world: World, *more: dict[str, object]) -> None:
    (world.workspace / "build").mkdir()
    world.serve(tool("Bash", {"command": "rmdir build"}, say="word " * 30, pace=0.04), *more)


def test_a_sentence_that_was_begun_before_a_question_answers_nothing_and_is_kept(world: World, terminal: Start) -> None:
    tidying(world, {**text("Tidied."), "refuse": [SENTENCE]}, {**text("Done."), "expect": [SENTENCE]})
    opened = ready(terminal())
    opened.enter("Tidy up.")
    opened.wait("● word")
    for letter in SENTENCE:
        opened.type(letter)
        if letter == ",":
            # A person who thinks in the middle of it: the line is not empty, so the question takes nothing.
            opened.wait("May claw do this?")
            time.sleep(1.2)
    screen = opened.wait(f"> {SENTENCE}", "Tab sets it aside")
    assert kept(world)
    assert "Press a key" not in screen
    opened.press("Enter")
    opened.wait(f"{SENTENCE}  (queued)")
    assert kept(world)
    # Arrows and Enter at once, and what is pasted, are no answer either.
    opened.press("Down", "Enter")
    opened.paste("1\n")
    opened.wait("> 1")
    opened.press("BSpace", "BSpace")
    asked(opened)
    # On an empty line and after a moment, letters that come one after the other begin a sentence.
    opened.type("no, wait for me")
    opened.wait("> no, wait for me")
    assert kept(world)
    opened.press("Tab")
    answer(opened, "Yes, this once")
    opened.wait("● Done.", "> no, wait for me")
    assert not kept(world)


def test_a_question_takes_keys_once_it_can_have_been_read() -> None:
    async def ripe(age: float) -> bool:
        return Inquiry(Subject(line("Well?")), [], since=time.monotonic() - age).ripe

    assert not asyncio.run(ripe(0))
    assert asyncio.run(ripe(QUIET_S))


def test_each_key_does_what_its_line_says_and_n_is_no(world: World, terminal: Start) -> None:
    world.serve(*[tool("Bash", {"command": "touch made"})] * 4, text("Done."))
    opened = ready(terminal())
    opened.enter("Make it.")
    for number, key in enumerate(["n", "No", "y", "Yes, this once, with access to the network"]):
        screen = asked(opened)
        opened.press(key if len(key) == 1 and key != "No" else key_of(screen, key))
        opened._until(lambda _, number=number: len(answers(world)) > number, "the answer")  # type: ignore[misc]
    opened.wait("● Done.")
    said = [(data["allowed"], data.get("network", False)) for data in answers(world)]
    assert said == [(False, False), (False, False), (True, False), (True, True)]


def answers(world: World) -> list[dict[str, object]]:
    return [event["data"] for event in world.events() if event["kind"] == "permission.answered"]


def test_a_sentence_does_not_trust_a_folder(world: World, terminal: Start) -> None:
    (world.workspace / ".claude").mkdir()
    (world.workspace / ".claude/settings.json").write_text(json.dumps({"permissions": {"allow": ["Write"]}}))
    world.serve({**text("Hello."), "expect": ["yes and no"]})
    opened = terminal()
    opened.wait("Trust just this?")
    opened.type("yes and no")
    opened.wait("> yes and no", "Tab sets it aside")
    opened.press("Enter")
    opened.wait("Press a key")
    assert not (world.claw_home / "trust.json").exists()
    opened.press("n")
    # What was sent before the session began is its first message.
    opened.wait("> yes and no", "● Hello.")
    (trusted,) = json.loads((world.claw_home / "trust.json").read_text())["workspaces"].values()
    assert trusted["trusted"] is False


def test_the_shell_is_back_for_a_while(world: World, terminal: Start) -> None:
    """Ctrl-Z at rest, with half a line and with a question; what is running goes on."""
    world.serve(tool("Bash", {"command": "touch made"}), text("Done."))
    opened = terminal(shell=True)
    opened.wait("SH>")
    opened.enter("claw")
    ready(opened)
    opened.type("half a line")
    opened.wait("> half a line")
    for shown in "> half a line", "Press a key":
        opened.press("C-z")
        opened.wait("Stopped")
        opened.enter("stty -a | tr ';' '\\n' | grep -c -w -e -icanon; echo $((6 * 7)) in the shell")
        opened.wait("0\n42 in the shell")
        opened.enter("clear; fg")
        opened.wait(shown)
        if shown.startswith(">"):
            opened.enter(" and more")
            asked(opened)
    answer(opened, "Yes, this once")
    opened.wait("● Done.")
    assert [event["data"]["text"] for event in world.events() if event["kind"] == "input.received"] == [
        "half a line and more"
    ]
    opened.enter("/quit")
    opened.wait("SH>")
