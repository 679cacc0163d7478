"""JSON-RPC with a language server, over one socket: what is asked and told, within bounds that no honest one meets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from claw.execution.language.shapes import WRONG, read

MOST_HEADER = 4_096
MOST_MESSAGE = 8 * 2**20
"""Bytes."""
MOST_UNASKED = 64 * 2**20
"""Bytes that may come between two things that it is asked."""
MOST_WAITING = 32 * 2**20
"""Bytes for it that it has not taken yet."""
METHOD_NOT_FOUND = -32601


class Ended(Exception):
    """It does not run any more. In words why, or empty."""


class Refused(Exception):
    """It answered with an error, or with what is no answer to what was asked."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class _Error(Struct, frozen=True):
    code: int = 0
    message: str = ""


class _Message(Struct, frozen=True):
    id: int | str | None = None
    method: str | None = None
    params: Raw = Raw(b"null")
    result: Raw | UnsetType = UNSET
    error: _Error | None = None


class Connection:
    """`answer` gives the result of what the server asks, or raises Refused; `heard` takes what it tells; `broken` is
    told why nothing more can be heard of it.
    """

    def __init__(
        self,
        answer: Callable[[str, Raw], Any],
        heard: Callable[[str, Raw], None],
        broken: Callable[[str], None],
    ) -> None:
        self._answer = answer
        self._heard = heard
        self._broken = broken
        self._pending: dict[int, asyncio.Future[Raw]] = {}
        self._last = 0
        self._unasked = 0
        self._ended = ""
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self, sock: socket.socket) -> None:
        """Take over the socket, and hear what comes from now on."""
        reader, self._writer = await asyncio.open_connection(sock=sock, limit=64 * 1024)
        self._task = asyncio.get_running_loop().create_task(self._listen(reader))

    async def close(self, why: str) -> None:
        """Whatever was asked has no answer. Raises nothing."""
        self._end(why)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        if self._writer is not None:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()

    async def ask(self, method: str, params: Any) -> Raw:
        """Its answer. Raises Ended, and Refused for an error. Once cancelled, it is told so."""
        self._last += 1
        key = self._last
        answer: asyncio.Future[Raw] = asyncio.get_running_loop().create_future()
        self._pending[key] = answer
        self._unasked = 0
        try:
            self._send({"id": key, "method": method, "params": params})
            return await answer
        except asyncio.CancelledError:
            with suppress(Ended):
                self.tell("$/cancelRequest", {"id": key})
            raise
        finally:
            del self._pending[key]

    def tell(self, method: str, params: Any) -> None:
        """Raises Ended."""
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        if self._ended or self._writer is None:
            raise Ended(self._ended)
        body = msgspec.json.encode({"jsonrpc": "2.0", **message})
        self._writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        if self._writer.transport.get_write_buffer_size() > MOST_WAITING:
            self._end("it does not take what it is sent")
            raise Ended(self._ended)

    def _end(self, why: str) -> None:
        if self._ended:
            return
        self._ended = why
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(Ended(why))
        self._broken(why)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        why = "it has ended"
        try:
            while True:
                self._take(await _message(reader))
        except (asyncio.IncompleteReadError, Ended, OSError):
            pass
        except _Wrong as wrong:
            why = str(wrong)
        except Exception as error:  # noqa: BLE001 - whatever it made of what was said, nobody listens any more
            why = f"it could not be understood ({type(error).__name__})"
        self._end(why)

    def _take(self, body: bytes) -> None:
        self._unasked += len(body) + 64
        if self._unasked > MOST_UNASKED:
            raise _Wrong("it does not stop talking")
        try:
            message: _Message = read(body, _Message)
        except WRONG:
            raise _Wrong("it sent what is no message of the protocol") from None
        if message.method is None:
            self._answered(message)
        elif message.id is None:
            self._heard(message.method, message.params)
        else:
            self._reply(message.id, message.method, message.params)

    def _answered(self, message: _Message) -> None:
        """What nobody has asked for is nothing."""
        answer = self._pending.get(message.id) if isinstance(message.id, int) else None
        if answer is None or answer.done():
            return
        if message.error is not None:
            answer.set_exception(Refused(message.error.message, message.error.code))
        else:
            answer.set_result(Raw(b"null") if message.result is UNSET else message.result)

    def _reply(self, key: int | str, method: str, params: Raw) -> None:
        try:
            self._send({"id": key, "result": self._answer(method, params)})
        except Refused as refused:
            self._send({"id": key, "error": {"code": refused.code, "message": str(refused)}})


class _Wrong(Exception):
    """The stream cannot be read on."""


async def _message(reader: asyncio.StreamReader) -> bytes:
    """The next message's JSON. Raises _Wrong, IncompleteReadError."""
    try:
        header = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise _Wrong("it sent what is no message of the protocol") from None
    length = -1
    for line in header[:MOST_HEADER].split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit() and len(value) < 20:
            length = int(value)
    if length < 0 or len(header) > MOST_HEADER:
        raise _Wrong("it sent what is no message of the protocol")
    if length > MOST_MESSAGE:
        raise _Wrong(f"it sent a message of {length} bytes")
    return await reader.readexactly(length)
