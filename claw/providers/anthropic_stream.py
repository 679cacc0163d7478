"""Records of a Messages stream to pieces, purely. Unknown kinds of record, block and delta are left out, as the API's
versioning rules ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

from claw.events.content import ModelBlock, TextBlock, ThinkingBlock, ToolUseBlock, Usage
from claw.events.model import BlockOpened, OpaquePiece, StopReason, TextPiece, UsageSeen
from claw.providers.base import Closed, Completion, Piece
from claw.providers.failures import broken, error_of, failed


class _Details(msgspec.Struct, frozen=True):
    thinking_tokens: int = 0


class _Usage(msgspec.Struct, frozen=True):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens_details: _Details | None = None


class _Message(msgspec.Struct, frozen=True):
    id: str = ""
    model: str = ""
    usage: _Usage = _Usage()


class _Block(msgspec.Struct, frozen=True):
    type: str
    text: str = ""
    thinking: str = ""
    signature: str = ""
    data: str = ""
    id: str = ""
    name: str = ""
    input: Any = None


class _Delta(msgspec.Struct, frozen=True):
    type: str
    text: str = ""
    thinking: str = ""
    signature: str = ""
    partial_json: str = ""


class _Stop(msgspec.Struct, frozen=True):
    stop_reason: str | None = None


class MessageStart(msgspec.Struct, frozen=True, tag="message_start"):
    message: _Message


class BlockStart(msgspec.Struct, frozen=True, tag="content_block_start"):
    index: int
    content_block: _Block


class BlockDelta(msgspec.Struct, frozen=True, tag="content_block_delta"):
    index: int
    delta: _Delta


class BlockStop(msgspec.Struct, frozen=True, tag="content_block_stop"):
    index: int


class MessageDelta(msgspec.Struct, frozen=True, tag="message_delta"):
    delta: _Stop
    usage: _Usage = _Usage()


Record: TypeAlias = MessageStart | BlockStart | BlockDelta | BlockStop | MessageDelta
_KNOWN = ("message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta")

STOPS: dict[str, StopReason] = {
    "end_turn": "end_turn",
    "tool_use": "tool_use",
    "max_tokens": "max_tokens",
    "stop_sequence": "stop_sequence",
    "refusal": "refusal",
    "pause_turn": "pause_turn",
    "model_context_window_exceeded": "max_tokens",
}
"""A reply that filled the window is a reply that was cut; its usage makes the next step compact."""


class Decoder:
    def __init__(self) -> None:
        self._usage = Usage()
        self._message = _Message()
        self._positions: dict[int, int] = {}
        self._whole_inputs: dict[int, str] = {}
        self._stop: str | None = None
        self._stopped = False
        self._called = False
        self._blocks = 0

    def feed(self, record: dict[str, Any]) -> Iterator[Piece | Closed]:
        kind = record.get("type")
        if kind == "error":
            kinds, message = error_of(record)
            raise failed(message=message, kinds=kinds)
        if kind == "message_stop":
            self._stopped = True
        elif kind in _KNOWN:
            yield from self._take(msgspec.convert(record, Record))

    def completion(self) -> Completion:
        if not self._stopped or self._stop is None:
            raise broken("The stream ended before the message did.")
        other: StopReason = "tool_use" if self._called else "end_turn"
        return Completion(
            stop=STOPS.get(self._stop, other),
            usage=self._usage,
            model=self._message.model,
            response=self._message.id,
        )

    def _take(self, record: Record) -> Iterator[Piece | Closed]:
        match record:
            case MessageStart():
                self._message = record.message
                yield self._counted(record.message.usage)
            case MessageDelta():
                self._stop = record.delta.stop_reason or self._stop
                yield self._counted(record.usage)
            case BlockStart():
                yield from self._open(record.index, record.content_block)
            case BlockDelta() if record.index in self._positions:
                yield from self._piece(self._positions[record.index], record.delta)
            case BlockStop() if record.index in self._positions:
                position = self._positions.pop(record.index)
                if text := self._whole_inputs.pop(position, ""):
                    yield Piece(position, TextPiece(text=text))
                yield Closed(position)

    def _open(self, index: int, block: _Block) -> Iterator[Piece]:
        opened = _opened(block)
        if opened is None:
            return
        position = self._blocks
        self._positions[index] = position
        self._blocks += 1
        yield Piece(position, BlockOpened(block=opened))
        if isinstance(opened, ToolUseBlock):
            self._called = True
            if block.input:
                self._whole_inputs[position] = msgspec.json.encode(block.input).decode()
        elif text := block.text or block.thinking:
            yield Piece(position, TextPiece(text=text))
        if block.signature:
            yield _sealed(position, signature=block.signature)
        if block.type == "redacted_thinking":
            yield _sealed(position, redacted=block.data)

    def _piece(self, position: int, delta: _Delta) -> Iterator[Piece]:
        if delta.type == "signature_delta":
            yield _sealed(position, signature=delta.signature)
            return
        text = delta.text or delta.thinking or delta.partial_json
        if text:
            self._whole_inputs.pop(position, None)
            yield Piece(position, TextPiece(text=text))

    def _counted(self, usage: _Usage) -> Piece:
        """Both records report totals so far; a field that one leaves out keeps its value."""
        before = self._usage
        details = usage.output_tokens_details
        self._usage = Usage(
            input=_or(usage.input_tokens, before.input),
            output=_or(usage.output_tokens, before.output),
            cache_read=_or(usage.cache_read_input_tokens, before.cache_read),
            cache_write=_or(usage.cache_creation_input_tokens, before.cache_write),
            reasoning=details.thinking_tokens if details else before.reasoning,
        )
        return Piece(max(0, self._blocks - 1), UsageSeen(usage=self._usage))


def _opened(block: _Block) -> ModelBlock | None:
    match block.type:
        case "text":
            return TextBlock(text="")
        case "thinking" | "redacted_thinking":
            return ThinkingBlock(api="anthropic")
        case "tool_use":
            return ToolUseBlock(id=block.id, name=block.name)
    return None


def _sealed(position: int, **opaque: str) -> Piece:
    return Piece(position, OpaquePiece(opaque=msgspec.json.encode(opaque).decode()))


def _or(value: int | None, other: int) -> int:
    return other if value is None else value
