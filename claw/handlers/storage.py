"""Results on their way into events: texts masked, gathered to pieces, and what is long in the blob store."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from claw.errors import ClawError
from claw.events.base import INLINE_LIMIT, Blob, Content, Event
from claw.events.content import DocumentBlock, ImageBlock, ResultBlock, TextBlock
from claw.events.results import label
from claw.execution.context import ToolContext
from claw.execution.masking import masked
from claw.execution.output import Excerpt
from claw.execution.threads import finished
from claw.handlers.base import Blobs, Emit

INLINE_DATA = 4 * 1024
"""Characters of base64 up to which an image or a document stands in the event itself."""

AT_ONCE = 8 * 1024
"""Characters that are masked without a thread: that takes less time than to wait for one."""

PIECE_LIMIT = 8 * 1024
"""Characters of output that are enough for an event of their own."""
PIECE_SECONDS = 0.05
"""How long less than that is kept back, so that chatty output is not one event per line."""


class Storage:
    """Where a session's long texts go."""

    def __init__(self, context: ToolContext, blobs: Blobs) -> None:
        self._context = context
        self._blobs = blobs

    async def stored(self, text: str, room: int = INLINE_LIMIT) -> Content:
        """The text, masked; or where it lies if it is longer than `room` bytes."""
        if len(text) <= min(AT_ONCE, room // 4):
            return masked(text, self._context)
        return await finished(lambda: self._kept(text, room))

    async def both(self, content: str, output: str | None) -> tuple[Content, Content | None]:
        """What the model is told and all there was, so that one event can hold them."""
        told = await self.stored(content)
        room = INLINE_LIMIT - (len(told.encode()) if isinstance(told, str) else 0)
        return told, None if output is None else await self.stored(output, room)

    async def blocks(
        self, content: tuple[ResultBlock, ...], output: str | None = None
    ) -> tuple[tuple[ResultBlock, ...], Content | None]:
        """What the model is told and all there was, so that one event can hold them. Texts, names and addresses are
        masked; data of images and documents is no text, and is not.
        """
        room = INLINE_LIMIT
        told: list[ResultBlock] = []
        for block in content:
            if isinstance(block, TextBlock) and isinstance(block.text, str):
                told.append(replace(block, text=await self.stored(block.text, room)))
            else:
                told.append(await finished(lambda: self._kept_block(block, room)))  # noqa: B023, it is awaited at once
            room = max(0, room - _inline(told[-1]))
        return tuple(told), None if output is None else await self.stored(output, room)

    def _kept_block(self, block: ResultBlock, room: int) -> ResultBlock:
        said: dict[str, Any] = {
            name: masked(value, self._context)
            for name in ("text", "media_type", "title", "uri", "name")
            if isinstance(value := getattr(block, name, None), str)
        }
        if isinstance(block, TextBlock):
            return replace(block, text=self._kept(said["text"], room))
        block = replace(block, **said)
        if isinstance(block, DocumentBlock) and isinstance(block.text, str):
            block = replace(block, text=self._kept(block.text, min(room, INLINE_DATA)))
        if isinstance(block, DocumentBlock) and block.pictures:
            kept = (self._kept_block(picture, 0) for picture in block.pictures)
            block = replace(block, pictures=tuple(one for one in kept if isinstance(one, ImageBlock)))
        if not isinstance(block, ImageBlock | DocumentBlock) or not isinstance(block.data, str):
            return block
        if len(block.data) <= min(room, INLINE_DATA):
            return block
        try:
            data = base64.b64decode(block.data, validate=True)
            return replace(block, data=Blob(digest=self._blobs.put(data), size=len(data)))
        except ValueError:
            return TextBlock(text=f"{label(block)[:-1]}, left out here: its data is no base64]")
        except ClawError as error:
            why = f"{label(block)[:-1]}, which could not be kept: {error.message}]"
            return TextBlock(text=masked(why, self._context))

    def _kept(self, text: str, room: int) -> Content:
        text = masked(text, self._context)
        data = text.encode()
        if len(data) <= room:
            return text
        try:
            return Blob(digest=self._blobs.put(data), size=len(data))
        except ClawError as error:
            # The disk is full, say. The call has its end all the same, and the model is told what is missing.
            note = masked(f"\n[The rest could not be kept: {error.message}]", self._context)
            return data[: max(0, room - len(note.encode()))].decode("utf-8", "ignore") + note


def _inline(block: ResultBlock) -> int:
    """Bytes of the event that the block takes."""
    if isinstance(block, TextBlock):
        return len(block.text.encode()) if isinstance(block.text, str) else 0
    data = block.data if isinstance(block, ImageBlock | DocumentBlock) else ""
    words = block.text if isinstance(block, DocumentBlock) else ""
    inline = sum(len(part.encode()) for part in (data, words) if isinstance(part, str))
    return inline + len(label(block).encode())


class Pieces:
    """Output on its way to the log: gathered for a moment, numbered, never lost. `make` an event of index and text."""

    def __init__(self, make: Callable[[int, str], Event], emit: Emit) -> None:
        self._make = make
        self._emit = emit
        self._index = 0
        self._waiting = ""
        self._timer: asyncio.TimerHandle | None = None
        self.excerpt = Excerpt()
        """The beginning and the end of it all."""

    def add(self, text: str) -> None:
        self.excerpt.add(text)
        self._waiting += text
        while len(self._waiting) >= PIECE_LIMIT:
            self._send(self._waiting[:PIECE_LIMIT])
        if self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PIECE_SECONDS, self.flush)

    def flush(self) -> None:
        """Let go what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self._send(self._waiting)

    def _send(self, text: str) -> None:
        self._waiting = self._waiting[len(text) :]
        self._emit(self._make(self._index, text))
        self._index += 1
