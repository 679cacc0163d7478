"""Texts of a conversation cut to a size, as the log says that they are to be. Sizes are bytes of UTF-8."""

from msgspec.structs import replace

from claw.events.base import Blob, Content
from claw.events.content import AnyBlock, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claw.events.results import fitted, size_of, weight_of

TOO_MUCH = "too much for the model's window"


def size_of_block(block: AnyBlock) -> int:
    """Bytes that a block takes of a request, without what its API puts around it; of an image or a document as many as
    a text has that takes as many tokens.
    """
    if isinstance(block, TextBlock):
        return size_of(block.text)
    if isinstance(block, ToolUseBlock):
        return size_of(block.name) + size_of(block.arguments)
    if isinstance(block, ThinkingBlock):
        return size_of(block.text) + size_of(block.opaque)
    return weight_of(block.content)


def is_cut(block: AnyBlock) -> bool:
    """Whether a block may be cut: a call's arguments are one JSON value, and thinking is signed."""
    return isinstance(block, TextBlock | ToolResultBlock)


def cut(content: Content, limit: int) -> Content:
    """The beginning and the end of a text that is longer than `limit`. Of what lies in the blob store only a note is
    left: no pure function can look into it.
    """
    size = size_of(content)
    if size <= limit:
        return content
    if isinstance(content, Blob):
        return f"[{size} bytes left out here: {TOO_MUCH}]"
    data = content.encode()
    head, tail = data[: limit * 2 // 3].decode(errors="ignore"), data[size - limit // 3 :].decode(errors="ignore")
    return f"{head}\n\n[… {size - limit} bytes left out here: {TOO_MUCH} …]\n\n{tail}"


def cut_block(block: AnyBlock, limit: int) -> AnyBlock:
    """The block with its text cut, where it may be. An image or a document stays whole, or a text stands for it."""
    if isinstance(block, ToolResultBlock):
        return replace(block, content=fitted(block.content, limit, cut, TOO_MUCH))
    return replace(block, text=cut(block.text, limit)) if isinstance(block, TextBlock) else block
