"""Chunks to the message they make up: for the handler, for recovery, and for `verify`, which compares the two."""

from collections.abc import Callable, Iterable

import msgspec

from claw.errors import EventInvalid
from claw.events.base import INLINE_LIMIT, Blob, Content
from claw.events.content import ModelBlock, TextBlock, ToolUseBlock, Usage
from claw.events.model import AnyDelta, BlockOpened, ModelChunk, OpaquePiece, TextPiece, UsageSeen


class Assembler:
    """Takes the deltas of one call in order; blocks stand where their positions say, which are dense from 0."""

    def __init__(self) -> None:
        self.usage = Usage()
        self._opened: list[ModelBlock] = []
        self._texts: list[list[str]] = []
        self._opaque: dict[int, str] = {}

    def feed(self, block: int, delta: AnyDelta) -> None:
        """Raises EventInvalid for a delta that cannot follow what came before it."""
        match delta:
            case TextPiece() if 0 <= block < len(self._opened):
                self._texts[block].append(delta.text)
            case UsageSeen():
                self.usage = delta.usage
            case BlockOpened():
                if block != len(self._opened):
                    raise EventInvalid(f"block {block} opened where block {len(self._opened)} comes next")
                self._opened.append(delta.block)
                self._texts.append([])
            case _ if not 0 <= block < len(self._opened):
                raise EventInvalid(f"a piece of block {block}, which is not open")
            case OpaquePiece():
                if isinstance(self._opened[block], TextBlock):
                    raise EventInvalid(f"an opaque value for block {block}, which is text")
                self._opaque[block] = delta.opaque

    def content(self) -> tuple[ModelBlock, ...]:
        """The blocks so far, all text inline."""
        return tuple(self._block(position, block) for position, block in enumerate(self._opened))

    def _block(self, position: int, block: ModelBlock) -> ModelBlock:
        text = "".join(self._texts[position])
        if isinstance(block, ToolUseBlock):
            opaque = self._opaque.get(position, block.opaque)
            return msgspec.structs.replace(block, arguments=block.arguments + text, opaque=opaque)
        whole = f"{block.text}{text}" if isinstance(block.text, str) else block.text
        if isinstance(block, TextBlock):
            return msgspec.structs.replace(block, text=whole)
        return msgspec.structs.replace(block, text=whole, opaque=self._opaque.get(position, block.opaque))


def assemble(chunks: Iterable[ModelChunk]) -> Assembler:
    """All chunks of one call, in order. Raises EventInvalid when one is missing or out of place."""
    assembler = Assembler()
    for expected, chunk in enumerate(chunks):
        if chunk.index != expected:
            raise EventInvalid(f"chunk {chunk.index} of call {chunk.call} where chunk {expected} comes next")
        assembler.feed(chunk.block, chunk.delta)
    return assembler


def outsource(content: tuple[ModelBlock, ...], put: Callable[[bytes], str]) -> tuple[ModelBlock, ...]:
    """Replace text over `INLINE_LIMIT` by a blob; `put` takes its bytes and gives their digest.

    With `put=blake3` nothing is stored: so `verify` compares chunks with a finished message.
    """
    return tuple(_outsourced(block, put) for block in content)


def _outsourced(block: ModelBlock, put: Callable[[bytes], str]) -> ModelBlock:
    if isinstance(block, ToolUseBlock):
        return block
    return msgspec.structs.replace(block, text=_content(block.text, put))


def _content(text: Content, put: Callable[[bytes], str]) -> Content:
    if isinstance(text, Blob) or len(text) * 4 <= INLINE_LIMIT:
        return text
    encoded = text.encode()
    return text if len(encoded) <= INLINE_LIMIT else Blob(digest=put(encoded), size=len(encoded))
