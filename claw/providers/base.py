"""The seam to a model's service: a canonical request goes in, deltas and one completion come out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Protocol, TypeAlias

import msgspec

from claw.events.base import Blob, Content
from claw.events.content import Usage
from claw.events.model import AnyDelta, Failure, StopReason
from claw.events.request import Request

LoadBlob: TypeAlias = Callable[[Blob], bytes]
"""The bytes of a blob. Raises BlobError."""


def text_of(content: Content, load: LoadBlob) -> str:
    """The text, wherever it lies. Raises BlobError."""
    return content if isinstance(content, str) else load(content).decode("utf-8", "replace")


class Piece(msgspec.Struct, frozen=True):
    """One delta of the block at position `block` of the reply. Positions are dense from 0, in order of opening."""

    block: int
    delta: AnyDelta


class Closed(msgspec.Struct, frozen=True):
    """Nothing more comes for this block, so that what a filter withheld of it can be shown."""

    block: int


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """The last item of a stream that ended as its protocol says."""

    stop: StopReason
    usage: Usage
    model: str = ""
    response: str = ""


Item: TypeAlias = Piece | Closed | Completion


class CallFailed(Exception):
    """The call gave no whole reply. `message` is one sentence without secrets; `refused` names the part of the request
    that the server does not take, where it can do without.
    """

    def __init__(
        self,
        failure: Failure,
        message: str,
        *,
        retryable: bool,
        status: int | None = None,
        retry_after_ms: int | None = None,
        refused: str = "",
    ) -> None:
        super().__init__(message)
        self.failure: Failure = failure
        self.message = message
        self.retryable = retryable
        self.status = status
        self.retry_after_ms = retry_after_ms
        self.refused = refused


class Provider(Protocol):
    """One API spoken through one transport. Never retries. Safe to call concurrently and to cancel."""

    def stream(self, request: Request, load: LoadBlob) -> AsyncGenerator[list[Item], None]:
        """Yield what arrived together, as it arrives: pieces, `Closed` where a block's end is known, and exactly one
        Completion, the last item of the last list. No list is empty.

        Raises CallFailed; a stream that ends without its protocol's final event is a "malformed_stream".
        """
        ...

    async def close(self) -> None: ...
