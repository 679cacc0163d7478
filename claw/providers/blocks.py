"""The blocks of a reply while it is decoded, the same for all APIs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Iterator
from typing import Any, Literal, TypeAlias

import msgspec

from claw.events.content import Api, ModelBlock, TextBlock, ThinkingBlock, ToolUseBlock, Usage
from claw.events.model import BlockOpened, OpaquePiece, StopReason, TextPiece, UsageSeen
from claw.providers.arguments import Arguments
from claw.providers.base import CallFailed, Closed, Completion, Piece
from claw.providers.failures import error_in

Items: TypeAlias = Iterator[Piece | Closed]
Kind: TypeAlias = Literal["text", "thinking", "call"]

_STOPS: dict[str, StopReason] = {
    "length": "max_tokens",
    "max_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "model_length": "max_tokens",
    "model_context_window_exceeded": "max_tokens",
    "content_filter": "refusal",
    "refusal": "refusal",
    "safety": "refusal",
    "stop_sequence": "stop_sequence",
    "pause_turn": "pause_turn",
}
"""Words of all APIs, since compatible servers mix them. A reply that filled the window is a reply that was cut."""


class StreamDecoder(ABC):
    """What the decoders of all APIs have in common; see `transport.Decoder`."""

    def __init__(self, api: Api) -> None:
        self._blocks = Blocks(api)
        self._refused = False
        self._model = ""
        self._response = ""

    @property
    @abstractmethod
    def whole(self) -> bool: ...

    @property
    def began(self) -> bool:
        return bool(self._blocks.all) or self.whole

    def feed(self, record: dict[str, Any]) -> Iterable[Piece | Closed]:
        more = self._more(record)
        return self._any(record) if more is None else (more,)

    def _any(self, record: dict[str, Any]) -> Items:
        """An error behind the reply's end is about nothing that is asked for."""
        error = error_in(record)
        if error is not None and not self.whole:
            raise error
        yield from self._read(record)

    @abstractmethod
    def _more(self, record: dict[str, Any]) -> Piece | None:
        """The piece of a record that holds nothing but more of the text that is being streamed, as nearly all do; None
        for any other. It spares nine tenths of the time, and what comes of it is what `_read` would make of it.
        """
        ...

    @abstractmethod
    def _read(self, record: dict[str, Any]) -> Items: ...


class Block:
    """One block. `said` is its text so far; a call has `arguments` instead."""

    def __init__(self, position: int, kind: Kind) -> None:
        self.position = position
        self.kind = kind
        self.closed = False
        self.arguments = Arguments()
        self._said: list[str] = []

    @property
    def said(self) -> str:
        return "".join(self._said)

    @property
    def silent(self) -> bool:
        return not self._said and not self.arguments.begun

    def said_more(self, text: str) -> Piece:
        """`text` is not empty."""
        self._said.append(text)
        return Piece(self.position, TextPiece(text=text))

    def say(self, text: str) -> Items:
        if text:
            yield self.said_more(text)

    def argue(self, value: object) -> Items:
        yield from self.say(self.arguments.feed(value))

    def seal(self, opaque: dict[str, Any]) -> Items:
        """What the provider wants back with the block."""
        yield Piece(self.position, OpaquePiece(opaque=msgspec.json.encode(opaque).decode()))

    def close(self) -> Items:
        if not self.closed:
            self.closed = True
            yield from self.say(self.arguments.end())
            yield Closed(self.position)


class Blocks:
    """All blocks, in order of opening. `unplaced` names what a reply held besides, of kinds that claw does not know."""

    def __init__(self, api: Api) -> None:
        self.all: list[Block] = []
        self.unplaced: dict[str, None] = {}
        self.usage = Usage()
        self._api = api

    @property
    def called(self) -> bool:
        return any(block.kind == "call" for block in self.all)

    def text(self, phase: str = "") -> Generator[Piece, None, Block]:
        return self._open(TextBlock(text="", phase=phase), "text")

    def thinking(self) -> Generator[Piece, None, Block]:
        return self._open(ThinkingBlock(api=self._api), "thinking")

    def call(self, name: str, given: str) -> Generator[Piece, None, Block]:
        """`given`: its id, as the provider has it. Its place in the reply is what claw goes by."""
        return self._open(ToolUseBlock(id=f"call_{len(self.all)}", name=name, given=given), "call")

    def last(self, kind: Kind | None = None) -> Block | None:
        """The last block that is open, of this kind."""
        return next((b for b in reversed(self.all) if not b.closed and kind in (None, b.kind)), None)

    def counted(self, usage: Usage) -> Piece:
        self.usage = usage
        return Piece(max(0, len(self.all) - 1), UsageSeen(usage=usage))

    def close(self) -> Items:
        for block in self.all:
            yield from block.close()

    def completed(self, stop: str, *, refused: bool = False, model: str = "", response: str = "") -> Completion:
        """`stop` is the API's word. Raises CallFailed for a reply that says nothing and was not cut or refused."""
        otherwise: StopReason = "tool_use" if self.called else "refusal" if refused else "end_turn"
        reason = _STOPS.get(stop.lower(), otherwise)
        if reason not in ("max_tokens", "refusal") and not self._speaks():
            raise self._empty()
        return Completion(stop=reason, usage=self.usage, model=model, response=response)

    def _open(self, opened: ModelBlock, kind: Kind) -> Generator[Piece, None, Block]:
        block = Block(len(self.all), kind)
        self.all.append(block)
        yield Piece(block.position, BlockOpened(block=opened))
        return block

    def _speaks(self) -> bool:
        return self.called or any(block.kind == "text" and block.said.strip() for block in self.all)

    def _empty(self) -> CallFailed:
        if self.unplaced:
            what = ", ".join(list(self.unplaced)[:5])
            return CallFailed("empty", f"The reply holds only what claw does not know: {what}.", retryable=False)
        held = "thinking only" if self.all else "nothing"
        message = f"The reply was empty: it holds {held}, neither text nor a call."
        return CallFailed("empty", message, retryable=True)
