"""A session with a server that speaks Chat Completions in its own way, by the real program, and its replay."""

from __future__ import annotations

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
