"""The handler of `model.requested`: chunks that prove what one terminal event says, whatever happens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import anyio
import pytest

from claw._native import BlobStore
from claw.errors import ProviderError
from claw.events.assembly import assemble
from claw.events.base import Blob, Event
from claw.events.content import Api, TextBlock, ToolUseBlock, Usage
from claw.events.model import ModelChunk, ModelFailed, ModelFinished, ModelRequested
from claw.events.session import Model
from claw.handlers.base import Call
from claw.handlers.model import ModelHandler
from claw.providers import Provider, connect
from claw.providers.base import Item
from claw.providers.scripted import Break, Reply, Scenario, ScriptedServer, Status, Text, Thinking, Tokens, Tool

from .raw_server import Connection, raw_server
from .support import HIDDEN, Serve, ask, until

pytestmark = pytest.mark.anyio

SECRETS = [("PASSWORD", "hunter2-and-more")]


def priced(model: str, provider: str, usage: Usage, at: datetime, base_url: str) -> tuple[int, str]:
    return usage.input + 10 * usage.output, f"{provider} {model}"


class Bench:
    """A handler with a place for what it reports."""

    def __init__(self, blobs: BlobStore) -> None:
        self.connected = 0
        self.handler = ModelHandler(self._connect, blobs, SECRETS, priced, at_once=8)

    def _connect(self, intent: Model | ModelRequested) -> Provider:
        self.connected += 1
        return connect(intent, {})

    async def perform(self, server: ScriptedServer, api: Api, events: list[Event] | None = None) -> list[Event]:
        events = [] if events is None else events
        await self.handler.perform(call(server.url, api, lambda *told: events.extend(told)))
        return events


def call(url: str, api: Api, emit: Callable[[Event], None]) -> Call:
    request = ask(api)
    intent = ModelRequested(
        purpose="turn",
        provider="scripted",
        api=api,
        model=request.model,
        base_url=url,
        parameters=request.parameters,
        attempt=1,
        digest="",
    )
    return Call(seq=42, intent=intent, emit=emit, request=request)


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(str(tmp_path / "blobs"))


@pytest.fixture
async def bench(blobs: BlobStore) -> AsyncIterator[Bench]:
    bench = Bench(blobs)
    yield bench
    await bench.handler.aclose()


def split(events: list[Event]) -> tuple[list[ModelChunk], Any]:
    *chunks, terminal = events
    assert all(isinstance(chunk, ModelChunk) and chunk.call == 42 for chunk in chunks)
    return chunks, terminal  # type: ignore[return-value]


async def test_chunks_prove_what_is_finished(api: Api, serve: Serve, bench: Bench) -> None:
    blocks = (Thinking(text="Let me see."), Text(text="I look around."), Tool(name="Bash", arguments={"command": "ls"}))
    server = await serve(Scenario(replies=(Reply(blocks=blocks, usage=Tokens(input=100, output=7)),)))
    chunks, finished = split(await bench.perform(server, api))
    assert isinstance(finished, ModelFinished)
    assert assemble(chunks).content() == finished.content
    assert assemble(chunks).usage == finished.usage == Usage(input=100, output=7)
    assert (finished.call, finished.stop) == (42, "tool_use")
    assert (finished.nusd, finished.priced_by) == (170, f"scripted {ask(api).model}")
    assert finished.response


async def test_secrets_are_masked_in_chunks_and_content(api: Api, serve: Serve, bench: Bench) -> None:
    split_text = ("It is hun", "ter2-and-", "more, I think")
    blocks = (Text(text=split_text), Tool(name="Bash", arguments=('{"command": "login hunter2', '-and-more"}')))
    server = await serve(Scenario(replies=(Reply(blocks=blocks),)))
    events = await bench.perform(server, api)
    assert "hunter2" not in "".join(map(str, events))
    chunks, finished = split(events)
    assert finished.content[0] == TextBlock(text=f"It is {HIDDEN}, I think")
    assert isinstance(finished.content[1], ToolUseBlock)
    assert finished.content[1].arguments == f'{{"command": "login {HIDDEN}"}}'
    assert assemble(chunks).content() == finished.content


async def test_long_text_lies_in_the_blob_store(serve: Serve, bench: Bench, blobs: BlobStore) -> None:
    server = await serve(Scenario(replies=(Reply(blocks=(Text(text=("x" * 50_000, " ", "y" * 50_000)),)),)))
    chunks, finished = split(await bench.perform(server, "anthropic"))
    assert isinstance(finished.content[0].text, Blob)
    stored = blobs.get(finished.content[0].text.digest).decode()
    assert assemble(chunks).content() == (TextBlock(text=stored),)
    assert stored == "x" * 50_000 + " " + "y" * 50_000


async def test_a_broken_stream_keeps_what_had_arrived(api: Api, serve: Serve, bench: Bench) -> None:
    reply = Reply(blocks=(Text(text="one two three four"),), faults=(Break(how="end"),))
    chunks, failed = split(await bench.perform(await serve(Scenario(replies=(reply,))), api))
    assert isinstance(failed, ModelFailed)
    assert (failed.failure, failed.retryable) == ("malformed_stream", True)
    assert failed.content == assemble(chunks).content() == (TextBlock(text="one two three four"),)


async def test_a_failed_call_has_the_last_usage_and_its_price(serve: Serve, bench: Bench) -> None:
    reply = Reply(blocks=(Text(text="one"),), usage=Tokens(input=500, output=9), faults=(Break(how="drop"),))
    _, failed = split(await bench.perform(await serve(Scenario(replies=(reply,))), "anthropic"))
    assert failed.failure == "connection"
    assert failed.usage == Usage(input=500, output=1)
    assert failed.nusd == 510


async def test_a_refused_call(api: Api, serve: Serve, bench: Bench) -> None:
    fault = Status(status=429, headers={"retry-after": "3"}, message="say hunter2-and-more again")
    chunks, failed = split(await bench.perform(await serve(Scenario(replies=(Reply(faults=(fault,)),))), api))
    assert not chunks
    assert (failed.failure, failed.retryable, failed.status) == ("rate_limited", True, 429)
    assert (failed.retry_after_ms, failed.nusd) == (3_000, None)
    assert failed.message.endswith(f"answered with status 429: say {HIDDEN} again")


async def test_cancelling_reports_first_and_then_lets_go(api: Api, serve: Serve, bench: Bench) -> None:
    reply = Reply(blocks=(Text(text="one two three four"),), faults=(Break(how="hang"),))
    server = await serve(Scenario(replies=(reply,)))
    events: list[Event] = []

    async def perform() -> None:
        with pytest.raises(anyio.get_cancelled_exc_class()):
            await bench.perform(server, api, events)
        raise anyio.get_cancelled_exc_class()

    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(perform)
            await until(lambda: "three " in str(events))
            tasks.cancel_scope.cancel()
        await until(lambda: server.requests[0].left)
    chunks, failed = split(events)
    assert (failed.failure, failed.retryable) == ("interrupted", False)
    assert failed.content == assemble(chunks).content()
    assert str(failed.content[0].text).startswith("one two three ")


async def test_without_a_key_the_call_fails_and_says_what_to_do(bench: Bench) -> None:
    events: list[Event] = []
    await bench.handler.perform(call("", "anthropic", lambda *told: events.extend(told)))
    _, failed = split(events)
    assert (failed.failure, failed.retryable) == ("auth", False)
    assert "CLAW_SCRIPTED_URL" in failed.message
    assert "python -m claw.providers.scripted" in failed.message


async def test_one_connection_serves_many_calls_at_once(serve: Serve, bench: Bench) -> None:
    server = await serve(Scenario(replies=(Reply(blocks=(Text(text="Hello."),)),)))
    reports: list[list[Event]] = [[] for _ in range(8)]
    async with anyio.create_task_group() as tasks:
        for report in reports:
            tasks.start_soon(bench.perform, server, "anthropic", report)
    assert bench.connected == 1
    assert all(isinstance(report[-1], ModelFinished) for report in reports)


async def test_what_is_made_ready_is_used_and_opens_no_connection(blobs: BlobStore) -> None:
    reached = []

    def serve(connection: Connection) -> None:
        reached.append(connection.number)

    with raw_server(serve) as url:
        bench, intent = Bench(blobs), call(url, "openai-chat", lambda event: None).intent
        assert isinstance(intent, ModelRequested)
        model = Model(provider=intent.provider, api=intent.api, name=intent.model, base_url=intent.base_url)
        await bench.handler.prepare(model)
        await anyio.sleep(0.1)
        assert (bench.connected, reached) == (1, [])
        events: list[Event] = []
        await bench.handler.perform(call(url, "openai-chat", events.append))
        assert (bench.connected, reached) == (1, [0])
        await bench.handler.aclose()


async def test_what_cannot_be_made_ready_is_said_by_the_call(blobs: BlobStore) -> None:
    def fails(intent: object) -> Provider:
        raise ProviderError("no key")

    handler, events = ModelHandler(fails, blobs, [], priced, at_once=8), list[Event]()
    await handler.prepare(Model(provider="scripted", api="anthropic", name="m"))
    await handler.perform(call("", "anthropic", events.append))
    assert [event.message for event in events if isinstance(event, ModelFailed)] == ["no key"]


async def test_a_fault_of_claws_own_ends_the_call_and_is_raised(blobs: BlobStore) -> None:
    class Faulty:
        async def stream(self, *_: object) -> AsyncIterator[list[Item]]:
            raise ZeroDivisionError
            yield

    events: list[Event] = []
    with pytest.raises(ZeroDivisionError):
        await ModelHandler(lambda _: cast(Provider, Faulty()), blobs, [], priced, at_once=8).perform(
            call("", "anthropic", lambda *told: events.extend(told))
        )
    assert [event.failure for event in events if isinstance(event, ModelFailed)] == ["lost"]


@pytest.mark.parametrize("error", [ImportError("no such module"), OSError(2, "No such file"), ValueError()])
async def test_what_keeps_a_connection_from_being_made_ready_ends_the_call_and_no_more(
    blobs: BlobStore, error: Exception
) -> None:
    def fails(intent: ModelRequested) -> Provider:
        raise error

    events: list[Event] = []
    await ModelHandler(fails, blobs, [], priced, at_once=8).perform(
        call("", "anthropic", lambda *told: events.extend(told))
    )
    [failed] = [event for event in events if isinstance(event, ModelFailed)]
    assert (failed.failure, failed.retryable) == ("connection", False)
    assert str(error) in failed.message


def test_a_provider_error_is_the_callers_to_explain() -> None:
    with pytest.raises(ProviderError):
        connect(call("", "anthropic", lambda event: None).intent, {})  # type: ignore[arg-type]
