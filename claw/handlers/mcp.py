"""Connections to MCP servers, from their intents to their ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import anyio

from claw.errors import ToolError
from claw.events.base import Content, Intent
from claw.events.mcp import McpConnected, McpConnectRequested, McpDisconnected, McpLogged, Parted
from claw.execution.context import ToolContext
from claw.execution.masking import masked
from claw.handlers.base import Call, Handler, LostCall
from claw.mcp import messages
from claw.mcp.servers import Servers
from claw.mcp.tools import plain

MOST_INSTRUCTIONS = 16_384
"""Characters of what a server says for the model."""
MOST_LOGGED = 1_000
"""Things that a server says of itself in one connection which are kept."""


class NoServers(Handler):
    """Where the settings name no server: what is open from an earlier run ends."""

    intents: frozenset[type[Intent]] = frozenset({McpConnectRequested})

    async def perform(self, call: Call) -> None:
        assert isinstance(call.intent, McpConnectRequested)
        call.emit(McpDisconnected(call=call.seq, server=call.intent.server, reason="removed"))

    def end_lost(self, call: LostCall) -> McpDisconnected:
        return _lost(call)


class McpHandler(Handler):
    """Connects, and reports what the server says until the connection ends. `offered` takes what it offers, and
    returns once that is in the log or waits for the next turn; `keep` makes content of a text.
    """

    intents: frozenset[type[Intent]] = frozenset({McpConnectRequested})

    def __init__(
        self,
        servers: Servers,
        context: ToolContext,
        offered: Callable[[str, messages.Offered], Awaitable[None]],
        keep: Callable[[str], Content],
    ) -> None:
        self._servers = servers
        self._context = context
        self._offered = offered
        self._keep = keep

    async def perform(self, call: Call) -> None:
        intent = call.intent
        assert isinstance(intent, McpConnectRequested)
        name = intent.server
        reason: Parted = "failed"
        message = ""
        try:
            if not self._is_meant(intent):
                reason, message = "removed", "the settings do not name it so any more"
                return
            await self._servers.pause(intent.delay_ms / 1000)
            if self._servers.closing:
                reason = "session_end"
                return
            news = await self._servers.connect(name)
            reason, message = await self._listen(call, name, news)
        except ToolError as error:
            reason = "session_end" if self._servers.closing else "failed"
            message = f"{error.message} {error.hint}".rstrip()
        except asyncio.CancelledError:
            reason = "session_end" if self._servers.closing else "removed"
            raise
        finally:
            with anyio.CancelScope(shield=True):
                await self._servers.disconnect(name)
            text = masked(plain(message, 2_000), self._context)
            call.emit(McpDisconnected(call=call.seq, server=name, reason=reason, message=text))

    def _is_meant(self, intent: McpConnectRequested) -> bool:
        server = self._servers.known.get(intent.server)
        return server is not None and server.digest == intent.digest

    async def _listen(self, call: Call, name: str, news: asyncio.Queue[messages.News]) -> tuple[Parted, str]:
        """Until it is over: why, and in words."""
        connected, logged = False, 0
        while True:
            match await news.get():
                case messages.Connected() as said:
                    connected = True
                    call.emit(self._connected(call.seq, name, said))
                case messages.Offered() as said:
                    await self._offered(name, said)
                case messages.Logged() as said:
                    logged += 1
                    if logged <= MOST_LOGGED:
                        text = masked(plain(said.text, 2_000), self._context)
                        call.emit(McpLogged(call=call.seq, server=name, level=plain(said.level, 20), text=text))
                case messages.Parted() as said:
                    if self._servers.closing:
                        return "session_end", ""
                    return ("closed" if connected else "failed"), await self._servers.why(name, said)

    def _connected(self, call: int, name: str, said: messages.Connected) -> McpConnected:
        instructions = masked(plain(said.instructions, MOST_INSTRUCTIONS), self._context)
        return McpConnected(
            call=call,
            server=name,
            protocol=plain(said.protocol, 40),
            title=plain(said.title, 200),
            release=plain(said.release, 100),
            capabilities=tuple(plain(one, 100) for one in said.capabilities[:50]),
            instructions=self._keep(instructions) if instructions else "",
        )

    def end_lost(self, call: LostCall) -> McpDisconnected:
        return _lost(call)

    def end_cancelled(self, call: int) -> None:
        """It is performed all the same, and finds out that it is not meant."""
        return


def _lost(call: LostCall) -> McpDisconnected:
    assert isinstance(call.intent, McpConnectRequested)
    return McpDisconnected(call=call.seq, server=call.intent.server, reason="crash")
