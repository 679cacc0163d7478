"""Calls of a model: asked, streamed, finished or failed."""

from typing import ClassVar, Literal, TypeAlias

import msgspec

from claw.events.base import Derived, Event, Intent, Observed, Resumption
from claw.events.content import Api, ModelBlock, Usage
from claw.events.request import Parameters

Purpose: TypeAlias = Literal["turn", "compaction", "aside", "title"]
StopReason: TypeAlias = Literal["end_turn", "tool_use", "max_tokens", "stop_sequence", "refusal", "pause_turn"]
Failure: TypeAlias = Literal[
    "connection",
    "timeout",
    "rate_limited",
    "overloaded",
    "server",
    "auth",
    "not_found",
    "invalid_request",
    "context_overflow",
    "malformed_stream",
    "empty",
    "interrupted",
    "lost",
]


class Delta(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    pass


class BlockOpened(Delta, frozen=True, kw_only=True, tag="open"):
    """A block begins; it has no content yet."""

    block: ModelBlock


class TextPiece(Delta, frozen=True, kw_only=True, tag="text"):
    """More of the open block's text, thinking or arguments, whichever it has."""

    text: str


class OpaquePiece(Delta, frozen=True, kw_only=True, tag="opaque"):
    """The value that the provider wants back with thinking or a call; replaces an earlier one."""

    opaque: str


class UsageSeen(Delta, frozen=True, kw_only=True, tag="usage"):
    """Usage so far, whole."""

    usage: Usage


AnyDelta: TypeAlias = BlockOpened | TextPiece | OpaquePiece | UsageSeen


class ModelChunk(Observed, frozen=True, kw_only=True, tag="model.chunk"):
    """`index` counts the chunks of a call from 0; `block` is the position of the block it belongs to."""

    version: ClassVar[int] = 2

    durable: ClassVar[bool] = False
    skippable: ClassVar[bool] = True

    call: int
    index: int
    block: int
    delta: AnyDelta


class ModelFinished(Observed, frozen=True, kw_only=True, tag="model.finished"):
    """The whole reply; its chunks prove it. `nusd` is its price in 10⁻⁹ US dollars, None where none is known."""

    version: ClassVar[int] = 2
    durable: ClassVar[bool] = False  # with what it leads to: a call that acts, or the turn's end

    call: int
    content: tuple[ModelBlock, ...]
    stop: StopReason
    usage: Usage
    model: str = ""
    """As the provider names it."""
    response: str = ""
    """The provider's id of the reply."""
    nusd: int | None = None
    priced_by: str = ""
    """Source of the price, with its version."""


class ModelFailed(Observed, frozen=True, kw_only=True, tag="model.failed"):
    """`content` is what had arrived. `retry_after_ms` is the provider's wish. `refused` names the part of the request
    that the server does not take, where it can do without.
    """

    version: ClassVar[int] = 2

    call: int
    failure: Failure
    message: str
    retryable: bool = False
    status: int | None = None
    retry_after_ms: int | None = None
    refused: str = ""
    content: tuple[ModelBlock, ...] = ()
    usage: Usage = Usage()
    nusd: int | None = None
    priced_by: str = ""


class ModelFellBack(Derived, frozen=True, kw_only=True, tag="model.fell_back"):
    """Until the next input the model named as fallback is asked instead, since the other has failed too often."""

    model: str
    fallback: str
    failures: int


class ModelRequested(Intent, frozen=True, kw_only=True, tag="model.requested"):
    """`digest` names the canonical request that `claw.prompt` builds from the state before this event.

    After a crash the call is reported as lost, with what had arrived; then the model is asked again, as another call.
    """

    version: ClassVar[int] = 2
    ends: ClassVar[tuple[type[Event], ...]] = (ModelFinished, ModelFailed)
    pieces: ClassVar[type[Event] | None] = ModelChunk
    resume: ClassVar[Resumption] = "report"

    purpose: Purpose
    provider: str
    api: Api
    model: str
    base_url: str = ""
    parameters: Parameters
    attempt: int
    digest: str
