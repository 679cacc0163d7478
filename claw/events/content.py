"""What messages are made of, the same for every provider."""

from typing import Literal, TypeAlias

import msgspec

from claw.events.base import Blob, Content

Api: TypeAlias = Literal["anthropic", "openai-responses", "openai-chat"]


class Block(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    pass


class TextBlock(Block, frozen=True, kw_only=True, tag="text"):
    """`phase` is what OpenAI calls a text of the model (`commentary`, `final_answer`) and wants back with it."""

    text: Content
    phase: str = ""


class ThinkingBlock(Block, frozen=True, kw_only=True, tag="thinking"):
    """A model's reasoning. `opaque` is what `api` wants back unchanged (a JSON text: a signature, redacted data, an
    encrypted item); another API never sees it.
    """

    text: Content = ""
    api: Api
    opaque: str = ""


class ToolUseBlock(Block, frozen=True, kw_only=True, tag="tool_use"):
    """A call the model wants. `arguments` is the JSON text as the model wrote it; always inline, because the verdict
    on the call is computed from it. `id` is claw's own; what the provider calls it stands in `given`, and `opaque` is
    what the provider wants back with it (a JSON text).
    """

    id: str
    name: str
    arguments: str = ""
    given: str = ""
    opaque: str = ""


Data: TypeAlias = Blob | str
"""Bytes that are no text: by reference, or in base64 where they are few."""


class ImageBlock(Block, frozen=True, kw_only=True, tag="image"):
    """A picture. `width` and `height` are in pixels; 0: not known."""

    media_type: str
    data: Data
    width: int = 0
    height: int = 0


class DocumentBlock(Block, frozen=True, kw_only=True, tag="document"):
    """A file that a model reads as a whole. `pages`: how many it has; 0: not known. `text`: what it says in words, for
    a model that takes no such file; empty: not known. `pictures` stand for pages without words, for such a model.
    """

    media_type: str
    data: Data
    title: str = ""
    pages: int = 0
    text: Content = ""
    pictures: tuple[ImageBlock, ...] = ()


class ResourceLinkBlock(Block, frozen=True, kw_only=True, tag="resource_link"):
    """Where there is more, which was not read. `size` is in bytes; None: not known."""

    uri: str
    name: str = ""
    media_type: str = ""
    size: int | None = None


ResultBlock: TypeAlias = TextBlock | ImageBlock | DocumentBlock | ResourceLinkBlock


class ToolResultBlock(Block, frozen=True, kw_only=True, tag="tool_result"):
    """What a call gave; no blocks: nothing."""

    id: str
    content: tuple[ResultBlock, ...]
    is_error: bool = False


ModelBlock: TypeAlias = TextBlock | ThinkingBlock | ToolUseBlock
AnyBlock: TypeAlias = TextBlock | ThinkingBlock | ToolUseBlock | ToolResultBlock


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a conversation. Tool results are in messages of role user, in the order of the calls."""

    role: Literal["user", "assistant"]
    blocks: tuple[AnyBlock, ...]


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens. `input` excludes what was read from or written to the prompt cache; `output` includes `reasoning`."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0

    @property
    def context(self) -> int:
        """Tokens of the window that the call took."""
        return self.input + self.cache_read + self.cache_write + self.output
