"""What the session and the process that speaks with MCP servers say to each other, as msgpack."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

Json: TypeAlias = Any
"""What JSON can say."""


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """`id` is the session's: of a connection, or of something asked over one."""

    id: int


# --- to the process ---------------------------------------------------------------------------------------------------


class Connect(Message, frozen=True, kw_only=True):
    """Connect to a server. One of transport `stdio` runs already: the socket to it comes with the message. `protocol`
    is the revision to speak, where it is not to be negotiated (`legacy`: one with a handshake). `patience`: seconds
    until it must be connected. `roots` are the folders that the session works in.
    """

    name: str
    transport: Literal["stdio", "http", "sse"]
    url: str = ""
    headers: dict[str, str] = {}
    protocol: str = ""
    patience: float = 30.0
    roots: tuple[str, ...] = ()


class Disconnect(Message, frozen=True, kw_only=True):
    """End the connection `id`."""


class CallTool(Message, frozen=True, kw_only=True):
    """`seconds` is how long it may take at most."""

    connection: int
    name: str
    arguments: dict[str, Json]
    seconds: float


class Cancel(Message, frozen=True, kw_only=True):
    """Nobody waits for the answer to `id` any more."""


# --- from the process -------------------------------------------------------------------------------------------------


class Connected(Message, frozen=True, kw_only=True):
    protocol: str
    title: str = ""
    release: str = ""
    capabilities: tuple[str, ...] = ()
    instructions: str = ""


class Offered(Message, frozen=True, kw_only=True):
    """All that the server offers now, each thing as the protocol has it."""

    tools: list[dict[str, Json]] = []
    prompts: list[dict[str, Json]] = []
    resources: list[dict[str, Json]] = []
    templates: list[dict[str, Json]] = []


class Parted(Message, frozen=True, kw_only=True):
    """The connection `id` is over, or did not come about."""

    why: str


class Result(Message, frozen=True, kw_only=True):
    """The answer to `id`, as the protocol has it."""

    value: dict[str, Json]


class Failed(Message, frozen=True, kw_only=True):
    """There is none."""

    why: str


class Progressed(Message, frozen=True, kw_only=True):
    """How far the call `id` is."""

    progress: float
    total: float | None = None
    text: str = ""


class Logged(Message, frozen=True, kw_only=True):
    """What the server of the connection `id` says of itself."""

    level: str
    text: str


ToHost: TypeAlias = Connect | Disconnect | CallTool | Cancel
FromHost: TypeAlias = Connected | Offered | Parted | Result | Failed | Progressed | Logged
News: TypeAlias = Connected | Offered | Logged | Parted
"""What comes of a connection unasked."""
