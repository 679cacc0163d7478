"""What the tests of providers share: requests to make, and streams listened to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import anyio
import msgspec

from claw.events.assembly import Assembler
from claw.events.base import Blob
from claw.events.content import Api, Message, ModelBlock, TextBlock
from claw.events.request import OfferedTool, Parameters, Request
from claw.providers import Closed, Completion, Piece, Provider
from claw.providers.abilities import ANTHROPIC, COMPATIBLE, OPENAI, Server
from claw.providers.scripted import Scenario, ScriptedServer

APIS: tuple[Api, ...] = ("anthropic", "openai-responses", "openai-chat")

HIDDEN = "\u2039secret:PASSWORD\u203a"
"""A masked secret of that name."""

LS = OfferedTool(
    name="Bash",
    description="Run a command.",
    schema='{"type":"object","properties":{"command":{"type":"string"}},"required":["command"]}',
)


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
    async for items in provider.stream(request, lambda blob: f"blob {blob.digest}".encode()):
        assert items, "a batch of nothing"
        for item in items:
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


Serve: TypeAlias = Callable[[Scenario], Awaitable[ScriptedServer]]
Talk: TypeAlias = Callable[[ScriptedServer, Request], Awaitable[Heard]]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another task brings about."""
    while not condition():  # noqa: ASYNC110, the server has no events to wait for
        await anyio.sleep(0.001)


def no_blobs(blob: Blob) -> bytes:
    raise AssertionError(f"nothing here is in a blob: {blob}")


def server_of(api: Api, *, official: bool) -> Server:
    """The maker's own server of this API, or one that nothing is known of."""
    own = ANTHROPIC if api == "anthropic" else OPENAI
    return own if official else COMPATIBLE
