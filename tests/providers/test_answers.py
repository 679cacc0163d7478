"""Answers that are not the stream that was asked for, and streams that end as no protocol says, over the real wire."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from claw._native import RecordCutter
from claw.events.content import Api, TextBlock
from claw.events.model import TextPiece
from claw.events.session import Model
from claw.providers import CallFailed, Piece, connect
from claw.providers.base import Item
from claw.providers.records import Records

from .odd_server import Answered, OddServer, odd_server, sse
from .support import APIS, Heard, ask, hear, no_blobs
from .test_odd_records import STREAMS, WHOLE, decode, plain

pytestmark = pytest.mark.anyio

NAMES: list[tuple[Api, str]] = list(zip(APIS, ("messages", "responses", "chat"), strict=True))

SAID = {"choices": [{"index": 0, "delta": {"content": "Hello"}, "finish_reason": None}]}
STOP = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
USAGE = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}


KEY = "k-93jf02kf83"


async def asked(server: OddServer, api: Api = "openai-chat", *, key: str = KEY, **fields: Any) -> Heard:
    environment = {"ANTHROPIC_API_KEY": key, "OPENAI_API_KEY": key}
    provider = connect(Model(provider="p", api=api, name="m", base_url=server.url), environment)
    try:
        return await hear(provider, ask(api, model="m", **fields))
    finally:
        await provider.close()


async def failure(answered: Answered, api: Api = "openai-chat") -> CallFailed:
    with odd_server(answered) as server:
        with pytest.raises(CallFailed) as caught:
            await asked(server, api)
        assert len(server.bodies) == 1
        assert urlsplit(server.url).netloc in caught.value.message
    return caught.value


def text_of(item: Item) -> str:
    return item.delta.text if isinstance(item, Piece) and isinstance(item.delta, TextPiece) else ""


def as_json(value: object, status: int = 200) -> Answered:
    return Answered(json.dumps(value).encode(), "application/json", status)


NO_REPLY = [
    (as_json({"error": {"message": "Insufficient credit", "code": 402}}), "auth", False, "Insufficient credit"),
    (as_json({"error": "model 'x' not found"}), "server", False, "model 'x' not found"),
    (as_json({"error": {"message": "slow down", "type": "rate_limit_error"}}), "rate_limited", True, "slow down"),
    (
        as_json([{"error": {"message": "API key not valid", "code": 400}}]),
        "invalid_request",
        False,
        "API key not valid",
    ),
    (as_json({"detail": "Not authenticated"}), "server", False, "Not authenticated"),
    (
        as_json({"detail": [{"loc": ["body", "x"], "msg": "not permitted"}]}, 422),
        "invalid_request",
        False,
        "body.x: not",
    ),
    (as_json({"message": "no such route", "statusCode": 404}, 404), "not_found", False, "no such route"),
    (as_json({"object": "error", "message": "gone wrong", "code": 50}, 500), "server", True, "gone wrong"),
    (as_json({"odd": "shape"}), "server", False, '{"odd": "shape"}'),
    (as_json({"errors": [{"message": "a"}, {"message": "b"}]}, 400), "invalid_request", False, "a; b"),
    (as_json({}, 501), "server", False, "501"),
    (
        Answered(b"<!doctype html><html><head><title>Sign in</title><script>x()</script></head><p>Room 7", "text/html"),
        "malformed_stream",
        False,
        "Sign in: Room 7",
    ),
    (Answered(b"<html><title>Bad gateway</title>", "text/html", 502), "server", True, "Bad gateway"),
    (Answered(b"Model is loading, please wait", "text/plain"), "malformed_stream", False, "Model is loading"),
    (Answered(b"", "text/event-stream"), "empty", True, "empty stream"),
    (Answered(b": ping\n\n: ping\n\n"), "empty", True, "empty stream"),
    (Answered(sse({"error": {"message": "busy", "type": "overloaded_error"}})), "overloaded", True, "busy"),
    (Answered(b"event: error\ndata: the upstream is gone\n\n"), "server", True, "the upstream is gone"),
    (Answered(sse({"detail": "nobody is home"})), "server", False, "nobody is home"),
]


@pytest.mark.parametrize(("answered", "expected", "retryable", "words"), NO_REPLY)
async def test_what_the_server_said_is_shown(answered: Answered, expected: str, retryable: bool, words: str) -> None:
    error = await failure(answered)
    assert (error.failure, error.retryable) == (expected, retryable)
    assert words in error.message
    assert "<" not in error.message


@pytest.mark.parametrize(
    ("key", "shown"),
    [(KEY, "no *** here"), ("ollama", "no ollama here"), ("lm-studio", "no lm-studio here"), ("none", "no none here")],
)
async def test_a_key_is_masked_and_a_word_that_stands_in_for_one_is_not(key: str, shown: str) -> None:
    with (
        odd_server(as_json({"error": {"message": f"no {key} here"}}, 401)) as server,
        pytest.raises(CallFailed) as caught,
    ):
        await asked(server, key=key)
    assert shown in caught.value.message


@pytest.mark.parametrize(("api", "name"), NAMES)
async def test_a_whole_reply_as_json_is_the_reply(api: Api, name: str) -> None:
    for body in (json.dumps(WHOLE[name]), json.dumps(WHOLE[name], indent=2) + "\n"):
        with odd_server(Answered(body.encode(), "application/json")) as server:
            heard = await asked(server, api)
        assert plain(heard.content) == plain(decode(name, [WHOLE[name]])[0])


@pytest.mark.parametrize("finish", [None, "stop"])
async def test_a_whole_reply_needs_no_finish_reason(finish: str | None) -> None:
    choice = {"message": {"role": "assistant", "content": "Hello"}, "finish_reason": finish}
    with odd_server(as_json({"choices": [choice]})) as server:
        assert (await asked(server)).content == (TextBlock(text="Hello"),)


ENDS = [
    Answered(sse(SAID, "[DONE]")),
    Answered(sse(SAID, STOP, "[DONE]"), cut=True),
    Answered(sse(SAID, STOP), cut=True),
    Answered(sse(SAID, STOP)),
    Answered(sse(SAID, STOP).rstrip()),
    Answered(sse(SAID, STOP).rstrip(), cut=True),
    Answered(sse(SAID, STOP, "[DONE]"), waits=True),
    Answered(sse(SAID, STOP), waits=True),
    Answered(sse(SAID, STOP) + b"data: {half"),
    Answered(sse(SAID, STOP, {"error": {"message": "too late"}})),
    Answered(sse(SAID, STOP, "[DONE]"), "application/json"),
    Answered(b"\n".join(json.dumps(one).encode() for one in (SAID, STOP)) + b"\n", "application/x-ndjson"),
]


@pytest.mark.parametrize("answered", ENDS)
async def test_a_reply_that_is_whole_is_the_reply_however_the_connection_ends(answered: Answered) -> None:
    with odd_server(answered) as server:
        heard = await asked(server)
    assert (heard.content, heard.completion.stop) == ((TextBlock(text="Hello"),), "end_turn")


async def test_a_finish_reason_in_each_record_ends_nothing() -> None:
    hasty = [{"choices": [{"delta": {"content": text}, "finish_reason": "stop"}]} for text in ("Hel", "lo")]
    with odd_server(Answered(sse(*hasty))) as server:
        assert (await asked(server)).content == (TextBlock(text="Hello"),)
    assert (await failure(Answered(sse(*hasty), cut=True))).failure == "connection"


async def test_usage_may_follow_the_end() -> None:
    with odd_server(Answered(sse(SAID, STOP, USAGE), cut=True)) as server:
        assert (await asked(server)).completion.usage.output == 2


@pytest.mark.parametrize(("api", "name"), NAMES)
async def test_the_last_record_ends_a_reply_in_each_api(api: Api, name: str) -> None:
    with odd_server(Answered(sse(*STREAMS[name]), waits=True)) as server:
        assert plain((await asked(server, api)).content) == plain(decode(name, STREAMS[name])[0])


@pytest.mark.parametrize(
    "answered", [Answered(sse(SAID), cut=True), Answered(sse(SAID)), Answered(sse(SAID) + b"data: {half", cut=True)]
)
async def test_half_a_reply_is_none(answered: Answered) -> None:
    error = await failure(answered)
    assert error.failure in ("connection", "malformed_stream")
    assert error.retryable


async def test_what_came_with_an_error_is_heard_before_it() -> None:
    heard: list[Item] = []

    async def listen(url: str) -> None:
        provider = connect(Model(provider="p", api="openai-chat", name="m", base_url=url), {})
        try:
            async for items in provider.stream(ask("openai-chat", model="m"), no_blobs):
                heard.extend(items)
        finally:
            await provider.close()

    busy = {"error": {"message": "busy", "type": "overloaded_error"}}
    with odd_server(Answered(sse(SAID, SAID, busy))) as server, pytest.raises(CallFailed, match="busy"):
        await listen(server.url)
    assert [text for item in heard if (text := text_of(item))] == ["Hello", "Hello"]


@pytest.mark.parametrize("finish", ["stop", "tool_calls"])
@pytest.mark.parametrize("said", ["", " \n", None])
async def test_a_reply_that_says_nothing_is_told(said: str | None, finish: str) -> None:
    choice = {"delta": {"content": said}, "finish_reason": finish}
    error = await failure(Answered(sse({"choices": [choice]}, "[DONE]")))
    assert (error.failure, error.retryable) == ("empty", True)
    assert "empty" in error.message


async def test_a_reply_of_unknown_blocks_only_names_them() -> None:
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "hologram", "data": 1}}
    records = [{"type": "message_start", "message": {}}, block, {"type": "message_stop"}]
    error = await failure(Answered(sse(*records)), "anthropic")
    assert (error.failure, error.retryable) == ("empty", False)
    assert "hologram" in error.message


# --- the form of a stream --------------------------------------------------------------------------------------------


def crlf(body: bytes) -> bytes:
    return body.replace(b"\n", b"\r\n")


FORMS = {
    "CRLF": crlf,
    "CR": lambda body: body.replace(b"\n", b"\r"),
    "a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "no blank after the colon": lambda body: body.replace(b"data: ", b"data:").replace(b"event: ", b"event:"),
    "no event lines": lambda body: b"".join(line for line in body.splitlines(True) if not line.startswith(b"event")),
    "comments": lambda body: body.replace(b"data: ", b": ping\ndata: ").replace(b"\n\n", b"\n\n: ping\n\n"),
    "fields": lambda body: b"retry: 3000\n\nid\n\n" + body.replace(b"data: ", b"id: 7\nretry: 5\nodd: 1\ndata: "),
    "events without data": lambda body: body.replace(b"\n\n", b"\n\nevent: ping\n\ndata\n\ndata:\n\n"),
    "null": lambda body: body.replace(b"\n\n", b"\n\ndata: null\n\n"),
    "records that only a line parts": lambda body: (
        b"".join(line for line in body.splitlines(True) if not line.startswith(b"event") and line != b"\n") + b"\n"
    ),
}


def cut(body: bytes, size: int) -> tuple[RecordCutter, list[dict[str, Any] | None]]:
    """What comes of a body in pieces of so many bytes."""
    cutter, records, found = RecordCutter(), Records(), []
    for start in range(0, len(body), size):
        found += records.of(cutter.feed(body[start : start + size]))
    return cutter, found + list(records.of(cutter.end()))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 7, 10**6])
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_in_any_form_of_the_standard(name: str, size: int, form: str) -> None:
    cutter, records = cut(FORMS[form](sse(*STREAMS[name])), size)
    assert cutter.form == "events"
    assert [record for record in records if record is not None] == STREAMS[name]


def test_a_record_without_a_type_has_the_events() -> None:
    body = b'event: content_block_stop\ndata: {"index": 0}\n\nevent: x\ndata: {"type": "y"}\n\n'
    assert cut(body, 1)[1] == [{"index": 0, "type": "content_block_stop"}, {"type": "y"}]


def test_bytes_that_are_no_utf8_cost_a_replacement() -> None:
    assert cut(b'data: {"a": "x\xff\xc3\xa9"}\n\n', 1)[1] == [{"a": "x\ufffdé"}]
