"""The session's MCP servers: which there are, and how each is connected."""

from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.control import TimerFired, TimerSet
from claw.events.mcp import McpConfigured, McpConnected, McpConnectRequested, McpDisconnected, McpOffered, McpServer
from claw.events.session import SessionForked
from claw.projections.base import Projection

LASTS = 60 * 10**9
"""Nanoseconds after which a connection that ends counts as one that worked."""

Link: TypeAlias = Literal["apart", "connecting", "connected"]


class ServerLink(msgspec.Struct, frozen=True, kw_only=True):
    """A server, and the connection to it. `call` is its key; -1: there is none. `attempt` is that of the last one,
    `message` why there is none. `connected` says how it was connected last.
    """

    server: McpServer
    link: Link = "apart"
    call: int = -1
    attempt: int = 0
    asked_for: str = ""
    """Digest of the settings that the connection was asked for by."""
    message: str = ""
    since: int = 0
    """When it was connected last, in ns since 1970 UTC."""
    connected: McpConnected | None = None
    offered: McpOffered | None = None
    tried: bool = False
    """One attempt has come to something since it was configured: nobody waits for it any more."""


class Mcp(msgspec.Struct, frozen=True, kw_only=True):
    """`servers` are by name. `timer` is the key of the wait for those that nobody knows yet; -1: there is none."""

    servers: dict[str, ServerLink] = {}
    timer: int = -1

    @property
    def awaited(self) -> list[ServerLink]:
        """Those that a request waits for."""
        return [link for link in self.servers.values() if link.server.wait_ms and not link.tried]


def _configured(mcp: Mcp, envelope: Envelope, event: McpConfigured) -> Mcp:
    """What is connected stays so until its call ends; what is not named any more goes with that."""
    known = mcp.servers
    links = {
        server.name: replace(known[server.name], server=server) if server.name in known else ServerLink(server=server)
        for server in event.servers
    }
    return replace(mcp, servers=links)


def _requested(mcp: Mcp, envelope: Envelope, event: McpConnectRequested) -> Mcp:
    return _with(
        mcp,
        event.server,
        lambda link: replace(link, link="connecting", call=envelope.seq, attempt=event.attempt, asked_for=event.digest),
    )


def _connected(mcp: Mcp, envelope: Envelope, event: McpConnected) -> Mcp:
    def change(link: ServerLink) -> ServerLink:
        if link.call != event.call:
            return link
        return replace(link, link="connected", since=envelope.ts, message="", connected=event)

    return _with(mcp, event.server, change)


def _offered(mcp: Mcp, envelope: Envelope, event: McpOffered) -> Mcp:
    return _with(mcp, event.server, lambda link: replace(link, offered=event, tried=True))


def _parted(mcp: Mcp, envelope: Envelope, event: McpDisconnected) -> Mcp:
    def change(link: ServerLink) -> ServerLink:
        if link.call != event.call:
            return link
        lasted = link.link == "connected" and envelope.ts - link.since >= LASTS
        attempt = 0 if lasted else link.attempt
        return replace(link, link="apart", call=-1, attempt=attempt, message=event.message, tried=True)

    return _with(mcp, event.server, change)


def _with(mcp: Mcp, name: str, change: Callable[[ServerLink], ServerLink]) -> Mcp:
    link = mcp.servers.get(name)
    return mcp if link is None else replace(mcp, servers={**mcp.servers, name: change(link)})


def _timed(mcp: Mcp, envelope: Envelope, event: TimerSet) -> Mcp:
    return replace(mcp, timer=envelope.seq) if event.purpose == "servers" else mcp


def _fired(mcp: Mcp, envelope: Envelope, event: TimerFired) -> Mcp:
    """Whatever is not there by now is not waited for."""
    if event.call != mcp.timer:
        return mcp
    links = {name: replace(link, tried=True) for name, link in mcp.servers.items()}
    return Mcp(servers=links)


def _forked(mcp: Mcp, envelope: Envelope, event: SessionForked) -> Mcp:
    """Its connections are the parent's."""
    return Mcp(servers={name: ServerLink(server=link.server) for name, link in mcp.servers.items()})


MCP = Projection(
    "mcp",
    Mcp(),
    {
        McpConfigured: _configured,
        McpConnectRequested: _requested,
        McpConnected: _connected,
        McpOffered: _offered,
        McpDisconnected: _parted,
        TimerSet: _timed,
        TimerFired: _fired,
        SessionForked: _forked,
    },
)
