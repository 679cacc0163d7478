"""Records of a Responses stream to pieces, purely. One output item is one block; unknown kinds are left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from claw.events.content import ModelBlock, TextBlock, ThinkingBlock, ToolUseBlock, Usage
from claw.events.model import BlockOpened, OpaquePiece, StopReason, TextPiece, UsageSeen
from claw.providers.base import Closed, Completion, Piece
from claw.providers.failures import broken, error_of, failed


class _InputDetails(msgspec.Struct, frozen=True):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _OutputDetails(msgspec.Struct, frozen=True):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct, frozen=True):
    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_details: _InputDetails | None = None
    output_tokens_details: _OutputDetails | None = None


class _Incomplete(msgspec.Struct, frozen=True):
    reason: str | None = None


class _Response(msgspec.Struct, frozen=True):
    id: str = ""
    model: str = ""
    usage: _Usage | None = None
    incomplete_details: _Incomplete | None = None
    error: dict[str, Any] | None = None


class _Part(msgspec.Struct, frozen=True):
    type: str = ""
    text: str = ""
    refusal: str = ""


class _Item(msgspec.Struct, frozen=True):
    type: str
    id: str | None = None
    call_id: str = ""
    name: str = ""
    arguments: str = ""
    phase: str | None = None
    content: list[_Part] | None = None
    summary: list[_Part] | None = None
    encrypted_content: str | None = None


class _Record(msgspec.Struct, frozen=True):
    type: str
    output_index: int = 0
    summary_index: int = 0
    content_index: int = 0
    delta: str = ""
    item: _Item | None = None
    response: _Response = _Response()


_DELTAS = (
    "response.output_text.delta",
    "response.refusal.delta",
    "response.reasoning_summary_text.delta",
    "response.reasoning_text.delta",
    "response.function_call_arguments.delta",
)
_KNOWN = (
    *_DELTAS,
    "response.created",
    "response.output_item.added",
    "response.output_item.done",
    "response.completed",
    "response.incomplete",
    "response.failed",
)
_STOPS: dict[str | None, StopReason] = {"content_filter": "refusal"}


class _Block:
    """An item that is being streamed. `part` is the one of its summary or content that the last piece was of."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.said = False
        self.part = 0


class Decoder:
    def __init__(self) -> None:
        self._blocks: dict[int, _Block] = {}
        self._count = 0
        self._called = False
        self._refused = False
        self._last: _Response | None = None
        self._ended = ""

    def feed(self, record: dict[str, Any]) -> Iterator[Piece | Closed]:
        kind = record.get("type")
        if kind == "error":
            kinds, message = error_of(record)
            raise failed(message=message, kinds=kinds)
        if kind in _KNOWN:
            yield from self._take(msgspec.convert(record, _Record))

    def completion(self) -> Completion:
        if self._last is None:
            raise broken("The stream ended before the response did.")
        details = self._last.incomplete_details
        stop: StopReason = "tool_use" if self._called else "refusal" if self._refused else "end_turn"
        if self._ended == "response.incomplete":
            stop = _STOPS.get(details.reason if details else None, "max_tokens")
        return Completion(stop=stop, usage=_counted(self._last.usage), model=self._last.model, response=self._last.id)

    def _take(self, record: _Record) -> Iterator[Piece | Closed]:
        match record.type:
            case "response.created":
                return
            case "response.output_item.added":
                yield from self._open(record.output_index, record.item)
            case "response.output_item.done":
                yield from self._done(record.output_index, record.item)
            case "response.failed":
                kinds, message = error_of(record.response.error or {})
                raise failed(message=message or "The response failed.", kinds=kinds)
            case "response.completed" | "response.incomplete":
                self._last, self._ended = record.response, record.type
                yield Piece(max(0, self._count - 1), UsageSeen(usage=_counted(record.response.usage)))
            case _:
                yield from self._piece(record)

    def _open(self, index: int, item: _Item | None) -> Iterator[Piece]:
        opened = None if item is None else _opened(item)
        if opened is None:
            return
        block = self._blocks[index] = _Block(self._count)
        self._count += 1
        self._called |= isinstance(opened, ToolUseBlock)
        yield Piece(block.position, BlockOpened(block=opened))

    def _piece(self, record: _Record) -> Iterator[Piece]:
        block = self._blocks.get(record.output_index)
        if block is None or not record.delta:
            return
        self._refused |= record.type == "response.refusal.delta"
        part = max(record.summary_index, record.content_index)
        gap = "\n\n" if block.said and part != block.part else ""
        block.said, block.part = True, part
        yield Piece(block.position, TextPiece(text=gap + record.delta))

    def _done(self, index: int, item: _Item | None) -> Iterator[Piece | Closed]:
        """A server that streams no deltas has the whole item here."""
        if item is not None and index not in self._blocks:
            yield from self._open(index, item)
        block = self._blocks.pop(index, None)
        if block is None or item is None:
            return
        text = _text(item)
        if text and not block.said:
            yield Piece(block.position, TextPiece(text=text))
        if item.type == "reasoning" and (opaque := _sealed(item)):
            yield Piece(block.position, OpaquePiece(opaque=opaque))
        yield Closed(block.position)


def _opened(item: _Item) -> ModelBlock | None:
    match item.type:
        case "message":
            return TextBlock(text="", phase=item.phase or "")
        case "reasoning":
            return ThinkingBlock(api="openai-responses")
        case "function_call":
            return ToolUseBlock(id=item.call_id, name=item.name)
    return None


def _text(item: _Item) -> str:
    parts = item.summary or item.content or ()
    return item.arguments or "\n\n".join(part.text or part.refusal for part in parts)


def _sealed(item: _Item) -> str:
    """What goes back. An item that carries neither its encrypted nor its open content would name nothing."""
    if not item.encrypted_content and not item.content:
        return ""
    fields: dict[str, Any] = {
        "id": item.id or "",
        "summary": [{"type": "summary_text", "text": part.text} for part in item.summary or ()],
    }
    if item.encrypted_content:
        fields["encrypted_content"] = item.encrypted_content
    if item.content:
        fields["content"] = [{"type": "reasoning_text", "text": part.text} for part in item.content]
    return msgspec.json.encode(fields).decode()


def _counted(usage: _Usage | None) -> Usage:
    usage = usage or _Usage()
    inward = usage.input_tokens_details or _InputDetails()
    outward = usage.output_tokens_details or _OutputDetails()
    read, written = inward.cached_tokens or 0, inward.cache_write_tokens or 0
    return Usage(
        input=max(0, usage.input_tokens - read - written),
        output=usage.output_tokens,
        cache_read=read,
        cache_write=written,
        reasoning=outward.reasoning_tokens or 0,
    )
