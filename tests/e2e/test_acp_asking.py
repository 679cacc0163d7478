"""What an editor is asked: whether a call may act, what the model wants to know, whether a plan is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.live.world import World, told, tool
from tests.cli.live.world import text as says
from tests.e2e.acp.client import CAPABLE, Editor, Message, chooses
from tests.e2e.test_questions import ASK

Start = Callable[..., Editor]


def write(name: str, content: str = "x") -> dict[str, Any]:
    return tool("Write", {"file_path": name, "content": content})


def data(world: World, kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in world.events() if event["kind"] == kind]


def answered(world: World) -> list[tuple[Any, ...]]:
    return [(one["allowed"], one["how"], one.get("scope", "once")) for one in data(world, "permission.answered")]


def asked(one: Editor, method: str = "session/request_permission") -> list[Message]:
    return [message["params"] for message in one.heard if message.get("method") == method]


def begun(one: Editor, **capabilities: object) -> str:
    one.initialize(**capabilities)
    return one.new()


def replays(world: World) -> None:
    for command in ("verify", "replay"):
        done = world.run(command, "@last")
        assert done.returncode == 0, told(done)


def test_a_call_is_allowed_once_for_the_session_or_not(world: World, editor: Start) -> None:
    """The log says that the program in front of claw said so, whoever has clicked in it."""
    replies = (write("a"), write("b"), write("c"), write("c", "y"), write("d"))
    world.serve(*replies, {**says("Done."), "expect": ["refused this call"]})
    one = editor(answering=chooses("allow_once", "reject_once", "allow_always", "reject_once"))
    session = begun(one)
    assert one.prompt(session, "Go.") == "end_turn"
    assert sorted(path.name for path in world.workspace.iterdir()) == ["a", "c"]
    assert answered(world) == [
        (True, "program", "once"),
        (False, "program", "once"),
        (True, "program", "session"),
        (False, "program", "once"),
    ]
    first = asked(one)[0]
    assert [option["kind"] for option in first["options"]][:2] == ["allow_once", "allow_always"]
    assert first["options"][-1]["kind"] == "reject_once"
    assert first["toolCall"]["content"][0]["newText"] == "x"
    assert first["toolCall"]["toolCallId"] == one.updates("tool_call")[0]["toolCallId"]
    assert one.call(1)["status"] == "failed"
    assert one.leave() == 0
    replays(world)


def test_what_rules_deny_is_not_asked(world: World, editor: Start) -> None:
    world.serve(write("a"), says("Done."))
    one = editor("--disallowed-tools", "Write")
    one.prompt(begun(one), "Go.")
    assert not asked(one)
    assert "Permission denied" in one.call()["content"][-1]["content"]["text"]


@pytest.mark.parametrize(
    ("answer", "how", "why"),
    [
        (None, "headless", "did not answer within 1 s"),
        ({"code": -32601, "message": "what?"}, "program", "The editor failed: what?"),
        ({}, "program", "cannot be read"),
        ({"outcome": {"outcome": "selected", "optionId": "ALLOW"}}, "program", "was not offered"),
        ({"outcome": "selected"}, "program", "cannot be read"),
    ],
)
def test_whatever_is_not_clearly_a_yes_is_a_no(world: World, editor: Start, answer: object, how: str, why: str) -> None:
    world.serve(write("a"), {**says("Without."), "expect": [why]})
    one = editor("--permission-timeout", "1s", answering=lambda message: answer)
    assert one.prompt(begun(one), "Go.") == "end_turn"
    assert answered(world) == [(False, how, "once")]
    assert not list(world.workspace.iterdir())
    cancels = [message["params"]["requestId"] for message in one.heard if message.get("method") == "$/cancel_request"]
    assert cancels == ([1] if answer is None else [])
    assert one.leave() == 0
    replays(world)


def test_a_question_that_is_cancelled_ends_the_turn(world: World, editor: Start) -> None:
    world.serve(write("a"), says("never"))
    one = editor(answering=lambda message: {"outcome": {"outcome": "cancelled"}})
    assert one.prompt(begun(one), "Go.") == "cancelled"
    replays(world)


def form(**content: object) -> Callable[[Message], object]:
    return lambda message: {"action": "accept", "content": content}


def test_questions_of_the_model_are_put_as_a_form(world: World, editor: Start) -> None:
    answer = ['=\\"Blue\\"', '=\\"Roof, Wall, and a garden\\"']
    world.serve(tool("AskUserQuestion", ASK), {**says("So be it."), "expect": answer})
    one = editor(answering=form(q1="Blue", q2=["Roof", "None", "Wall"], q2_words=" and a garden "))
    assert one.prompt(begun(one, **CAPABLE), "Go.") == "end_turn"
    (put,) = asked(one, "elicitation/create")
    fields = put["requestedSchema"]["properties"]
    assert [option["const"] for option in fields["q1"]["oneOf"]] == ["Red", "Blue"]
    assert fields["q2"]["type"] == "array"
    assert put["toolCallId"] == one.call()["toolCallId"]
    assert [one["how"] for one in data(world, "question.answered")] == ["program"]
    assert one.leave() == 0
    replays(world)


@pytest.mark.parametrize(
    ("answer", "how"),
    [
        ({"action": "decline"}, "declined"),
        ({"action": "cancel"}, "declined"),
        ({"action": "accept"}, "declined"),
        ({"action": "accept", "content": {"q1": "Green", "q2": 7}}, "declined"),
        ({"action": 7}, "headless"),
        ({"code": -32602, "message": "no"}, "headless"),
        (None, "headless"),
    ],
)
def test_a_form_that_nobody_fills_in(world: World, editor: Start, answer: object, how: str) -> None:
    world.serve(tool("AskUserQuestion", ASK), says("So be it."))
    one = editor("--permission-timeout", "1s", answering=lambda message: answer)
    assert one.prompt(begun(one, **CAPABLE), "Go.") == "end_turn"
    assert [one["how"] for one in data(world, "question.answered")] == [how]
    assert one.leave() == 0
    replays(world)


def test_an_editor_without_forms_is_not_asked(world: World, editor: Start) -> None:
    world.serve(tool("AskUserQuestion", ASK), {**says("I took red."), "expect": ["Nobody is there to answer"]})
    one = editor()
    assert one.prompt(begun(one), "Go.") == "end_turn"
    assert not asked(one, "elicitation/create")


@pytest.mark.parametrize(
    ("choice", "mode"), [("default", "default"), ("acceptEdits", "acceptEdits"), ("reject_once", "")]
)
def test_a_plan_is_accepted_into_a_mode_or_not(world: World, editor: Start, choice: str, mode: str) -> None:
    """The log says that the program in front of claw said so."""
    world.serve(tool("ExitPlanMode", {"plan": "1. Write it."}), says("Done."))
    one = editor("--permission-mode", "plan", answering=chooses(choice))
    assert one.prompt(begun(one), "Go.") == "end_turn"
    (put,) = asked(one)
    assert put["toolCall"]["kind"] == "switch_mode"
    assert "1. Write it." in put["toolCall"]["content"][0]["content"]["text"]
    (review,) = data(world, "plan.reviewed")
    assert (review["accepted"], review["how"]) == (bool(mode), "program")
    assert [told["currentModeId"] for told in one.updates("current_mode_update")] == ([mode] if mode else [])
    assert one.leave() == 0
    replays(world)
    assert (
        f"program, {'accepted, mode ' + mode if mode else 'not accepted'}"
        in world.run("log", "@last", "-k", "plan.*").stdout.decode()
    )


def test_a_plan_that_nobody_looks_at_stays_the_answer(world: World, editor: Start) -> None:
    world.serve(tool("ExitPlanMode", {"plan": "1. Write it."}), says("Done."))
    one = editor("--permission-mode", "plan", "--permission-timeout", "1s")
    assert one.prompt(begun(one), "Go.") == "end_turn"
    (review,) = data(world, "plan.reviewed")
    assert (review["accepted"], review["how"]) == (False, "headless")
