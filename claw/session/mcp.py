"""The session's MCP servers: which there are, what each has offered the last time, and what it offers now."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from functools import partial

import msgspec
from msgspec import Struct

from claw.errors import ClawError
from claw.events.base import Content
from claw.events.mcp import McpConfigured, McpConnectRequested, McpServer
from claw.events.tools import ToolSpec
from claw.execution.context import ToolContext
from claw.execution.files import read_whole, write_atomic
from claw.execution.grants import ordered
from claw.execution.threads import finished
from claw.handlers.late import LateHandler
from claw.handlers.mcp import McpHandler
from claw.log import Home
from claw.mcp.messages import Offered
from claw.mcp.servers import Servers
from claw.mcp.tools import ServerTool, declared, offer_of, source_of
from claw.projections.state import State
from claw.projections.turn import Idle, Ready
from claw.runtime import Runtime
from claw.session.tools import changed
from claw.settings.mcp import ServerFile
from claw.tools.base import Declared
from claw.tools.toolbox import Toolbox

WAIT_MS = 10_000
"""So long a first request waits at most for a server whose tools nobody knows."""
MOST_LEFT_OUT = 20
FOLDER = "mcp"
"""In claw's home: what each server has offered, by the digest of its settings. It can be deleted."""


class _Kept(Struct, frozen=True):
    """What a server calls each of its tools, and the declaration."""

    tools: dict[str, ToolSpec]


class SessionServers:
    """`mask` takes secrets out of a text, `keep` makes content of one."""

    def __init__(
        self,
        home: Home,
        servers: dict[str, ServerFile],
        context: ToolContext,
        mask: Callable[[str], str],
        keep: Callable[[str], Content],
    ) -> None:
        self._folder = str(home.path / FOLDER)
        self._mask = mask
        self._servers = Servers(servers, context)
        self._runtime: Runtime | None = None
        self._toolbox: Toolbox | None = None
        self._news: dict[str, Offered] = {}
        self._telling: asyncio.Task[None] | None = None
        self._altered: dict[str, frozenset[str]] = {}
        """Tools that were declared otherwise when the file was written, by server."""
        self._known = {name: self._remembered(server) for name, server in servers.items()}
        self.handler = LateHandler(
            partial(McpHandler, self._servers, context, self._offered, keep), McpConnectRequested
        )

    @property
    def tools(self) -> dict[str, tuple[Declared, ...]]:
        """What is offered before a server is connected, by source."""
        return {source_of(name): self._made(name, known) for name, known in self._known.items() if known}

    def configured(self) -> McpConfigured:
        """The servers, as the log has them."""
        return McpConfigured(
            servers=tuple(
                McpServer(
                    name=server.name,
                    transport=server.transport,
                    shown=self._mask(server.shown),
                    source=server.source,
                    digest=server.digest,
                    wait_ms=0 if self._known[server.name] is not None else min(WAIT_MS, int(server.seconds * 1000)),
                )
                for server in self._servers.known.values()
            )
        )

    def serve(self, runtime: Runtime, toolbox: Toolbox) -> None:
        """Before the first intent."""
        self._runtime, self._toolbox = runtime, toolbox

    async def stop(self) -> None:
        """The session ends: record that each connection does."""
        assert self._runtime is not None, "it serves one"
        self._servers.stop()
        await self._runtime.until(lambda state: not state.main.pending.servers)
        altered = self._runtime.state.tools.altered
        for name, before in self._altered.items():
            if any(tool not in altered for tool in before):
                self._remember(name, altered)

    async def close(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
        await self._servers.close()

    def _made(self, name: str, specs: dict[str, ToolSpec]) -> tuple[Declared, ...]:
        return tuple(ServerTool(name, given, spec, self._servers) for given, spec in specs.items())

    async def _offered(self, name: str, offered: Offered) -> None:
        """Tell what is new of it, soon."""
        self._news[name] = offered
        if self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self) -> None:
        """With the next turn what is new, where the model has been asked in this one, so that what a service has cached
        of the prompt stays usable; at once what is declared otherwise, or no more.
        """
        runtime = self._runtime
        assert runtime is not None, "it serves one"
        while self._news:
            name, offered = self._news.popitem()
            try:
                await self._tell_one(runtime, name, offered)
            except ClawError:
                return  # it has stopped the session, which says so

    async def _tell_one(self, runtime: Runtime, name: str, offered: Offered) -> None:
        toolbox, server = self._toolbox, self._servers.known[name]
        assert toolbox is not None, "it serves one"
        specs, left_out = declared(server, offered.tools)
        known = self._known[name] or {}
        if specs != self._known[name]:
            if all(specs.get(given) == spec for given, spec in known.items()):
                await runtime.until(_between_turns)
            self._known[name] = specs
            toolbox.put(source_of(name), self._made(name, specs))
            for change in changed(runtime.state.tools, toolbox):
                await runtime.submit(change)
            await finished(lambda: self._remember(name, runtime.state.tools.altered))
        link = runtime.state.mcp.servers.get(name)
        event = offer_of(name, len(specs), offered, tuple(left_out[:MOST_LEFT_OUT]))
        if link is not None and link.offered != event:
            await runtime.submit(event)

    # --- what was offered the last time -------------------------------------------------------------------------------

    def _path(self, server: ServerFile) -> str:
        return os.path.join(self._folder, f"{server.digest}.msgpack")

    def _remembered(self, server: ServerFile) -> dict[str, ToolSpec] | None:
        """None: nobody knows. What the file says of itself is a server's word, as what it says when it is connected."""
        try:
            kept = msgspec.msgpack.decode(read_whole(self._path(server)).data, type=_Kept)
            offered = [
                {"name": given, "description": spec.description, "inputSchema": msgspec.json.decode(spec.schema)}
                for given, spec in kept.tools.items()
            ]
        except (OSError, ClawError, msgspec.MsgspecError):
            return None
        return declared(server, offered)[0]

    def _remember(self, name: str, altered: dict[str, ToolSpec]) -> None:
        """What the person has not seen yet of a change is not kept: the next session sees it again."""
        path = self._path(self._servers.known[name])
        known = self._known[name] or {}
        specs = {given: altered.get(spec.name, spec) for given, spec in known.items()}
        self._altered[name] = frozenset(spec.name for spec in known.values() if spec.name in altered)
        data = msgspec.msgpack.encode(_Kept(specs))
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            before = os.stat(path) if os.path.exists(path) else None
            write_atomic(ordered("remember what a server offers", path), path, data, before)
        except (OSError, ClawError):
            return  # it is asked again the next time


def _between_turns(state: State) -> bool:
    """Whether the model has not been asked in this turn, or there is none."""
    turn = state.main.turn
    return isinstance(turn, Idle) or (isinstance(turn, Ready) and not turn.asked)
