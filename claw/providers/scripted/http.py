"""One request of a connection and its answer, in HTTP/1.1 as h11 reads and writes it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

import h11

LARGEST_HEAD = 64 * 1024
FAREWELL = 1.0
"""Seconds in which a client whose request was refused may still write, so that it reads why."""


class Exchange:
    """Where a client is at fault its methods raise `h11.RemoteProtocolError`, where the answer is,
    `h11.LocalProtocolError`.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)
        self._has_body = True

    async def request(self) -> tuple[str, str, dict[str, str], bytes] | None:
        """(method, path, headers with lowercase names, body); None when the client closed without asking."""
        head = await self._next()
        if not isinstance(head, h11.Request):
            return None
        body = bytearray()
        while isinstance(part := await self._next(), h11.Data):
            body += part.data
        self._has_body = head.method != b"HEAD"
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        return head.method.decode("latin-1"), head.target.decode("latin-1"), headers, bytes(body)

    async def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """All of it at once."""
        given = {name.lower(): value for name, value in headers.items()}
        await self.begin(status, {"content-type": "application/json", **given, "content-length": str(len(body))})
        if self._has_body and status not in (204, 304):
            await self.go_on(body)
        await self.end()

    async def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """An answer without a length goes on in chunks."""
        named = [(name.encode(), value.encode()) for name, value in {**headers, "connection": "close"}.items()]
        await self._send(h11.Response(status_code=status, headers=named))

    async def go_on(self, data: bytes) -> None:
        await self._send(h11.Data(data=data))

    async def end(self) -> None:
        await self._send(h11.EndOfMessage())

    async def refuse(self, error: h11.RemoteProtocolError) -> None:
        """Answer what is no request. To close at once, with something unread, would take the answer along."""
        await self.answer(error.error_status_hint, {"content-type": "text/plain"}, f"{error}\n".encode())
        self._writer.write_eof()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                await self.gone()

    async def gone(self) -> None:
        """Wait until the client writes no more."""
        while await self._reader.read(LARGEST_HEAD):
            pass

    def drop(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()

    async def _next(self) -> h11.Event:
        while not isinstance(event := self._http.next_event(), h11.Event):
            if self._http.they_are_waiting_for_100_continue:
                await self._send(h11.InformationalResponse(status_code=100, headers=[]))
            self._http.receive_data(await self._reader.read(LARGEST_HEAD))
        return event

    async def _send(self, event: h11.Event) -> None:
        self._writer.write(self._http.send(event) or b"")
        await self._writer.drain()
