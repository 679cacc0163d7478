"""The MCP servers of a session: connected, asked, and told apart; each alone has the cost of what it does wrong."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from msgspec import Struct, field

from claw.errors import ToolError
from claw.execution.context import ToolContext
from claw.execution.ends import followed_to_its_end
from claw.execution.last_words import LastWords
from claw.execution.sandbox import Running
from claw.execution.threads import finished
from claw.mcp.link import Link
from claw.mcp.messages import (
    CallTool,
    Connect,
    Disconnect,
    FromHost,
    Logged,
    News,
    Offered,
    Parted,
    Progressed,
    Result,
)
from claw.mcp.process import spawned
from claw.settings.mcp import Missing, ServerFile, expanded

MOST_NEWS = 10_000
"""Things that a server may say unasked before anybody has taken one of them."""
LAST_WORDS_S = 1.0
"""Seconds that are waited for how a process ended."""


class _Open(Struct):
    """A connection: what comes over it, and the process behind it where there is one."""

    id: int
    news: asyncio.Queue[News]
    ready: asyncio.Future[None]
    ended: asyncio.Task[str] | None = None
    running: Running | None = None
    said: LastWords = field(default_factory=LastWords)


class Servers:
    """`known` are those that the settings name and that count, by name."""

    def __init__(self, known: Mapping[str, ServerFile], context: ToolContext) -> None:
        self.known = dict(known)
        self._context = context
        self._link = Link(context, self._heard, self._died)
        self._open: dict[str, _Open] = {}
        self._ends = asyncio.Event()

    @property
    def closing(self) -> bool:
        """The session ends."""
        return self._ends.is_set()

    async def pause(self, seconds: float) -> None:
        """Wait so long, or until the session ends."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ends.wait(), seconds)

    async def connect(self, name: str) -> asyncio.Queue[News]:
        """What comes of it from now on; `Parted` is the last. Raises ToolError."""
        server = self.known[name]
        await self._link.begin()
        if self.closing:
            raise ToolError("The session ends.")
        id = self._link.next_id()
        made = _Open(id, asyncio.Queue(), asyncio.get_running_loop().create_future())
        self._open[name] = made
        try:
            sock = await self._started(server, made) if server.transport == "stdio" else None
            try:
                self._link.send(self._wanted(server, id), sock)
            finally:
                if sock is not None:
                    sock.close()
        except Missing as missing:
            await self._gone(name, made)
            raise ToolError(f"The variable {missing} is not set, which {server.source} names.") from None
        except BaseException:
            await self._gone(name, made)
            raise
        return made.news

    async def _started(self, server: ServerFile, made: _Open) -> socket.socket:
        ours, theirs = socket.socketpair()
        try:
            made.running = await finished(lambda: spawned(server, self._context, theirs))
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        made.ended = asyncio.get_running_loop().create_task(followed_to_its_end(made.running, made.said))
        return ours

    def _wanted(self, server: ServerFile, id: int) -> Connect:
        environ = self._context.environ
        return Connect(
            id=id,
            name=server.name,
            transport=server.transport,
            url=expanded(server.url, environ),
            headers={name: expanded(text, environ) for name, text in server.headers.items()},
            protocol=server.protocol,
            patience=server.seconds,
            roots=self._context.roots,
        )

    async def why(self, name: str, parted: Parted) -> str:
        """How the connection ended, in words: with the last ones of its process."""
        made = self._open.get(name)
        if made is None or made.ended is None:
            return parted.why
        said = str(made.said)
        with suppress(TimeoutError, asyncio.CancelledError):
            said = await asyncio.wait_for(asyncio.shield(made.ended), LAST_WORDS_S)
        return "; ".join(filter(None, (parted.why, said)))

    async def disconnect(self, name: str) -> None:
        """End the connection, and its process."""
        made = self._open.get(name)
        if made is not None:
            with suppress(ToolError):
                self._link.send(Disconnect(id=made.id))
            await self._gone(name, made)

    async def _gone(self, name: str, made: _Open) -> None:
        if self._open.get(name) is made:
            del self._open[name]
        if not made.ready.done():
            made.ready.set_exception(ToolError(f"The MCP server {name} is not connected."))
            made.ready.exception()
        if made.running is not None:
            made.running.process.kill()
        if made.ended is not None:
            await asyncio.wait({made.ended}, timeout=5)

    def _heard(self, message: FromHost) -> None:
        for name, made in list(self._open.items()):
            if made.id == message.id and isinstance(message, News):
                if isinstance(message, Offered) and not made.ready.done():
                    made.ready.set_result(None)
                if not isinstance(message, Logged) or made.news.qsize() < MOST_NEWS:
                    made.news.put_nowait(message)
                if isinstance(message, Parted) and not made.ready.done():
                    made.ready.set_exception(ToolError(f"The MCP server {name} is not connected: {message.why}."))
                    made.ready.exception()

    def _died(self, why: str) -> None:
        for made in self._open.values():
            made.news.put_nowait(Parted(id=made.id, why=why))

    async def call(
        self, name: str, tool: str, arguments: dict[str, Any], progress: Callable[[Progressed], None]
    ) -> Result:
        """What a tool of a server's gives, as the protocol has it. Waits for a connection that is being made. Raises
        ToolError.
        """
        server, made = self.known.get(name), self._open.get(name)
        if server is None or made is None:
            raise ToolError(f"The MCP server {name} is not connected.", hint="It is connected again by itself.")
        await asyncio.shield(made.ready)
        seconds = server.call_seconds
        message = CallTool(id=self._link.next_id(), connection=made.id, name=tool, arguments=arguments, seconds=seconds)
        return await self._link.ask(message, progress)

    def stop(self) -> None:
        """The session ends: every connection is told so."""
        self._ends.set()
        for made in self._open.values():
            made.news.put_nowait(Parted(id=made.id, why="the session has ended"))

    async def close(self) -> None:
        """End them all. Raises nothing."""
        self._ends.set()
        for name, made in list(self._open.items()):
            await self._gone(name, made)
        await self._link.close()
