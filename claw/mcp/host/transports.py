"""The ways to a server: its standard streams, as one socket that a session has passed on; and HTTP."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, TypeAlias

import anyio
import mcp_types as types
from anyio.abc import SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.message import SessionMessage

from claw.mcp.messages import Connect

Streams: TypeAlias = tuple[Any, Any]
"""What the library reads from and writes to."""

MOST_LINE = 64 * 2**20
"""Bytes of one message of a server's."""
MOST_WRONG = 1_000
"""Lines in a row that are no messages; a server that prints more than these speaks something else."""


def transport(
    wanted: Connect, sock: socket.socket | None, ended: Callable[[], None]
) -> AbstractAsyncContextManager[Streams]:
    """For this connection; `ended` is called once the server has closed it, where that is to be seen."""
    match wanted.transport:
        case "stdio":
            assert sock is not None, "its socket comes with the message"
            return _over_socket(sock, ended)
        case "http":
            return _over_http(wanted)
        case "sse":
            return sse_client(wanted.url, headers=dict(wanted.headers), timeout=wanted.patience)


@asynccontextmanager
async def _over_http(wanted: Connect) -> AsyncIterator[Streams]:
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(create_mcp_http_client(headers=dict(wanted.headers)))
        streams = await stack.enter_async_context(streamable_http_client(wanted.url, http_client=client))
        yield streams


@asynccontextmanager
async def _over_socket(sock: socket.socket, ended: Callable[[], None]) -> AsyncIterator[Streams]:
    """One message a line, both ways. A line that is no message is passed over: some servers print their log."""
    said, read = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    write, wanted = anyio.create_memory_object_stream[SessionMessage](0)

    async def listen(stream: SocketStream) -> None:
        lines = BufferedByteReceiveStream(stream)
        wrong = 0
        async with said:
            try:
                while wrong < MOST_WRONG:
                    line = await lines.receive_until(b"\n", MOST_LINE)
                    message = _message(line)
                    wrong = 0 if message else wrong + 1
                    if message:
                        await said.send(message)
            except (anyio.EndOfStream, anyio.IncompleteRead, anyio.DelimiterNotFound, *_BROKEN):
                pass
            ended()

    async def speak(stream: SocketStream) -> None:
        try:
            async with wanted:
                async for message in wanted:
                    text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                    await stream.send(text.encode() + b"\n")
        except _BROKEN:
            await said.aclose()

    stream = await _as_stream(sock)
    async with stream, read, write, anyio.create_task_group() as tasks:
        tasks.start_soon(listen, stream)
        tasks.start_soon(speak, stream)
        try:
            yield read, write
        finally:
            tasks.cancel_scope.cancel()


_BROKEN = (anyio.ClosedResourceError, anyio.BrokenResourceError, OSError)


def _message(line: bytes) -> SessionMessage | None:
    try:
        return SessionMessage(types.jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError:
        return None


async def _as_stream(sock: socket.socket) -> SocketStream:
    sock.setblocking(False)
    stream: SocketStream = await SocketStream.from_socket(sock)
    return stream
