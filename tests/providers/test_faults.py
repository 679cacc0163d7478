"""What goes wrong over the wire, in all three APIs."""

from __future__ import annotations

import socket

import anyio
import pytest

from claw.errors import ProviderError
from claw.events.content import Api
from claw.events.session import Model
from claw.providers import CallFailed, connect
from claw.providers.scripted import Break, Reply, Scenario, Status, Text

from .support import Serve, Talk, ask, hear, until

pytestmark = pytest.mark.anyio

STATUSES = [
    (400, "invalid_request", False),
    (401, "auth", False),
    (402, "auth", False),
    (403, "auth", False),
    (404, "not_found", False),
    (408, "timeout", True),
    (409, "server", True),
    (413, "context_overflow", False),
    (422, "invalid_request", False),
    (429, "rate_limited", True),
    (500, "server", True),
    (503, "overloaded", True),
    (504, "timeout", True),
    (529, "overloaded", True),
]


async def failure(
    api: Api,
    serve: Serve,
    talk: Talk,
    fault: Status | Break,
    text: str = "one two three four five six seven eight nine",
) -> CallFailed:
    server = await serve(Scenario(replies=(Reply(blocks=(Text(text=text),), faults=(fault,)),)))
    with pytest.raises(CallFailed) as caught:
        await talk(server, ask(api))
    assert len(server.requests) == 1, "a transport never retries"
    return caught.value


@pytest.mark.parametrize(("status", "expected", "retryable"), STATUSES)
async def test_statuses(api: Api, status: int, expected: str, retryable: bool, serve: Serve, talk: Talk) -> None:
    error = await failure(api, serve, talk, Status(status=status, message="no luck today"))
    assert (error.failure, error.retryable, error.status) == (expected, retryable, status)
    assert "no luck today" in error.message


async def test_a_fault_is_met_once_and_then_the_reply(api: Api, serve: Serve, talk: Talk) -> None:
    faults = (Status(status=529), Break(how="end", after=2))
    server = await serve(Scenario(replies=(Reply(blocks=(Text(text="At last."),), faults=faults),)))
    for _ in faults:
        with pytest.raises(CallFailed):
            await talk(server, ask(api))
    heard = await talk(server, ask(api))
    assert heard.completion.stop == "end_turn"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "7"}, 7_000),
        ({"retry-after": "0.5"}, 500),
        ({"retry-after-ms": "120", "retry-after": "7"}, 120),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
async def test_retry_after(api: Api, headers: dict[str, str], expected: int | None, serve: Serve, talk: Talk) -> None:
    error = await failure(api, serve, talk, Status(status=429, headers=headers))
    assert error.retry_after_ms == expected


async def test_a_stream_that_ends_early_is_no_answer(api: Api, serve: Serve, talk: Talk) -> None:
    error = await failure(api, serve, talk, Break(how="end"))
    assert (error.failure, error.retryable) == ("malformed_stream", True)


async def test_an_empty_stream_is_no_answer(api: Api, serve: Serve, talk: Talk) -> None:
    error = await failure(api, serve, talk, Break(how="end", after=0))
    assert (error.failure, error.retryable) == ("empty", True)


async def test_a_lost_connection(api: Api, serve: Serve, talk: Talk) -> None:
    error = await failure(api, serve, talk, Break(how="drop", after=4))
    assert (error.failure, error.retryable) == ("connection", True)


@pytest.mark.parametrize("how", ["json", "sse"])
async def test_a_stream_that_cannot_be_read(api: Api, how: str, serve: Serve, talk: Talk) -> None:
    error = await failure(api, serve, talk, Break(how=how, after=4))  # type: ignore[arg-type]
    assert (error.failure, error.retryable) == ("malformed_stream", True)


@pytest.mark.parametrize(
    ("kind", "expected", "retryable"),
    [
        ("overloaded_error", "overloaded", True),
        ("rate_limit_exceeded", "rate_limited", True),
        ("server_error", "server", True),
        ("api_error", "server", True),
        ("invalid_request_error", "invalid_request", False),
        ("context_length_exceeded", "context_overflow", False),
        ("insufficient_quota", "rate_limited", False),
        ("never_heard_of", "server", True),
    ],
)
async def test_an_error_inside_the_stream(
    api: Api, kind: str, expected: str, retryable: bool, serve: Serve, talk: Talk
) -> None:
    error = await failure(api, serve, talk, Break(how="error", after=3, kind=kind, message="broke off"))
    assert (error.failure, error.retryable, error.status) == (expected, retryable, None)
    assert "broke off" in error.message


@pytest.mark.parametrize(
    "message",
    [
        "prompt is too long: 208310 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
        "Your input exceeds the context window of this model.",
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
        "The decoder prompt (length 9000) is longer than the maximum model length of 8192.",
        "the request exceeds the available context size, try increasing it",
    ],
)
async def test_a_conversation_that_is_too_long(api: Api, message: str, serve: Serve, talk: Talk) -> None:
    error = await failure(api, serve, talk, Status(status=400, message=message))
    assert (error.failure, error.retryable) == ("context_overflow", False)


async def test_a_code_says_too_long_whatever_the_message(serve: Serve, talk: Talk) -> None:
    error = await failure("openai-chat", serve, talk, Status(status=400, code="context_length_exceeded"))
    assert error.failure == "context_overflow"


async def test_an_exhausted_quota_is_not_waited_for(serve: Serve, talk: Talk) -> None:
    error = await failure("openai-chat", serve, talk, Status(status=429, code="insufficient_quota"))
    assert (error.failure, error.retryable) == ("rate_limited", False)


async def test_a_message_is_one_short_clean_line(api: Api, serve: Serve, talk: Talk) -> None:
    nasty = "your key is \x1b[31mwrong\r\nset-cookie: x" + "!" * 5_000
    error = await failure(api, serve, talk, Status(status=401, message=nasty))
    assert error.message.isprintable()
    assert len(error.message) == 500


@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", "", "[]", "null", '{"error": "busy"}'])
async def test_an_error_without_an_error_object(api: Api, body: str, serve: Serve, talk: Talk) -> None:
    error = await failure(api, serve, talk, Status(status=502, body=body))
    assert (error.failure, error.status) == ("server", 502)
    assert error.message


async def test_a_redirect_is_not_followed(api: Api, serve: Serve, talk: Talk) -> None:
    elsewhere = {"location": "http://127.0.0.1:9/v1/messages"}
    error = await failure(api, serve, talk, Status(status=307, headers=elsewhere))
    assert (error.failure, error.retryable, error.status) == ("invalid_request", False, 307)


async def test_nobody_listens(api: Api) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        provider = connect(Model(provider="scripted", api=api, name="m", base_url=url), {})
        with pytest.raises(CallFailed) as caught:
            await hear(provider, ask(api))
        await provider.close()
    assert (caught.value.failure, caught.value.retryable) == ("connection", True)


async def test_cancelling_hangs_up(api: Api, serve: Serve, talk: Talk) -> None:
    server = await serve(Scenario(replies=(Reply(blocks=(Text(text="Wait"),), faults=(Break(how="hang"),)),)))
    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(talk, server, ask(api))
            await until(lambda: bool(server.requests))
            tasks.cancel_scope.cancel()
        await until(lambda: server.requests[0].left)


async def test_no_provider_without_a_key() -> None:
    with pytest.raises(ProviderError) as caught:
        connect(Model(provider="anthropic", api="anthropic", name="claude-opus-5"), {})
    assert caught.value.hint == "export ANTHROPIC_API_KEY=…; claw demo needs none"
    for api in ("openai-responses", "openai-chat"):
        with pytest.raises(ProviderError) as caught:
            connect(Model(provider="openai", api=api, name="gpt-5"), {})  # type: ignore[arg-type]
        assert caught.value.hint == "export OPENAI_API_KEY=…; claw demo needs none"


async def test_no_scripted_provider_without_an_address() -> None:
    with pytest.raises(ProviderError) as caught:
        connect(Model(provider="scripted", api="anthropic", name="scripted-1"), {})
    assert "CLAW_SCRIPTED_URL" in caught.value.message
