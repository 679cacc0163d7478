"""The messages of a conversation."""

from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec.structs import replace

from claw._native import blake3
from claw.events.base import Content
from claw.events.content import AnyBlock, Message, TextBlock, ToolResultBlock, ToolUseBlock
from claw.events.results import weight
from claw.projections.cutting import cut_block, size_of_block

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `seq` is the event that completed it; `size` its length in characters, blobs by their bytes, images
    and documents by their weight; `bytes` what it takes of a request (`cutting.size_of_block`).
    """

    seq: int
    message: Message
    """The same object in each request, so that what was made of it for one is known for the next."""
    digest: str
    size: int
    bytes: int
    about: int | None = None
    """The subject of the hook that had this to say; None: nobody's hook."""
    instructions: bool = False
    """It says which instructions have come, changed or gone since the conversation began."""

    @property
    def role(self) -> Literal["user", "assistant"]:
        return self.message.role

    @property
    def blocks(self) -> tuple[AnyBlock, ...]:
        return self.message.blocks

    @property
    def holds_results(self) -> bool:
        """Whether it answers tool calls, and so must follow the message that made them."""
        return any(isinstance(block, ToolResultBlock) for block in self.blocks)


def make_entry(
    seq: int,
    role: Literal["user", "assistant"],
    blocks: tuple[AnyBlock, ...],
    about: int | None = None,
    *,
    instructions: bool = False,
) -> Entry:
    """A message with its digest (BLAKE3 over role and blocks in msgpack)."""
    size = bytes = 0
    for block in blocks:
        size += _size(block)
        bytes += size_of_block(block)
    return Entry(
        seq=seq,
        message=Message(role=role, blocks=blocks),
        digest=blake3(_encode((role, blocks))),
        size=size,
        bytes=bytes,
        about=about,
        instructions=instructions,
    )


def chained(digest: str, entries: Iterable[Entry]) -> str:
    """The digest of messages behind those of this digest, which is empty for none: BLAKE3 over the digest of all before
    and that of the message, one after the other.
    """
    for entry in entries:
        digest = blake3((digest + entry.digest).encode())
    return digest


def shortened(entry: Entry, limit: int) -> Entry:
    """The entry with each of its texts cut to so many bytes; itself, where none is longer."""
    blocks = tuple(cut_block(block, limit) for block in entry.blocks)
    if blocks == entry.blocks:
        return entry
    return make_entry(entry.seq, entry.role, blocks, entry.about, instructions=entry.instructions)


def with_texts(entry: Entry, texts: dict[int, str]) -> Entry:
    """The entry with these texts in the place of what was in the results among its blocks, by their number."""
    blocks = tuple(
        replace(block, content=(TextBlock(text=texts[number]),))
        if number in texts and isinstance(block, ToolResultBlock)
        else block
        for number, block in enumerate(entry.blocks)
    )
    return make_entry(entry.seq, entry.role, blocks, entry.about)


def _size(block: AnyBlock) -> int:
    if isinstance(block, TextBlock):
        return _length(block.text)
    if isinstance(block, ToolUseBlock):
        return len(block.name) + len(block.arguments)
    if isinstance(block, ToolResultBlock):
        return sum([_length(part.text) if isinstance(part, TextBlock) else weight(part) for part in block.content])
    return len(block.opaque) + _length(block.text)


def _length(text: Content) -> int:
    return len(text) if isinstance(text, str) else text.size
