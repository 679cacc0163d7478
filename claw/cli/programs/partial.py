"""A reply while it comes, as the events of the Messages API of Anthropic's, whichever API the model has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from claw.cli.programs.lines import Tokens
from claw.events.base import Blob
from claw.events.content import ModelBlock, TextBlock, ThinkingBlock, ToolUseBlock
from claw.events.model import BlockOpened, ModelChunk, TextPiece


class Partial:
    """The events of one reply of `model`. Blocks follow each other: the one before ends when another begins."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._begun = False
        self._open: int | None = None
        self._kinds: dict[int, str] = {}
        """Block -> the kind of its pieces."""

    def take(self, chunk: ModelChunk) -> Iterator[dict[str, Any]]:
        """What this piece is told by."""
        yield from self._begin()
        match chunk.delta:
            case BlockOpened(block=block):
                yield from self._stop()
                self._open = chunk.block
                yield from self._start(chunk.block, block)
            case TextPiece(text=text) if chunk.block in self._kinds:
                yield self._delta(chunk.block, text)

    def end(self, stop: str, usage: Tokens) -> Iterator[dict[str, Any]]:
        """What the whole reply adds."""
        yield from self._begin()
        yield from self._stop()
        told = msgspec.to_builtins(usage)
        yield {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": told}
        yield {"type": "message_stop"}

    def _begin(self) -> Iterator[dict[str, Any]]:
        if not self._begun:
            self._begun = True
            message = {"type": "message", "role": "assistant", "model": self._model, "content": []}
            yield {"type": "message_start", "message": {**message, "stop_reason": None, "usage": {}}}

    def _stop(self) -> Iterator[dict[str, Any]]:
        if self._open is not None:
            yield {"type": "content_block_stop", "index": self._open}
            self._open = None

    def _start(self, index: int, block: ModelBlock) -> Iterator[dict[str, Any]]:
        shown: dict[str, Any]
        match block:
            case TextBlock():
                kind, shown, first = "text", {"type": "text", "text": ""}, block.text
            case ThinkingBlock():
                kind, shown, first = "thinking", {"type": "thinking", "thinking": "", "signature": ""}, block.text
            case ToolUseBlock():
                shown = {"type": "tool_use", "id": block.id, "name": block.name, "input": {}}
                kind, first = "partial_json", block.arguments
        self._kinds[index] = kind
        yield {"type": "content_block_start", "index": index, "content_block": shown}
        if first and not isinstance(first, Blob):
            yield self._delta(index, first)

    def _delta(self, index: int, text: str) -> dict[str, Any]:
        kind = self._kinds[index]
        name = "input_json_delta" if kind == "partial_json" else f"{kind}_delta"
        return {"type": "content_block_delta", "index": index, "delta": {"type": name, kind: text}}
