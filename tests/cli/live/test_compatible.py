"""A session with a server that speaks Chat Completions in its own way, by the real program, and its replay."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.live.world import World, told
from tests.providers.odd_server import Answered, odd_server, sse


def call(path: str) -> dict[str, Any]:
    arguments = {"file_path": path}
    return {"id": "call_1", "function": {"name": "read", "arguments": arguments}, "extra_content": {"signature": path}}


def answer(body: dict[str, Any]) -> Answered:
    """It takes no `stream_options`, gives all calls one id, and wants its thinking and its signatures back."""
    if "stream_options" in body:
        return Answered(b'{"detail": [{"loc": ["body", "stream_options"], "msg": "extra"}]}', "application/json", 422)
    said = [one for one in body["messages"] if one["role"] == "assistant"]
    if not said:
        calls = {"reasoning_content": "hm", "tool_calls": [call("a.txt"), call("b.txt")]}
        return Answered(sse({"choices": [{"delta": calls, "finish_reason": "stop"}]}))
    calls = said[0]["tool_calls"]
    results = {one["tool_call_id"]: one["content"].split()[-1] for one in body["messages"] if one["role"] == "tool"}
    told_back = [(one["extra_content"]["signature"], results[one["id"]]) for one in calls]
    text = f"{[one.get('reasoning_content') for one in said]} {told_back}"
    return Answered(sse({"choices": [{"message": {"content": text}}]}, "[DONE]"))


def test_a_session_with_an_odd_server_goes_on_and_replays(world: World) -> None:
    (world.workspace / "a.txt").write_text("AAA\n")
    (world.workspace / "b.txt").write_text("BBB\n")
    with odd_server(answer) as server:
        environ = {"OPENAI_BASE_URL": f"{server.url}/v1", "CLAW_MAX_RETRIES": "0"}
        first = world.run("-p", "look", "--model", "openai-chat/m", **environ)
        assert first.returncode == 0, told(first)
        assert first.stdout.decode().strip() == "['hm'] [('a.txt', 'AAA'), ('b.txt', 'BBB')]"
        again = world.run("resume", "@last", "-p", "and now?", **environ)
        assert again.stdout.decode().strip() == "['hm', ''] [('a.txt', 'AAA'), ('b.txt', 'BBB')]", told(again)
        assert ["stream_options" in body for body in server.bodies] == [True, False, False, False]
    replayed = world.run("replay", "@last")
    assert replayed.returncode == 0, told(replayed)
    assert world.kinds().count("model.failed") == 1


def said(text: str) -> Answered:
    return Answered(sse({"choices": [{"delta": {"content": text}, "finish_reason": "stop"}]}, "[DONE]"))


def test_a_server_without_responses_is_asked_by_chat_completions_from_then_on(world: World) -> None:
    def answer(body: dict[str, Any]) -> Answered:
        return said("Hi.") if "messages" in body else Answered(b'{"detail": "Not Found"}', "application/json", 404)

    with odd_server(answer) as server:
        environ = {"OPENAI_BASE_URL": f"{server.url}/v1", "CLAW_MAX_RETRIES": "0"}
        first = world.run("-p", "look", "--model", "openai/m", **environ)
        assert (first.returncode, first.stdout) == (0, b"Hi.\n"), told(first)
        assert told(first).count("It is asked by Chat Completions from now on") == 1
        again = world.run("resume", "@last", "-p", "and now?", **environ)
        assert (again.stdout, told(again).count("Chat Completions")) == (b"Hi.\n", 0), told(again)
    assert server.paths == ["/v1/responses", *["/v1/chat/completions"] * 2]
    asked = [event["data"]["api"] for event in world.events() if event["kind"] == "model.requested"]
    assert asked == ["openai-responses", "openai-chat", "openai-chat"]
    assert [world.run(command, "@last").returncode for command in ("replay", "verify")] == [0, 0]


def test_a_server_without_tools_and_instructions_answers_and_the_person_is_told_once(world: World) -> None:
    def answer(body: dict[str, Any]) -> Answered:
        if "tools" in body:
            return Answered(b'{"error": "model \'m\' does not support tools"}', "application/json", 400)
        if body["messages"][0]["role"] == "system":
            return Answered(b'{"error": {"message": "System role not supported"}}', "application/json", 500)
        return said("Hi.")

    with odd_server(answer) as server:
        environ = {"OPENAI_BASE_URL": f"{server.url}/v1", "CLAW_MAX_RETRIES": "0"}
        done = world.run("-p", "look", "--model", "m", **environ)
        assert (done.returncode, done.stdout) == (0, b"Hi.\n"), told(done)
        assert told(done).count("This model takes no tools, so it goes on without them") == 1
        again = world.run("resume", "@last", "-p", "and now?", **environ)
        assert (again.stdout, told(again).count("takes no tools")) == (b"Hi.\n", 0), told(again)
    assert len(server.bodies) == 4
    assert world.run("replay", "@last").returncode == 0


def test_arguments_in_texts_are_what_is_judged_and_done(world: World) -> None:
    (world.workspace / "a.txt").write_text("one\ntwo\nthree\n")

    def answer(body: dict[str, Any]) -> Answered:
        results = [one["content"] for one in body["messages"] if one["role"] == "tool"]
        if results:
            return said(" / ".join(results))
        arguments = ({"file_path": "a.txt", "limit": "1", "offset": "2"}, {"file_path": "a.txt", "limit": "few"})
        calls = [
            {"index": index, "id": f"c{index}", "function": {"name": "Read", "arguments": json.dumps(one)}}
            for index, one in enumerate(arguments)
        ]
        return Answered(sse({"choices": [{"delta": {"tool_calls": calls}, "finish_reason": "tool_calls"}]}))

    with odd_server(answer) as server:
        done = world.run("-p", "look", "--model", "m", OPENAI_BASE_URL=f"{server.url}/v1")
    answered = done.stdout.decode()
    assert [word in answered for word in ("one", "two", "three")] == [False, True, False], told(done)
    assert "limit: Input should be a valid integer" in answered
    wanted = [event["data"]["arguments"] for event in world.events() if event["kind"] == "tool.requested"]
    assert [one["limit"] for one in wanted] == [1, "few"]
    assert world.run("replay", "@last").returncode == 0
