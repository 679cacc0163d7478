"""The digest of a request as behaviour `prompt` 1 has it. This file is frozen: sessions that recorded 1 are compared
with what it gives, whatever shape blocks, tools and parameters have by now.

From 2 on the digest is `claw.prompt.digest`'s. Until then a result was one text, and tools were encoded with all that
claw itself knew of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

from claw._native import blake3
from claw.events.base import Blob, Content
from claw.events.content import AnyBlock, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claw.events.request import Parameters
from claw.events.session import Model
from claw.events.tools import ToolSpec
from claw.projections.entries import Entry

_encode = msgspec.msgpack.Encoder().encode
"""What is encoded has its fields in the order in which they are written here."""


def digest(
    model: Model,
    parameters: Parameters,
    system: Iterable[Content],
    tools: Iterable[ToolSpec],
    entries: Iterable[Entry],
) -> str:
    """BLAKE3 over the parameters and the digests of the parts."""
    parts = [blake3(_encode(_content(part))) for part in system]
    offered = blake3(_encode([_tool(tool) for tool in tools]))
    messages = [_message(entry.role, entry.blocks) for entry in entries]
    return blake3(_encode([model.provider, model.api, model.name, _parameters(parameters), parts, offered, messages]))


@lru_cache(maxsize=4096)
def _message(role: str, blocks: tuple[AnyBlock, ...]) -> str:
    return blake3(_encode([role, [_block(block) for block in blocks]]))


def _block(block: AnyBlock) -> dict[str, Any]:
    match block:
        case TextBlock():
            return {"type": "text", "text": _content(block.text), **_said(phase=block.phase)}
        case ThinkingBlock():
            text = _said(text=_content(block.text))
            return {"type": "thinking", **text, "api": block.api, **_said(opaque=block.opaque)}
        case ToolUseBlock():
            said = _said(arguments=block.arguments, given=block.given, opaque=block.opaque)
            return {"type": "tool_use", "id": block.id, "name": block.name, **said}
        case ToolResultBlock():
            said = _said(is_error=block.is_error)
            return {"type": "tool_result", "id": block.id, "content": _result(block), **said}


def _result(block: ToolResultBlock) -> Any:
    """One text, as all results were: a session whose runtime recorded 1 has no others."""
    texts = [_content(part.text) for part in block.content if isinstance(part, TextBlock)]
    return texts[0] if texts else ""


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.description,
        "schema": tool.schema,
        "footprint": tool.traits.footprint,
        "paths": tool.traits.paths,
    }


def _parameters(parameters: Parameters) -> dict[str, Any]:
    effort = {} if parameters.effort == "off" else {"effort": parameters.effort}
    tools = {} if parameters.tools == "auto" else {"tools": parameters.tools}
    return {"max_tokens": parameters.max_tokens, **effort, **tools, **_said(without=parameters.without)}


def _content(content: Content) -> Any:
    if isinstance(content, Blob):
        return {"type": "blob", "digest": content.digest, "size": content.size}
    return content


def _said(**fields: Any) -> dict[str, Any]:
    """The fields that are not empty: the others were not encoded."""
    return {name: value for name, value in fields.items() if value}
