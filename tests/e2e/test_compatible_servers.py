"""What servers that speak Chat Completions in their own way do, all of it in one session, and its replay."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.live.world import World, told
from tests.providers.odd_server import Answered, odd_server, sse

EMPTY = {"id": "x", "choices": []}
"""As Azure begins, and as servers end that send usage."""


def call(path: str, **more: Any) -> dict[str, Any]:
    return {"function": {"name": "Read", "arguments": {"file_path": path}}, **more}


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


STEPS = [
    # An error inside a 200, which is tried again.
    sse({"error": {"message": "upstream is overloaded", "code": 529}}),
    # Empty choices, thinking in a field of its own, two calls without ids, arguments as objects, no usage.
    sse(
        EMPTY,
        delta(reasoning="hm"),
        delta("tool_calls", tool_calls=[call("a.txt", index=0), call("b.txt", index=1)]),
        "[DONE]",
    ),
    # One id for both calls, and the one of before; usage that is null.
    sse(
        delta(tool_calls=[call("b.txt", id="call_1", index=0), call("a.txt", id="call_1", index=1)]),
        {**delta("stop"), "usage": None},
        EMPTY,
        "[DONE]",
    ),
    sse(delta(reasoning_content="so"), delta("stop", content="All is read."), EMPTY, "[DONE]"),
]


def test_a_session_with_all_of_it(world: World) -> None:
    for name in ("a", "b"):
        (world.workspace / f"{name}.txt").write_text(f"{name.upper() * 3}\n")
    sent: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> Answered:
        sent.append(body)
        return Answered(STEPS[len(sent) - 1])

    with odd_server(answer) as server:
        done = world.run("-p", "read", "--model", "openai-chat/m", OPENAI_BASE_URL=f"{server.url}/v1")
    assert (done.returncode, done.stdout) == (0, b"All is read.\n"), told(done)
    said = [message for message in sent[-1]["messages"] if message["role"] in ("assistant", "tool")]
    ids = [call["id"] for message in said for call in message.get("tool_calls", ())]
    assert len(set(ids)) == len(ids) == 4, "each call has an id of its own"
    results = {message["tool_call_id"]: message["content"] for message in said if message["role"] == "tool"}
    asked = [json.loads(call["function"]["arguments"]) for message in said for call in message.get("tool_calls", ())]
    for id, arguments in zip(ids, asked, strict=True):
        assert arguments["file_path"][0].upper() * 3 in results[id]
    events = world.events()
    assert [event["kind"] for event in events].count("model.failed") == 1
    assert [event["kind"] for event in events].count("tool.finished") == 4
    for command in ("verify", "replay"):
        assert world.run(command, "@last").returncode == 0
    cost = json.loads(world.run("cost", "@last", "--json").stdout)
    assert cost["total"]["calls"] == 4


@pytest.mark.parametrize("stop", ["stop_now", "", None])
def test_a_reason_to_stop_that_nobody_knows(world: World, stop: str | None) -> None:
    with odd_server(lambda _: Answered(sse(delta(stop, content="Hello."), "[DONE]"))) as server:
        done = world.run("-p", "read", "--model", "openai-chat/m", OPENAI_BASE_URL=f"{server.url}/v1")
    assert (done.returncode, done.stdout) == (0, b"Hello.\n"), told(done)
