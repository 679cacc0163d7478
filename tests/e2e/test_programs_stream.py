"""Programs in front of claw: what they read is what the schema says, and several turns go through one process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterable
from typing import Any

import jsonschema_rs
import pytest

from claw.cli.programs.lines import LINES
from claw.cli.programs.schema import FILE, schema
from tests.cli.live.world import World, text, told, tool

TALK = ("--output-format", "stream-json", "--input-format", "stream-json")
SCHEMA: dict[str, Any] = json.loads(FILE.read_bytes())
READER = jsonschema_rs.validator_for(SCHEMA)
LIST = tool("Bash", {"command": "echo found"}, say="I look.")
EXPLORE = {"description": "look around", "prompt": "Look around.", "subagent_type": "explore"}


def user(content: object, **more: object) -> str:
    return json.dumps({"type": "user", "message": {"role": "user", "content": content}, **more})


def control(id: str, subtype: str, **more: object) -> str:
    return json.dumps({"type": "control_request", "request_id": id, "request": {"subtype": subtype, **more}})


def checked(stdout: Iterable[bytes]) -> list[dict[str, Any]]:
    """The lines, each of which is what the schema says."""
    found = [json.loads(line) for line in stdout]
    for line in found:
        READER.validate(line)
    return found


def kinds(lines: list[dict[str, Any]]) -> list[str]:
    return [f"{line['type']}/{line['subtype']}" if "subtype" in line else str(line["type"]) for line in lines]


def of(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["type"] == kind]


def test_the_schema_is_made_of_the_types_and_tells_wrong_lines() -> None:
    assert schema() == SCHEMA, "python -m claw.cli.programs.schema"
    assert len(SCHEMA["anyOf"]) == len(LINES)
    assert not READER.is_valid({"type": "result", "subtype": "success"})
    assert not READER.is_valid({"type": "nonsense"})


def test_a_prompt_as_text_is_told_in_the_shape_of_sdks_with_its_events(world: World) -> None:
    world.serve(LIST, tool("Write", {"file_path": "x", "content": "y"}), tool("None", {}), text("Three ", "words."))
    done = world.run("-p", "Look.", "--output-format", "stream-json", "--allowed-tools", "Bash(echo:*)")
    lines = checked(done.stdout.splitlines())
    events = of(lines, "event")
    assert [event["seq"] for event in events] == list(range(len(events)))
    messages = [line for line in lines if line["type"] != "event"]
    assert kinds(messages) == [
        "system/init",
        *("assistant", "user") * 3,
        "assistant",
        "result/success",
    ], told(done)
    first = messages[0]
    assert (first["cwd"], first["permissionMode"], first["schema_version"]) == (str(world.workspace), "default", 1)
    assert "Bash" in first["tools"]
    (said, call) = messages[1]["message"]["content"]
    assert (said["text"], call["name"], call["input"]) == ("I look.", "Bash", {"command": "echo found"})
    results = [one["message"]["content"][0] for one in of(messages, "user")]
    assert results[0] == {
        "type": "tool_result",
        "tool_use_id": call["id"],
        "content": [{"type": "text", "text": "found"}],
        "is_error": False,
    }
    assert [one["is_error"] for one in results] == [False, True, True]
    assert "There is no tool 'None'" in results[2]["content"][0]["text"]
    result = messages[-1]
    assert (result["result"], result["num_turns"], result["is_error"]) == ("Three words.", 4, False)
    (denied,) = result["permission_denials"]
    assert (denied["tool_name"], denied["by"]) == ("Write", "nobody")
    assert denied["tool_use_id"] == results[1]["tool_use_id"]
    assert len({line["uuid"] for line in messages}) == len(messages)


def test_replies_are_told_while_they_come(world: World) -> None:
    """Also those of agents, which name the call that has started them."""
    world.serve(
        tool("Agent", EXPLORE),
        text("Done", "."),
        threads=[{"when": "Look around.", "replies": [text("It is ", "here.")]}],
    )
    done = world.run("-p", "Go.", "--output-format", "stream-json", "--include-partial-messages")
    lines = checked(done.stdout.splitlines())
    call = of(lines, "assistant")[0]["message"]["content"][0]["id"]
    whole: dict[str | None, str] = {}
    for line in of(lines, "stream_event"):
        parent, delta = line["parent_tool_use_id"], line["event"].get("delta", {})
        whole[parent] = whole.get(parent, "") + delta.get("text", "") + delta.get("partial_json", "")
    assert whole[call] == "It is here."
    assert whole[None].endswith("Done.")
    assert json.loads(whole[None].removesuffix("Done.")) == EXPLORE
    named = [(one["parent_tool_use_id"], one["message"]["content"][0].get("text")) for one in of(lines, "assistant")]
    assert named == [(None, None), (call, "It is here."), (None, "Done.")]
    order = [line["event"]["type"] for line in of(lines, "stream_event") if line["parent_tool_use_id"] == call]
    assert order[0] == "message_start"
    assert order[-3:] == ["content_block_stop", "message_delta", "message_stop"]


def test_ends_that_are_no_success(world: World) -> None:
    refusing = {"type": "status", "status": 401, "message": "no such key"}
    world.serve({**text("never"), "faults": [refusing] * 9})
    done = world.run("-p", "Go.", "--output-format", "stream-json")
    lines = checked(done.stdout.splitlines())
    assert [one["subtype"] for one in of(lines, "system")] == ["init", "api_retry"]
    (result,) = of(lines, "result")
    assert (result["subtype"], result["is_error"], done.returncode) == ("error_during_execution", True, 7)
    assert result["errors"]
    world.serve(LIST, LIST)
    done = world.run("-p", "Go.", "--output-format", "stream-json", "--max-turns", "1", "--allowed-tools", "Bash")
    (result,) = of(checked(done.stdout.splitlines()), "result")
    assert (result["subtype"], result["terminal_reason"], done.returncode) == ("error_max_turns", "turns", 5)


def test_several_turns_in_one_process(world: World) -> None:
    """Messages wait for each other, a message that was received before is answered again and not done again, and the
    end of the input ends the session after its turn.
    """
    world.serve(LIST, text("First."), {**text("Second."), "expect": ["hello", "again", "and more"]}, text("Third."))
    said = [
        control("one", "initialize", hooks=None),
        user("hello", uuid="id-1", session_id="", parent_tool_use_id=None),
        user([{"type": "text", "text": "again"}, {"type": "text", "text": "and more"}]),
        user("hello", uuid="id-1"),
    ]
    done = world.run(*TALK, "--allowed-tools", "Bash", stdin="\n".join(said))
    lines = checked(done.stdout.splitlines())
    assert not of(lines, "event")
    results = of(lines, "result")
    assert [one["result"] for one in results] == ["First.", "Second."]
    assert [one["num_turns"] for one in results] == [2, 1]
    (answer,) = of(lines, "control_response")
    assert (answer["response"]["subtype"], answer["response"]["request_id"]) == ("success", "one")
    assert done.returncode == 0, told(done)
    assert len(world.sessions()) == 1
    assert world.run("verify", "@last").returncode == 0
    again = world.run("--resume", "@last", *TALK, stdin=user("hello", uuid="id-1") + "\n" + user("more") + "\n")
    results = of(checked(again.stdout.splitlines()), "result")
    assert [one["result"] for one in results] == ["First.", "Third."]
    assert world.run("replay", "@last").returncode == 0


BAD = [
    pytest.param(b'{"type":"user","message":{"role"', "it is no JSON", id="half a line"),
    pytest.param(b"hello", "it is no JSON", id="no JSON"),
    pytest.param(b"\xff\xfe", "it is no JSON", id="no text"),
    pytest.param(b"[" * 100_000, "it is no JSON", id="deep"),
    pytest.param(b"[1]", "no JSON object", id="a list"),
    pytest.param(b"{}", 'no "type"', id="no type"),
    pytest.param(b'{"type":"what\\u001b[2J"}', "no input of the type", id="another type"),
    pytest.param(b'{"type":"user"}', '"message"', id="no message"),
    pytest.param(b'{"type":"user","message":{"role":"assistant","content":"x"}}', "role user", id="a model's words"),
    pytest.param(b'{"type":"user","message":{"content":7}}', "is a text, or a list", id="no content"),
    pytest.param(b'{"type":"user","message":{"content":" "}}', "says nothing", id="empty"),
    pytest.param(b'{"type":"user","message":{"content":[{"type":"image"}]}}', "'image' is not taken", id="an image"),
    pytest.param(b'{"type":"control_request","request_id":1,"request":{}}', "request_id", id="no request"),
    pytest.param(b'{"type":"control_response","response":{"request_id":"x"}}', "nothing is asked", id="no question"),
]


def test_lines_that_are_not_understood_are_said_and_the_session_goes_on(world: World) -> None:
    world.serve(text("Fine."), text("Still."))
    wrong = [param.values[0] for param in BAD]
    done = world.run(*TALK, stdin=b"\n".join([*wrong, b"", user("go").encode(), user("on").encode(), wrong[0]]))
    lines = checked(done.stdout.splitlines())
    errors = [line for line in lines if line.get("subtype") == "input_error"]
    assert [one["line"] for one in errors] == [*range(1, len(BAD) + 1), len(BAD) + 3]
    for error, param in zip(errors, BAD, strict=False):
        assert param.values[1] in error["message"], error
    assert b"\x1b" not in done.stdout
    assert [one["result"] for one in of(lines, "result")] == ["Fine.", "Still."]
    assert done.returncode == 2
    assert f"{len(BAD) + 1} lines of standard input could not be understood" in told(done)
    assert world.run("verify", "@last").returncode == 0


def test_a_line_of_100_mb_is_not_kept(world: World) -> None:
    world.serve(text("Fine."))
    done = world.run(*TALK, stdin=user("x" * 100_000_000).encode() + b"\n" + user("go").encode() + b"\n")
    lines = checked(done.stdout.splitlines())
    assert kinds(lines) == ["system/init", "system/input_error", "assistant", "result/success"]
    assert "32000000 are the most" in lines[1]["message"]
    assert world.run("verify", "@last").returncode == 0


def test_what_may_be_asked_of_the_session(world: World) -> None:
    """The mode and the model, where a person could change them; what needs a flag needs it here, too."""
    world.serve(text("Fine."))
    said = [
        control("a", "set_permission_mode", mode="acceptEdits"),
        control("b", "set_permission_mode", mode="bypassPermissions"),
        control("c", "set_permission_mode", mode="yolo"),
        control("d", "set_model", model="claude-haiku-5-5"),
        control("e", "set_model"),
        control("f", "rewind_files"),
        control("g", "initialize", hooks={"PreToolUse": [{"hookCallbackIds": ["h"]}]}),
        control("h", "interrupt"),
        user("go"),
    ]
    done = world.run(*TALK, stdin="\n".join(said))
    lines = checked(done.stdout.splitlines())
    answers = {one["response"]["request_id"]: one["response"] for one in of(lines, "control_response")}
    assert {id: one["subtype"] for id, one in answers.items()} == {
        **dict.fromkeys("adh", "success"),
        **dict.fromkeys("bcefg", "error"),
    }
    assert "needs a flag" in answers["b"]["error"]
    assert "hooks are not taken from programs" in answers["g"]["error"]
    assert of(lines, "assistant")[0]["message"]["model"] == "claude-haiku-5-5"
    assert done.returncode == 0
    configured = [event["data"]["config"] for event in world.events() if event["kind"] == "session.config_changed"]
    assert {one["mode"] for one in configured} <= {"default", "acceptEdits"}


def _talking(world: World) -> subprocess.Popen[bytes]:
    running = world.spawn(*TALK, "--allowed-tools", "Bash", stdin=subprocess.PIPE)
    assert running.stdin is not None
    return running


def _until(running: subprocess.Popen[bytes], holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    assert running.stdout is not None
    for line in running.stdout:
        (found,) = checked([line])
        if holds(found):
            return found
    raise AssertionError("the output is over")


def _say(running: subprocess.Popen[bytes], line: str) -> None:
    assert running.stdin is not None
    running.stdin.write(line.encode() + b"\n")
    running.stdin.flush()


def test_a_turn_is_called_off_and_the_next_one_comes(world: World) -> None:
    world.serve(tool("Bash", {"command": "sleep 600"}), text("After."))
    running = _talking(world)
    _say(running, user("wait"))
    _until(running, lambda line: line["type"] == "assistant")
    _say(running, control("stop", "interrupt"))
    ended = _until(running, lambda line: line["type"] == "result")
    assert (ended["subtype"], ended["terminal_reason"]) == ("error_during_execution", "interrupted")
    _say(running, user("go on"))
    assert _until(running, lambda line: line["type"] == "result")["result"] == "After."
    running.communicate()
    assert running.returncode == 0
    assert world.run("replay", "@last").returncode == 0


def test_a_signal_ends_it_though_the_input_stays_open(world: World) -> None:
    world.serve(tool("Bash", {"command": "sleep 600"}), text("never"))
    running = _talking(world)
    _say(running, user("wait"))
    _until(running, lambda line: line["type"] == "assistant")
    os.kill(running.pid, signal.SIGTERM)
    _until(running, lambda line: line["type"] == "result")
    assert running.wait() == 143
    running.communicate()
    assert world.kinds()[-1] == "session.ended"


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--input-format", "stream-json"), "needs --output-format stream-json"),
        (("--input-format", "xml"), "no input format 'xml'"),
        ((*TALK, "-p", "hello"), "not as an argument"),
        (("-p", "x", "--include-partial-messages"), "is for --output-format stream-json"),
    ],
)
def test_flags_that_say_different_things(world: World, flags: tuple[str, ...], words: str) -> None:
    done = world.run(*flags)
    assert (done.returncode, done.stdout) == (2, b"")
    assert words in told(done)
    assert world.sessions() == []
