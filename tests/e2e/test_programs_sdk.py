"""The official Python SDK of Claude Code drives claw: what it types and says, as it was recorded of version 0.2.189.

The SDK is no dependency: its package brings a program of 180 MB.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest

from tests.cli.live.world import World, text, told, tool
from tests.e2e.test_programs_stream import checked, kinds, of

BEGIN = ("--output-format", "stream-json", "--verbose")
END = ("--input-format", "stream-json")
RICH = (
    *BEGIN,
    *("--system-prompt", "You are Bob.", "--tools", "default", "--allowedTools", "Read,Grep", "--max-turns", "20"),
    *("--disallowedTools", "WebFetch", "--model", "claude-sonnet-4-5", "--fallback-model", "claude-haiku-4-5"),
    *("--permission-prompt-tool", "stdio", "--permission-mode", "default"),
    *("--settings", '{"permissions":{"deny":["Read(secret)"]}}', "--add-dir", "/tmp", "--include-partial-messages"),
    "--setting-sources=user,project",
    *END,
)
AGENTS = {"rev": {"description": "reviews", "prompt": "Review as Ann would.", "tools": ["Read"]}}
ASK = {
    "questions": [
        {
            "question": "Which colour?",
            "header": "Colour",
            "multiSelect": False,
            "options": [{"label": "Red", "description": "a"}, {"label": "Blue", "description": "b"}],
        }
    ]
}


def prompt(content: str) -> dict[str, Any]:
    message = {"role": "user", "content": content}
    return {"type": "user", "message": message, "parent_tool_use_id": None, "session_id": "default"}


def initialize(**more: object) -> dict[str, Any]:
    request = {"subtype": "initialize", "hooks": None, **more}
    return {"type": "control_request", "request_id": "req_1_d51dd20a", "request": request}


def query(world: World, flags: Sequence[str], *said: dict[str, Any]) -> list[dict[str, Any]]:
    """As `query()` with a text: all is said at once, and the input ends."""
    stdin = "".join(json.dumps(line) + "\n" for line in said)
    done = world.run(*flags, stdin=stdin, CLAUDE_CODE_ENTRYPOINT="sdk-py", CLAUDE_AGENT_SDK_VERSION="0.2.189")
    assert done.returncode == 0, told(done)
    return checked(done.stdout.splitlines())


def request_of(world: World, seq: int, session: str = "@last") -> str:
    return world.run("show", f"{session}@{seq}", "--request").stdout.decode()


def requests(world: World) -> list[int]:
    return [event["seq"] for event in world.events() if event["kind"] == "model.requested"]


def test_a_client_talks_answers_and_changes_the_mode(world: World) -> None:
    """`ClaudeSDKClient` with `can_use_tool`, which gives back what was suggested to it."""
    world.serve(
        tool("Bash", {"command": "touch one"}),
        tool("Bash", {"command": "touch one"}),
        tool("AskUserQuestion", ASK),
        {**text("Blue."), "expect": ['\\"Which colour?\\"=\\"Blue\\"']},
        tool("Write", {"file_path": "two", "content": "x"}),
        text("Written."),
    )
    running = world.spawn(*RICH, stdin=subprocess.PIPE)
    assert running.stdin is not None
    assert running.stdout is not None
    assert running.stderr is not None

    def say(line: dict[str, Any]) -> None:
        assert running.stdin is not None
        running.stdin.write(json.dumps(line).encode() + b"\n")
        running.stdin.flush()

    say(initialize())
    say(prompt("go"))
    lines: list[dict[str, Any]] = []
    asked: list[str] = []
    for raw in running.stdout:
        lines += checked([raw])
        line = lines[-1]
        if line["type"] == "control_request":
            request = line["request"]
            asked.append(request["tool_name"])
            answer = {"behavior": "allow", "updatedInput": request["input"]}
            if request["tool_name"] == "AskUserQuestion":
                answer["updatedInput"] = {**request["input"], "answers": {"Which colour?": "Blue"}}
            else:
                answer["updatedPermissions"] = request["permission_suggestions"]
            response = {"subtype": "success", "request_id": line["request_id"], "response": answer}
            say({"type": "control_response", "response": response})
        elif line["type"] == "result" and len(of(lines, "result")) == 1:
            request = {"subtype": "set_permission_mode", "mode": "acceptEdits"}
            say({"type": "control_request", "request_id": "req_2_d51dd20b", "request": request})
            say(prompt("again"))
        elif line["type"] == "result":
            running.stdin.close()
    assert running.stderr.read() == b""
    running.stderr.close()
    running.stdout.close()
    assert running.wait() == 0
    assert asked == ["Bash", "AskUserQuestion"]
    assert [one["result"] for one in of(lines, "result")] == ["Blue.", "Written."]
    assert of(lines, "stream_event")
    granted = [event["data"] for event in world.events() if event["kind"] == "permission.granted"]
    assert [(one["scope"], one["rule"]) for one in granted] == [("session", "Bash(touch one)")]
    assert {event["data"]["how"] for event in world.events() if event["kind"] == "question.answered"} == {"program"}
    assert "You are Bob." in request_of(world, requests(world)[0])
    for command in "replay", "verify":
        assert world.run(command, "@last").returncode == 0


def test_a_query_with_no_options_has_an_empty_prompt(world: World) -> None:
    world.serve(text("Hi."))
    lines = query(world, (*BEGIN, "--system-prompt", "", *END), initialize(), prompt("hello"))
    assert kinds(lines)[-2:] == ["assistant", "result/success"]
    started = next(event["data"] for event in world.events() if event["kind"] == "session.started")
    assert started["prompts"]["system"] == ""


def test_a_query_goes_on_in_a_fork_with_another_prompt_and_agents_of_its_own(world: World) -> None:
    world.serve(text("one"), text("two"), text("three"))
    first = query(world, (*BEGIN, "--append-system-prompt", "Be short.", *END), initialize(), prompt("1"))
    session = first[0]["session_id"]
    fork = (*BEGIN, "--system-prompt", "", f"--resume={session}", "--fork-session", *END)
    second = query(world, fork, initialize(), prompt("2"))
    assert second[0]["session_id"] != session
    assert second[-1]["result"] == "two"
    last = (*BEGIN, "--append-system-prompt", "Be long.", "--continue", *END)
    third = query(world, last, initialize(agents=AGENTS), prompt("3"))
    assert third[0]["session_id"] == second[0]["session_id"]
    response = next(line["response"]["response"] for line in of(third, "control_response"))
    assert {"name": "rev", "description": "reviews"} in response["agents"]
    asked = requests(world)
    assert "Be short." in request_of(world, asked[0])
    assert "Be short." not in request_of(world, asked[1])
    assert "Be long." in request_of(world, asked[2])
    assert "reviews" in request_of(world, asked[2])
    resumed = [event["data"].get("system") for event in world.events() if event["kind"] == "session.resumed"]
    assert resumed[0] == ""
    for one in world.sessions():
        for command in "replay", "verify":
            assert world.run(command, one).returncode == 0


def test_agents_of_the_program_work(world: World) -> None:
    """They are what it says, and are replayed though the program is gone."""
    explore = {"description": "look", "prompt": "Look around.", "subagent_type": "rev"}
    world.serve(
        tool("Agent", explore),
        text("Done."),
        threads=[{"when": "Look around.", "replies": [{**text("Fine."), "expect": ["Review as Ann would."]}]}],
    )
    lines = query(world, (*BEGIN, *END), initialize(agents=AGENTS), prompt("go"))
    assert lines[-1]["result"] == "Done."
    assert world.run("replay", "@last").returncode == 0


@pytest.mark.parametrize(
    ("agents", "words"),
    [
        ([], ""),
        ({"rev": {"prompt": "x"}}, "it has no description"),
        ({"rev": 5}, "rev is no object"),
        ({"a/b": {"description": "x", "prompt": "y"}}, "cannot be a name"),
        ({"rev": {"description": "x", "prompt": "y", "colour": "red"}}, "there is no key 'colour'"),
        ({"rev": {"description": "x", "prompt": ["y"]}}, "is no text"),
    ],
)
def test_agents_that_cannot_be_are_refused_and_the_session_goes_on(world: World, agents: object, words: str) -> None:
    world.serve(text("Hi."))
    lines = query(world, (*BEGIN, *END), initialize(agents=agents), prompt("hello"))
    response = of(lines, "control_response")[0]["response"]
    assert response["subtype"] == ("error" if words else "success")
    assert words in response.get("error", "")
    assert lines[-1]["result"] == "Hi."
