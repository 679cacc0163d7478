"""What the model asks the person: choices, several of them, own words, no answer, nobody there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.cli.live.tmux import Terminal, ready
from tests.cli.live.world import World, text, told, tool

Start = Callable[..., Terminal]

COLOUR = {
    "question": "Which colour shall it have?",
    "header": "Colour",
    "multiSelect": False,
    "options": [{"label": "Red", "description": "like a rose"}, {"label": "Blue", "description": "like the sea"}],
}
PARTS = {
    "question": "Which parts are wanted?",
    "header": "Parts",
    "multiSelect": True,
    "options": [{"label": label, "description": "a part"} for label in ("Roof", "Door", "Wall")],
}
ASK = {"questions": [COLOUR, PARTS]}


def data(world: World, kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in world.events() if event["kind"] == kind]


def asked(opened: Terminal, question: str) -> str:
    return opened.wait(question, "No answer", "Press a key")


def replays(world: World) -> None:
    done = world.run("replay", "@last")
    assert done.returncode == 0, told(done)


def test_choices_reach_the_model_by_their_labels(world: World, terminal: Start) -> None:
    answer = '\\"Which colour shall it have?\\"=\\"Blue\\", \\"Which parts are wanted?\\"=\\"Roof, Wall\\"'
    world.serve(tool("AskUserQuestion", ASK), {**text("Blue it is."), "expect": [answer]})
    opened = ready(terminal())
    opened.enter("Build it.")
    screen = asked(opened, "claw asks (Colour, 1 of 2): Which colour shall it have?")
    assert "1 Red - like a rose" in screen
    opened.press("2")
    asked(opened, "claw asks (Parts, 2 of 2): Which parts are wanted?")
    for key in "1", "2", "3":
        opened.press(key)
        opened.wait(f"{key} [x]")
        asked(opened, "Which parts are wanted?")
    # Marked once more, it is no longer marked.
    opened.press("2")
    opened.wait("2 [ ] Door")
    asked(opened, "Which parts are wanted?")
    opened.press("4")
    opened.wait("● Blue it is.")
    (answered,) = data(world, "question.answered")
    assert answered["answers"] == [{"chosen": ["Blue"]}, {"chosen": ["Roof", "Wall"]}]
    assert not data(world, "permission.asked")
    opened.enter("/quit")
    opened.exit_code()
    replays(world)


def test_own_words_a_sentence_no_answer_and_esc(world: World, terminal: Start) -> None:
    one = {"questions": [COLOUR]}
    world.serve(
        {**tool("AskUserQuestion", one), "pace": 0.02},
        {**tool("AskUserQuestion", one), "expect": ['=\\"Green, as grass\\"'], "refuse": ["2 yes, 1 no"]},
        {**tool("AskUserQuestion", one), "expect": ["The user declined to answer"]},
        {**text("Never mind."), "expect": ["Interrupted by the user before they answered."]},
    )
    opened = ready(terminal())
    opened.enter("Paint it.")
    asked(opened, "Which colour")
    # What is typed for a sentence answers nothing.
    opened.type("2 yes, 1 no")
    opened.wait("> 2 yes, 1 no")
    opened.press("Enter")
    opened.wait("2 yes, 1 no  (queued)")
    assert not data(world, "question.answered")
    asked(opened, "Which colour")
    opened.press("3")
    opened.wait("Enter sends the answer")
    opened.type("Green, as grass")
    opened.press("Enter")
    opened.wait_count("● AskUserQuestion(Which colour shall it have?)", 2)
    asked(opened, "Which colour")
    opened.press("4")
    opened._until(lambda _: len(data(world, "question.asked")) == 3, "the third question")
    asked(opened, "Which colour")
    opened.press("Escape")
    opened.wait("interrupted; what next?")
    opened.enter("Well?")
    opened.wait("● Never mind.")
    assert [one["how"] for one in data(world, "question.answered")] == ["person", "declined", "withdrawn"]
    opened.enter("/quit")
    opened.exit_code()
    replays(world)


def test_nobody_is_there_in_a_run_without_a_terminal(world: World) -> None:
    world.serve(tool("AskUserQuestion", ASK), {**text("I took red."), "expect": ["Nobody is there to answer"]})
    done = world.run("-p", "Build it.")
    assert (done.returncode, done.stdout) == (0, b"I took red.\n")
    assert data(world, "question.answered")[0]["how"] == "headless"
    replays(world)


def test_a_terminal_that_can_only_be_written_to(world: World, terminal: Start) -> None:
    answer = '=\\"Red\\", \\"Which parts are wanted?\\"=\\"Roof, Wall\\"'
    world.serve(tool("AskUserQuestion", ASK), {**text("So be it."), "expect": [answer]})
    opened = terminal(TERM="dumb")
    opened.wait("/help")
    opened.enter("Build it.")
    opened.wait("Which colour shall it have?", "1, 2, 3, 4:")
    time.sleep(1.1)  # as long as a question has to stand there before it is answered
    opened.enter("1")
    opened.wait("Which parts are wanted?", "Type keys, as in 1,2")
    time.sleep(1.1)
    opened.enter("1, 3")
    opened.wait("● So be it.")
    replays(world)


def test_no_agent_is_offered_a_question(world: World) -> None:
    """Agents are told that nobody answers them; they cannot ask, nor go into plan mode or out of it."""
    task = {"description": "look", "prompt": "Look.", "subagent_type": "general-purpose"}
    told_so = "There is no tool 'AskUserQuestion'"
    theirs = [tool("AskUserQuestion", ASK), {**text("I could not ask."), "expect": [told_so]}]
    mine = [tool("Agent", task), text("Done.")]
    world.serve(*mine, threads=[{"when": "Look.", "replies": theirs}])
    done = world.run("-p", "Have it done.")
    assert done.stdout == b"Done.\n", told(done)
    assert not data(world, "question.asked")
    replays(world)
