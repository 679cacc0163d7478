"""What the official clients make of a stream is what claw's own HTTP makes of it, record for record."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from claw.events.content import Api

from .odd_server import sse
from .raw_server import END, HEAD, Connection, raw_server
from .support import APIS
from .test_odd_records import STREAMS
from .wires import post, wire_to

pytestmark = pytest.mark.anyio

NAMES: dict[Api, str] = dict(zip(APIS, ("messages", "responses", "chat"), strict=True))


async def by_the_client(api: Api, url: str, body: dict[str, Any]) -> list[Any]:
    """What the client's own reading of the stream yields, as it came; it keeps pings to itself."""
    if api == "anthropic":
        client: Any = importlib.import_module("anthropic").AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
        create = client.messages.create
    else:
        client = importlib.import_module("openai").AsyncOpenAI(api_key="k", base_url=url, max_retries=0)
        create = client.responses.create if api == "openai-responses" else client.chat.completions.create
    async with client:
        stream = await create(**(body | {"stream": True}))
        return [event.to_dict(mode="python") async for event in stream]


def whole(body: bytes) -> list[bytes]:
    return [body]


def at_records(body: bytes) -> list[bytes]:
    return [record + b"\n\n" for record in body.split(b"\n\n")[:-1]]


def serving(pieces: list[bytes]) -> Callable[[Connection], None]:
    def serve(connection: Connection) -> None:
        while connection.request():
            connection.send(HEAD + b"\r\n")
            for piece in pieces:
                connection.chunk(piece)
            connection.send(END)

    return serve


BODIES: dict[Api, dict[str, Any]] = {
    "anthropic": {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]},
    "openai-responses": {"model": "m", "input": "x"},
    "openai-chat": {"model": "m", "messages": [{"role": "user", "content": "x"}]},
}
ODD = ("\ud83d", "\x00\x1f\u2028\u2029\ufeff", '\\"{}[]data: ', "é" * 3_000)
"""Texts that a stream may hold and that are easily cut wrongly."""


def streams(api: Api) -> list[list[dict[str, Any]]]:
    """The recorded stream, and others that differ in their texts."""
    known = STREAMS[NAMES[api]]
    odd = [json.loads(json.dumps(known).replace("wordone ", json.dumps(text)[1:-1])) for text in ODD]
    return [known, *odd]


@pytest.mark.parametrize("cut", [whole, at_records])
async def test_recorded_streams(api: Api, cut: Callable[[bytes], list[bytes]]) -> None:
    for stream in streams(api):
        end = b"" if api == "anthropic" else b"data: [DONE]\n\n"
        with raw_server(serving(cut(sse(*stream) + end))) as url:
            expected = await by_the_client(api, url, BODIES[api])
            async with wire_to(url) as transport:
                heard = await post(transport)
        assert len(expected) > 5
        assert [one for one in heard if one is not None and one.get("type") != "ping"] == expected
        assert (None in heard) == bool(end)
