"""Records of a Chat Completions stream to pieces, purely; lenient where compatible servers differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from claw.events.content import ModelBlock, TextBlock, ThinkingBlock, ToolUseBlock, Usage
from claw.events.model import BlockOpened, OpaquePiece, StopReason, TextPiece, UsageSeen
from claw.providers.base import Closed, Completion, Piece
from claw.providers.failures import broken, error_of, failed


class _Function(msgspec.Struct, frozen=True):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _ToolCall(msgspec.Struct, frozen=True):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(msgspec.Struct, frozen=True):
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(msgspec.Struct, frozen=True):
    index: int = 0
    delta: _Delta | None = None
    finish_reason: str | None = None


class _InputDetails(msgspec.Struct, frozen=True):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _OutputDetails(msgspec.Struct, frozen=True):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct, frozen=True):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _InputDetails | None = None
    completion_tokens_details: _OutputDetails | None = None
    prompt_cache_hit_tokens: int | None = None
    """DeepSeek's name for what was cached."""


class _Record(msgspec.Struct, frozen=True):
    id: str | None = None
    model: str | None = None
    choices: list[_Choice] | None = None
    usage: _Usage | None = None


_STOPS: dict[str, StopReason] = {"length": "max_tokens", "content_filter": "refusal"}


class _Call:
    """A tool call that is being streamed. It has no block until its name is known."""

    def __init__(self) -> None:
        self.id = ""
        self.position: int | None = None
        self.held = ""


class Decoder:
    """Text and thinking close when something else begins; tool calls may be interleaved, so they close at the end."""

    def __init__(self) -> None:
        self._count = 0
        self._current: tuple[str, int] | None = None
        """Field of the text that is being streamed, and its block."""
        self._calls: dict[int, _Call] = {}
        self._ids: set[str] = set()
        self._finish: str | None = None
        self._refused = False
        self._usage = Usage()
        self._model = ""
        self._response = ""

    def feed(self, record: dict[str, Any]) -> Iterator[Piece | Closed]:
        if record.get("error"):
            kinds, message = error_of(record)
            raise failed(message=message, kinds=kinds)
        chunk = msgspec.convert(record, _Record)
        self._model = chunk.model or self._model
        self._response = chunk.id or self._response
        for choice in chunk.choices or ():
            if choice.index == 0:
                yield from self._take(choice)
        if chunk.usage is not None:
            self._usage = _counted(chunk.usage)
            yield Piece(max(0, self._count - 1), UsageSeen(usage=self._usage))

    def completion(self) -> Completion:
        """A server that calls tools and says "stop" is common enough; one that says nothing broke off."""
        if self._finish is None:
            raise broken("The stream ended without a finish reason.")
        if self._finish == "error":
            raise failed(message="The provider broke off with an error.", kinds=("server_error",))
        stop: StopReason = "tool_use" if self._ids else "refusal" if self._refused else "end_turn"
        return Completion(
            stop=_STOPS.get(self._finish, stop), usage=self._usage, model=self._model, response=self._response
        )

    def _take(self, choice: _Choice) -> Iterator[Piece | Closed]:
        delta = choice.delta or _Delta()
        if delta.reasoning_content:
            yield from self._say("reasoning_content", delta.reasoning_content)
        elif delta.reasoning:
            yield from self._say("reasoning", delta.reasoning)
        if delta.content:
            yield from self._say("content", delta.content)
        if delta.refusal:
            self._refused = True
            yield from self._say("content", delta.refusal)
        for number, call in enumerate(delta.tool_calls or ()):
            yield from self._call(number if call.index is None else call.index, call)
        if choice.finish_reason:
            self._finish = choice.finish_reason
            yield from self._close()

    def _say(self, field: str, text: str) -> Iterator[Piece | Closed]:
        if self._current is None or self._current[0] != field:
            yield from self._close()
            block = TextBlock(text="") if field == "content" else ThinkingBlock(api="openai-chat")
            yield self._opened(block)
            self._current = (field, self._count - 1)
        yield Piece(self._current[1], TextPiece(text=text))

    def _close(self) -> Iterator[Piece | Closed]:
        """Of the text that is being streamed."""
        if self._current is None:
            return
        field, position = self._current
        self._current = None
        if field != "content":
            yield Piece(position, OpaquePiece(opaque=msgspec.json.encode({"field": field}).decode()))
        yield Closed(position)

    def _call(self, index: int, part: _ToolCall) -> Iterator[Piece | Closed]:
        function = part.function or _Function()
        call = self._calls.get(index)
        if call is None or (call.position is not None and function.name and part.id and part.id != call.id):
            call = self._calls[index] = _Call()
        call.id = call.id or part.id or ""
        arguments = function.arguments or ""
        call.held += arguments if isinstance(arguments, str) else msgspec.json.encode(arguments).decode()
        if call.position is None and function.name:
            yield from self._close()
            yield self._opened(ToolUseBlock(id=self._unique(call.id), name=function.name))
            call.position = self._count - 1
        if call.position is not None and call.held:
            yield Piece(call.position, TextPiece(text=call.held))
            call.held = ""

    def _opened(self, block: ModelBlock) -> Piece:
        self._count += 1
        return Piece(self._count - 1, BlockOpened(block=block))

    def _unique(self, id_: str) -> str:
        """Some servers give calls no id, or all calls the same one."""
        name = id_ or f"call_{self._count}"
        if name in self._ids:
            name = f"{name}_{self._count}"
        self._ids.add(name)
        return name


def _counted(usage: _Usage) -> Usage:
    inward = usage.prompt_tokens_details or _InputDetails()
    outward = usage.completion_tokens_details or _OutputDetails()
    read = inward.cached_tokens or usage.prompt_cache_hit_tokens or 0
    written = inward.cache_write_tokens or 0
    return Usage(
        input=max(0, usage.prompt_tokens - read - written),
        output=usage.completion_tokens,
        cache_read=read,
        cache_write=written,
        reasoning=outward.reasoning_tokens or 0,
    )
