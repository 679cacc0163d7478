"""The canonical request: what a model is asked, before any provider's wire format."""

from typing import Literal, TypeAlias

import msgspec

from claw.events.base import Content
from claw.events.content import Api, Message

Effort: TypeAlias = Literal["off", "low", "medium", "high"]


TOOLS = "tools"
"""A part that a request may be `without`: no tools are offered."""
SYSTEM = "system"
"""Another: the instructions are the beginning of the first message."""
IMAGES, DOCUMENTS = "images", "documents"
"""Two more: a sentence stands in the place of each in a result."""
API = "api"
"""No part of a request: the server does not have the API that it was asked by, and is asked by Chat Completions."""


class OfferedTool(msgspec.Struct, frozen=True, kw_only=True):
    """What the model is told of a tool. `schema` is the JSON Schema of its arguments, as JSON text."""

    name: str
    description: str
    schema: str


class Parameters(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`max_tokens` bounds the reply; `effort` how much the model may think; `tools` whether it may call any; `without`
    names parts of the request that the server has refused.
    """

    max_tokens: int
    effort: Effort = "off"
    tools: Literal["auto", "none"] = "auto"
    without: tuple[str, ...] = ()


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Pure value; `claw.prompt` builds it and computes its digest. Contents may still be blobs."""

    provider: str
    api: Api
    model: str
    parameters: Parameters
    system: tuple[Content, ...]
    tools: tuple[OfferedTool, ...]
    messages: tuple[Message, ...]
