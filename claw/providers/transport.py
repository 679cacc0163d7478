"""How a request gets to a server and its answer back, as records: the seam below the dialects.

`wire` is claw's own HTTP, in Rust. The official clients (`sdk`) take seconds to import; they are what the other one is
compared with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias

from msgspec import Struct, field

from claw.providers.records import Raw
from claw.providers.route import Route

CONNECT_S = 10.0
READ_S = 600.0
"""The longest silence inside a stream; the APIs send a ping or a piece far more often."""
WRITE_S = 60.0
"""How long a server may take no more of a request."""

DRAIN_S = 0.25
"""How long for the connection's end once nothing more is expected, so that the connection can be used again."""

Form: TypeAlias = Literal["", "events", "json", "page"]
"""What a body is: nothing yet, an event stream, JSON in its stead, or what is neither."""

Trouble: TypeAlias = Literal["timeout", "untrusted", "connection", "broken", "unsendable"]
"""It took too long; the certificate is not trusted; there is no connection, or it broke; the answer is none; a request
that cannot be sent.
"""


class Endpoint(Struct, frozen=True):
    """Where requests go, and as whom: `headers` hold the credentials, of which `secret` is what no message may show."""

    base_url: str
    route: Route
    headers: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""


class StatusError(Exception):
    """The server answered with another status than 2xx. `said` is its JSON, or else its text."""

    def __init__(self, status: int, headers: Mapping[str, str], said: object) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.headers = headers
        self.said = said


class TransportFailed(Exception):
    """There is no answer, or none to its end. `reason` holds nothing of the request."""

    def __init__(self, trouble: Trouble, reason: str) -> None:
        super().__init__(reason)
        self.trouble = trouble
        self.reason = reason


class Answer(Protocol):
    """An answer with status 2xx, while it arrives. Whoever got it closes it. Names in `headers` are in lower case."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def form(self) -> Form:
        """Of what has come."""
        ...

    @property
    def said(self) -> str:
        """What came instead of records."""
        ...

    async def batch(self) -> Sequence[Raw]:
        """What arrived together; nothing at the end. Raises TransportFailed."""
        ...

    def rest(self) -> Sequence[Raw]:
        """Once no more is waited for: the record that only lacked its end."""
        ...

    def leave(self) -> None:
        """Nothing more is expected; the connection may be used again if the answer ends soon."""
        ...

    async def close(self) -> None: ...


class Transport(Protocol):
    """The way to one endpoint. Never tries again, never follows a redirect. Safe to use concurrently and to cancel."""

    async def post(self, path: str, body: dict[str, Any], headers: Mapping[str, str]) -> Answer:
        """Raises StatusError, TransportFailed, and ValueError for what cannot be sent."""
        ...

    async def close(self) -> None: ...
