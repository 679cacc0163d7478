"""Servers of the Model Context Protocol (MCP): which there are, that they are connected, and what they offer."""

from typing import ClassVar, Literal, TypeAlias

import msgspec

from claw.events.base import Content, Derived, Event, Intent, Observed

Transport: TypeAlias = Literal["stdio", "http", "sse"]
"""How a server is spoken with: a process of claw's by its standard streams, streamable HTTP, or HTTP with server-sent
events as it was before."""

Parted: TypeAlias = Literal["failed", "closed", "removed", "session_end", "crash"]
"""Why there is no connection: none could be made; the server ended it, or broke the protocol; the settings do not name
it any more, or otherwise; the session ended; claw died."""


class McpServer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A server as the settings name it, with nothing that is secret. `shown` is its command line or URL. `digest` is
    BLAKE3 of all that the settings say of it. `wait_ms`: so long a request waits for its tools, which nobody knows yet;
    0: they are known from an earlier time, or come when they come.
    """

    name: str
    transport: Transport
    shown: str
    source: str
    digest: str
    wait_ms: int = 0


class McpConfigured(Observed, frozen=True, kw_only=True, tag="mcp.configured"):
    """These are the session's servers from here on, and no others."""

    servers: tuple[McpServer, ...]


class McpConnected(Observed, frozen=True, kw_only=True, tag="mcp.connected"):
    """`call` is the key of the connection. `protocol` is the revision that both speak, `title` and `release` what the
    server calls itself, `capabilities` what it says that it has. `instructions` are what it says for the model.
    """

    durable: ClassVar[bool] = False

    call: int
    server: str
    protocol: str
    title: str = ""
    release: str = ""
    capabilities: tuple[str, ...] = ()
    instructions: Content = ""


class McpPromptArgument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    description: str = ""
    required: bool = False


class McpPrompt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A text that a server makes of arguments, for people to send."""

    name: str
    description: str = ""
    arguments: tuple[McpPromptArgument, ...] = ()


class McpResource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a server can be asked for by a URI. Of a template parts of that stand in braces."""

    uri: str
    name: str = ""
    description: str = ""
    media_type: str = ""
    template: bool = False


class McpOffered(Observed, frozen=True, kw_only=True, tag="mcp.offered"):
    """What a server offers from here on beside its tools, which `tools.changed` has; `tools` counts those, `left_out`
    has a sentence for each that is not offered to a model.
    """

    durable: ClassVar[bool] = False

    server: str
    tools: int = 0
    prompts: tuple[McpPrompt, ...] = ()
    resources: tuple[McpResource, ...] = ()
    left_out: tuple[str, ...] = ()


class McpTold(Derived, frozen=True, kw_only=True, tag="mcp.told"):
    """An agent's model is told what these servers say for it, as the last `mcp.connected` of each has it."""

    servers: tuple[str, ...]
    text: str


class McpLogged(Observed, frozen=True, kw_only=True, tag="mcp.logged"):
    """What a server says of itself, for people. `level` is one of syslog's."""

    durable: ClassVar[bool] = False
    skippable: ClassVar[bool] = True

    call: int
    server: str
    level: str
    text: str


class McpDisconnected(Observed, frozen=True, kw_only=True, tag="mcp.disconnected"):
    """The connection is over, or never came about. `message` says why, for people."""

    call: int
    server: str
    reason: Parted
    message: str = ""


class McpConnectRequested(Intent, frozen=True, kw_only=True, tag="mcp.connect_requested"):
    """Connect to this server, and stay so: the call is open as long as the connection is.

    `digest` is that of the settings that are meant. `attempt` counts from 1 since a connection has lasted;
    `delay_ms` is waited before.
    """

    ends: ClassVar[tuple[type[Event], ...]] = (McpDisconnected,)
    resume: ClassVar[Literal["report"]] = "report"
    cancellable: ClassVar[bool] = False

    server: str
    digest: str
    attempt: int = 1
    delay_ms: int = 0
