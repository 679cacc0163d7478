"""A program says whether calls may act, which is recorded as its word, and is a no where it is unclear."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.cli.live.world import World, told, tool
from tests.cli.live.world import text as says
from tests.e2e.test_programs_stream import TALK, checked, kinds, of, user

ASKED = (*TALK, "--permission-prompt-tool", "stdio")


def write(name: str) -> dict[str, Any]:
    return tool("Write", {"file_path": name, "content": "x"})


def converse(world: World, answers: list[object], *flags: str) -> tuple[list[dict[str, Any]], int]:
    """A run of one turn whose questions get these answers in turn: None is none; "close" ends the input."""
    running = world.spawn(*ASKED, *flags, stdin=subprocess.PIPE)
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(user("go").encode() + b"\n")
    running.stdin.flush()
    lines: list[dict[str, Any]] = []
    for raw in running.stdout:
        lines += checked([raw])
        if lines[-1]["type"] == "result" and not running.stdin.closed:
            running.stdin.close()
        if lines[-1]["type"] != "control_request":
            continue
        answer = answers.pop(0)
        if answer == "close":
            running.stdin.close()
        elif answer is not None:
            response = {"subtype": "success", "request_id": lines[-1]["request_id"], "response": answer}
            if isinstance(answer, str):
                response = {"subtype": "error", "request_id": lines[-1]["request_id"], "error": answer}
            running.stdin.write(json.dumps({"type": "control_response", "response": response}).encode() + b"\n")
            running.stdin.flush()
    assert running.stderr is not None
    running.stderr.close()
    running.stdout.close()
    assert not answers
    return lines, running.wait()


def answered(world: World) -> list[tuple[bool, str, str]]:
    said = [event["data"] for event in world.events() if event["kind"] == "permission.answered"]
    return [(one["allowed"], one["how"], one.get("reason", "")) for one in said]


def test_a_program_allows_and_denies(world: World) -> None:
    """Each answer holds for one call; one with another input is told to the model, whose next call is judged anew."""
    other = {"file_path": "other", "content": "y"}
    world.serve(
        write("a"),
        write("b"),
        {**write("c"), "expect": ["The program in front refused this call: not b"]},
        {**tool("Write", other), "expect": ["another input", "other"]},
        write("d"),
        {**write("e"), "expect": ["failed: it broke"]},
        {**says("Done."), "expect": ["behavior"]},
    )
    answers: list[object] = [
        {"behavior": "allow", "updatedInput": {"file_path": "a", "content": "x"}},
        {"behavior": "deny", "message": "not b"},
        {"behavior": "allow", "updatedInput": other},
        {"behavior": "allow"},
        "it broke",
        {"behavior": "ALLOW"},
    ]
    lines, code = converse(world, answers, "--disallowed-tools", "Read")
    asked = of(lines, "control_request")
    assert [one["request"]["input"]["file_path"] for one in asked] == ["a", "b", "c", "other", "d", "e"]
    calls = [one["message"]["content"][-1]["id"] for one in of(lines, "assistant")[:-1]]
    assert [one["request"]["tool_use_id"] for one in asked] == calls
    assert sorted(path.name for path in world.workspace.iterdir()) == ["a", "other"]
    said = [allowed for allowed, how, _ in answered(world) if how == "program"]
    assert said == [True, False, False, True, False, False]
    (result,) = of(lines, "result")
    assert {one["by"] for one in result["permission_denials"]} == {"program"}
    assert (result["result"], code) == ("Done.", 0)
    assert world.run("replay", "@last").returncode == 0
    assert "no, once, program: not b" in world.run("log", "@last", "-k", "permission.*").stdout.decode()


def test_what_rules_deny_is_not_asked(world: World) -> None:
    world.serve(write("a"), says("Done."))
    lines, _ = converse(world, [], "--disallowed-tools", "Write")
    assert not of(lines, "control_request")
    (denied,) = of(lines, "result")[0]["permission_denials"]
    assert denied["by"] == "rule"


def test_an_answer_may_end_the_turn(world: World) -> None:
    world.serve(write("a"), says("never"))
    lines, _ = converse(world, [{"behavior": "deny", "message": "stop", "interrupt": True}])
    assert of(lines, "result")[0]["terminal_reason"] == "interrupted"
    assert world.run("replay", "@last").returncode == 0


@pytest.mark.parametrize(
    ("answer", "flags", "why"),
    [
        pytest.param(None, ("--permission-timeout", "1s"), "did not answer within 1 s", id="silence"),
        pytest.param("close", (), "has closed standard input", id="gone"),
    ],
)
def test_who_never_answers_is_nobody(world: World, answer: object, flags: tuple[str, ...], why: str) -> None:
    world.serve(write("a"), {**says("Without."), "expect": [why]})
    lines, code = converse(world, [answer], *flags)
    assert "control_cancel_request" in kinds(lines)
    ((allowed, how, reason),) = answered(world)
    assert (allowed, how) == (False, "headless")
    assert why in reason
    assert of(lines, "result")[0]["result"] == "Without."
    assert code == 3
    assert world.run("verify", "@last").returncode == 0


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("-p", "x", "--permission-prompt-tool", "stdio"), "needs --input-format stream-json"),
        ((*TALK, "--permission-prompt-tool", "mcp__a__b"), "can be stdio"),
        ((*TALK, "--permission-timeout", "1s"), "is for --permission-prompt-tool"),
        ((*ASKED, "--permission-timeout", "soon"), "--permission-timeout must be"),
    ],
)
def test_flags_that_cannot_be(world: World, flags: tuple[str, ...], words: str) -> None:
    done = world.run(*flags)
    assert done.returncode == 2
    assert words in told(done)


def rule(tool_name: str, content: str, **more: str) -> dict[str, Any]:
    given = {"type": "addRules", "rules": [{"toolName": tool_name, "ruleContent": content}], "behavior": "allow"}
    return {**given, "destination": "session", **more}


def test_what_was_not_suggested_is_not_granted(world: World) -> None:
    """The call alone is allowed, whatever else the program would give: wider, for always, another mode, no list."""
    given: list[object] = [
        [rule("Bash", "touch:*")],
        [rule("Bash", "touch 1", destination="userSettings")],
        [{"type": "setMode", "mode": "bypassPermissions", "destination": "session"}],
        [{"type": "addDirectories", "directories": ["/"], "destination": "session"}],
        "everything",
        [rule("Bash", "touch 5")],
    ]
    numbers = [*range(len(given)), len(given) - 1]
    world.serve(*(tool("Bash", {"command": f"touch {number}"}) for number in numbers), says("Done."))
    lines, code = converse(world, [{"behavior": "allow", "updatedPermissions": one} for one in given])
    assert code == 0
    suggested = [one["request"]["permission_suggestions"] for one in of(lines, "control_request")]
    assert suggested == [[rule("Bash", f"touch {number}")] for number in range(len(given))]
    said = [event["data"] for event in world.events() if event["kind"] == "permission.granted"]
    assert [(one["scope"], one.get("rule", "")) for one in said] == [
        *[("once", "")] * (len(given) - 1),
        ("session", "Bash(touch 5)"),
    ]
    assert not (world.home / ".claude").exists()


def test_a_program_that_dies_with_a_question_open_leaves_a_whole_log(world: World) -> None:
    world.serve(write("a"), says("never"))
    running = world.spawn(*ASKED, stdin=subprocess.PIPE)
    assert running.stdin is not None
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdin.write(user("go").encode() + b"\n")
    running.stdin.flush()
    for raw in running.stdout:
        if json.loads(raw)["type"] == "control_request":
            break
    running.stdout.close()
    running.stdin.close()
    assert running.wait() == 141
    running.stderr.close()
    assert not (world.workspace / "a").exists()
    assert world.kinds()[-1] == "session.ended"
    for command in "verify", "replay":
        assert world.run(command, "@last").returncode == 0


def test_a_program_that_floods_is_answered_line_by_line(world: World) -> None:
    """Answers to nothing, half lines and requests, thousands of them, and in the midst a turn that is as any other."""
    world.serve(says("Fine."))
    odd = [
        json.dumps({"type": "control_response", "response": {"subtype": "success", "request_id": "x", "response": {}}}),
        '{"type":"user","message":{"role":"us',
        json.dumps({"type": "control_request", "request_id": "y", "request": {"subtype": "nothing"}}),
    ]
    done = world.run(*ASKED, stdin="\n".join([*odd * 700, user("go"), *odd * 700]))
    lines = checked(done.stdout.splitlines())
    assert len([line for line in lines if line.get("subtype") == "input_error"]) == 2 * 1400
    assert len(of(lines, "control_response")) == 1400
    assert [one["result"] for one in of(lines, "result")] == ["Fine."]
    assert len(world.events()) < 60
    assert world.run("verify", "@last").returncode == 0
