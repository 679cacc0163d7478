"""The transport in Rust without a dialect: posts, and what comes of them as objects."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from claw.providers.records import Records
from claw.providers.route import Route
from claw.providers.transport import Answer, Endpoint
from claw.providers.wire import WireTransport


@asynccontextmanager
async def wire_to(
    url: str, environment: Mapping[str, str] | None = None, **headers: str
) -> AsyncIterator[WireTransport]:
    transport = WireTransport(Endpoint(url, Route.to(url, environment or {}), headers))
    try:
        yield transport
    finally:
        await transport.close()


async def post(transport: WireTransport, body: dict[str, Any] | None = None) -> list[dict[str, Any] | None]:
    """All objects of the answer, None for the server's word that it is done."""
    answer = await transport.post("/v1/x", body or {}, {})
    try:
        return [record async for record in objects(answer)]
    finally:
        await answer.close()


async def objects(answer: Answer) -> AsyncIterator[dict[str, Any] | None]:
    records = Records()
    while batch := await answer.batch():
        for record in records.of(batch):
            yield record
