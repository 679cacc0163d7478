from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest

from claw.events.assembly import Assembler
from claw.events.content import Api, Message, ModelBlock, TextBlock
from claw.events.request import Parameters, Request, ToolSpec
from claw.events.session import Model
from claw.providers import Closed, Completion, Piece, Provider, connect
from claw.scripted import Scenario, ScriptedServer

APIS: tuple[Api, ...] = ("anthropic", "openai-responses", "openai-chat")

LS = ToolSpec(
    name="Bash",
    description="Run a command.",
    schema='{"type":"object","properties":{"command":{"type":"string"}},"required":["command"]}',
    footprint="execute",
)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=APIS)
def api(request: pytest.FixtureRequest) -> Api:
    api: Api = request.param
    return api


def ask(api: Api, *messages: Message, **fields: Any) -> Request:
    """A request with one tool; `effort`, `max_tokens` and other fields on demand."""
    parameters = Parameters(
        max_tokens=fields.pop("max_tokens", 8_000),
        effort=fields.pop("effort", "medium"),
        tools=fields.pop("tools_allowed", "auto"),
    )
    defaults: dict[str, Any] = {
        "provider": "scripted",
        "model": "claude-opus-4-8" if api == "anthropic" else "gpt-5.4",
        "system": ("You are claw.",),
        "tools": (LS,),
    }
    messages = messages or (said("Hello"),)
    return Request(api=api, parameters=parameters, messages=messages, **{**defaults, **fields})


def said(text: str) -> Message:
    return Message(role="user", blocks=(TextBlock(text=text),))


def replied(*blocks: ModelBlock) -> Message:
    return Message(role="assistant", blocks=blocks)


class Heard(msgspec.Struct):
    """What came of a stream."""

    content: tuple[ModelBlock, ...]
    completion: Completion
    pieces: list[Piece]
    closed: list[int]


async def hear(provider: Provider, request: Request) -> Heard:
    assembler, pieces, closed, completion = Assembler(), [], [], None
    async for item in provider.stream(request, lambda blob: f"blob {blob.digest}"):
        assert completion is None, "an item after the completion"
        match item:
            case Piece():
                assembler.feed(item.block, item.delta)
                pieces.append(item)
            case Closed():
                closed.append(item.block)
            case Completion():
                completion = item
    assert completion is not None
    return Heard(assembler.content(), completion, pieces, closed)


Talk = Callable[..., Awaitable[Heard]]


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[ScriptedServer]]]:
    """`await serve(scenario)` gives a running server."""
    servers: list[ScriptedServer] = []

    async def start(scenario: Scenario) -> ScriptedServer:
        servers.append(await ScriptedServer(scenario).__aenter__())
        return servers[-1]

    yield start
    for server in servers:
        await server.__aexit__(None, None, None)


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    """`await talk(server, request)` asks over the real wire, with the real SDK."""
    providers: dict[tuple[str, str], Provider] = {}

    async def go(server: ScriptedServer, request: Request) -> Heard:
        key = (server.url, request.api)
        if key not in providers:
            model = Model(provider="scripted", api=request.api, name=request.model, base_url=server.url)
            providers[key] = connect(model, {})
        return await hear(providers[key], request)

    yield go
    for provider in providers.values():
        await provider.close()
