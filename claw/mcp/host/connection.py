"""One connection to a server: begun, listed, listened to, asked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import anyio
import mcp_types as types
from mcp.client.client import Client
from mcp.client.session import ClientRequestContext, IncomingMessage
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel, FileUrl, ValidationError

from claw import __version__
from claw.mcp.host.transports import transport
from claw.mcp.messages import (
    CallTool,
    Connect,
    Connected,
    Failed,
    FromHost,
    Json,
    Logged,
    Offered,
    Progressed,
    Result,
)

PAGES = 1_000
"""Of one list that are asked for."""
MOST_LISTED = 20_000
"""Things of one kind that a server may offer."""
CLOSING = 3.0
"""Seconds that it may take to end a connection."""
LISTING = 60.0
"""Seconds that a server has to say what it offers."""


class Connection:
    def __init__(self, wanted: Connect, sock: socket.socket | None, tell: Callable[[FromHost], None]) -> None:
        self.id = wanted.id
        self._wanted = wanted
        self._sock = sock
        self._tell = tell
        self._client: Client | None = None
        self._ended = False
        self._changed = asyncio.Event()

    async def live(self) -> str:
        """Connect, and stay so; why it is over."""
        try:
            client = self._made()
            # No scope of anyio's: what is entered here outlives it.
            async with asyncio.timeout(self._wanted.patience):
                await client.__aenter__()
            try:
                self._client = client
                await self._listen(client)
            finally:
                self._client = None
                with suppress(TimeoutError):
                    async with asyncio.timeout(CLOSING):
                        await client.__aexit__(None, None, None)
        except TimeoutError:
            return f"it was not ready within {self._wanted.patience:g} s"
        except Exception as error:  # noqa: BLE001 - whatever a server makes of the library ends its own connection
            return _told(error)
        return "it has closed the connection"

    def _made(self) -> Client:
        mode = self._wanted.protocol or "auto"
        return Client(
            transport(self._wanted, self._sock, self._closed),
            mode=mode,
            client_info=types.Implementation(name="claw", version=__version__),
            list_roots_callback=self._roots,
            logging_callback=self._logged,
            log_level="info",
            message_handler=self._heard,
            cache=None,
        )

    async def _listen(self, client: Client) -> None:
        info, has = client.server_info, client.server_capabilities
        self._tell(
            Connected(
                id=self.id,
                protocol=client.protocol_version,
                title=info.name if info else "",
                release=info.version if info else "",
                capabilities=tuple(sorted(has.model_dump(exclude_none=True))),
                instructions=client.instructions or "",
            )
        )
        async with anyio.create_task_group() as tasks:
            if client.protocol_version in MODERN_PROTOCOL_VERSIONS:
                tasks.start_soon(self._subscribe, client)
            while not self._ended:
                self._changed.clear()
                with anyio.fail_after(LISTING):
                    self._tell(await self._offered(client))
                await self._changed.wait()
            tasks.cancel_scope.cancel()

    async def _subscribe(self, client: Client) -> None:
        """Hear of changes from a server of the newer revisions, which tells only who asks for it."""
        try:
            async with client.listen(
                tools_list_changed=True, prompts_list_changed=True, resources_list_changed=True
            ) as news:
                async for _ in news:
                    self._changed.set()
        except Exception as error:  # noqa: BLE001 - it is connected all the same, and tells no changes
            self._tell(Logged(id=self.id, level="debug", text=f"no subscription: {_told(error)}"))

    async def _offered(self, client: Client) -> Offered:
        has = client.server_capabilities
        tools = await _listed(client.list_tools, "tools") if has.tools else []
        prompts = await _listed(client.list_prompts, "prompts") if has.prompts else []
        resources = await _listed(client.list_resources, "resources") if has.resources else []
        templates: list[dict[str, Json]] = []
        if has.resources:
            try:
                templates = await _listed(client.list_resource_templates, "resource_templates")
            except MCPError:
                templates = []  # many servers with resources know no such request
        return Offered(id=self.id, tools=tools, prompts=prompts, resources=resources, templates=templates)

    # --- what the session asks ---

    async def perform(self, message: CallTool) -> None:
        """Tell its answer, whatever comes. Once cancelled, the server is told so, and nothing else."""
        try:
            self._tell(Result(id=message.id, value=_plain(await self._called(message))))
        except TimeoutError:
            self._tell(Failed(id=message.id, why="it did not answer in time"))
        except Exception as error:  # noqa: BLE001 - whatever the server answered, this call alone has failed
            self._tell(Failed(id=message.id, why=_told(error)))

    async def _called(self, call: CallTool) -> BaseModel:
        if self._client is None:
            raise ConnectionError("it is not connected")

        async def progressed(progress: float, total: float | None, message: str | None) -> None:
            self._tell(Progressed(id=call.id, progress=progress, total=total, text=message or ""))

        return await self._client.call_tool(call.name, call.arguments, call.seconds, progress_callback=progressed)

    # --- what the server says unasked ---

    def _closed(self) -> None:
        self._ended = True
        self._changed.set()

    async def _roots(self, context: ClientRequestContext) -> types.ListRootsResult:
        return types.ListRootsResult(
            roots=[types.Root(uri=FileUrl(f"file://{quote(root)}")) for root in self._wanted.roots]
        )

    async def _heard(self, message: IncomingMessage) -> None:
        if isinstance(message, _LISTS_CHANGED):
            self._changed.set()
        elif isinstance(message, Exception):
            self._tell(Logged(id=self.id, level="warning", text=_told(message)))

    async def _logged(self, params: types.LoggingMessageNotificationParams) -> None:
        text = params.data if isinstance(params.data, str) else str(params.data)
        self._tell(Logged(id=self.id, level=str(params.level), text=text[:10_000]))


_LISTS_CHANGED = (
    types.ToolListChangedNotification,
    types.PromptListChangedNotification,
    types.ResourceListChangedNotification,
)


async def _listed(ask: Callable[..., Any], field: str) -> list[dict[str, Json]]:
    """All pages of a list, each thing as it came."""
    found: list[dict[str, Json]] = []
    cursor: str | None = None
    seen: set[str] = set()
    for _ in range(PAGES):
        page = await ask(cursor=cursor)
        found += [_plain(one) for one in getattr(page, field)]
        cursor = page.next_cursor
        if cursor is None or cursor in seen or len(found) > MOST_LISTED:
            break
        seen.add(cursor)
    return found[:MOST_LISTED]


def _plain(value: BaseModel) -> dict[str, Json]:
    return value.model_dump(mode="json", by_alias=True, exclude_none=True)


def _told(error: BaseException) -> str:
    """Why, in the words of what is innermost."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    if isinstance(error, MCPError):
        return error.error.message
    if isinstance(error, ValidationError):
        return f"it sent what the protocol does not allow ({error.title})"
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}"[:500] if said else type(error).__name__
