"""Canonical request to the body of Anthropic's `POST /v1/messages` (API version 2026-10-21), purely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from claw.events.content import (
    AnyBlock,
    ImageBlock,
    Message,
    ResourceLinkBlock,
    ResultBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from claw.events.request import Effort, Request
from claw.events.results import left_out
from claw.providers.abilities import ANTHROPIC, LEAST, Server, family_of, given_form
from claw.providers.base import LoadBlob
from claw.providers.conversation import extra_of, may_call, object_of, system_of
from claw.providers.ready import Ready
from claw.providers.results import as_text, spoken

BINDING_BETA = "thinking-binding-controls-2026-08-01"
"""Beta header of `thinking.block_binding`."""

BUDGETS: dict[Effort, int] = {"low": 4_096, "medium": 12_288, "high": 32_768}
"""Tokens of thinking for models that take a budget, which counts against `max_tokens`."""
SMALLEST_BUDGET = 1_024
SMALLEST_ANSWER = 1_024

IN_ERRORS = "with an error only text can be sent"

MARK = {"type": "ephemeral"}
LOOK_BACK = 16
"""Blocks before a mark among which what an earlier request wrote is found for certain: the API looks at 20."""


def ready_for(server: Server) -> Ready:
    """What makes the messages of requests, one after the other."""
    return Ready(lambda messages: (_message(message, strict=server.strict) for message in messages), documents=True)


def body_of(
    request: Request, load: LoadBlob, *, server: Server = ANTHROPIC, ready: Ready | None = None
) -> dict[str, Any]:
    """`ready`: what made the messages of the requests before, of the same kind.

    What stays comes first, in the order in which the API caches it: tools, instructions, messages.
    """
    messages = (ready or ready_for(server)).items(request, load)
    body: dict[str, Any] = {"model": request.model}
    tools = [
        {"name": tool.name, "description": tool.description, "input_schema": msgspec.json.decode(tool.schema)}
        for tool in request.tools
    ]
    if may_call(request):
        body["tools"] = tools
    system = [{"type": "text", "text": text} for text in system_of(request, load)]
    if system:
        body["system"] = system
    body |= {"messages": messages, "max_tokens": request.parameters.max_tokens, "stream": True}
    body |= thinking(request, server)
    if may_call(request):
        body["tool_choice"] = {"type": request.parameters.tools}
    for end in (tools[-1:], system[-1:], *(message["content"][-1:] for message in _marked(messages))):
        for block in end:
            block["cache_control"] = MARK
    return body


def _marked(messages: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The user's last message, to write the cache; the one before, which the last request has written, only where so
    much came since that it would not be found: a mark that is taken away changes what was sent.
    """
    blocks = 0
    for message in reversed(messages):
        if message["role"] == "user":
            if not blocks or blocks > LOOK_BACK:
                yield message
            if blocks:
                return
        blocks += len(message["content"])


def _message(message: Message, *, strict: bool) -> dict[str, Any]:
    blocks = (block for block in message.blocks if not strict or not _is_unsigned(block))
    return {"role": message.role, "content": [_block(block) for block in blocks]}


def _is_unsigned(block: AnyBlock) -> bool:
    """Thinking of a server that signs none, which Anthropic itself refuses."""
    if not isinstance(block, ThinkingBlock):
        return False
    opaque = msgspec.json.decode(block.opaque, type=dict[str, str])
    return not opaque.get("signature") and "redacted" not in opaque


def _block(block: AnyBlock) -> dict[str, Any]:
    if isinstance(block, TextBlock):
        return {"type": "text", "text": block.text}
    if isinstance(block, ThinkingBlock):
        opaque: dict[str, str] = msgspec.json.decode(block.opaque)
        if "redacted" in opaque:
            return {"type": "redacted_thinking", "data": opaque["redacted"]}
        return {"type": "thinking", "thinking": block.text, **opaque}
    if isinstance(block, ToolUseBlock):
        extra = extra_of(block).get("block", {})
        return {"type": "tool_use", "id": block.id, "name": block.name, "input": object_of(block.arguments), **extra}
    error = {"is_error": True} if block.is_error else {}
    return {"type": "tool_result", "tool_use_id": block.id, "content": _content(block), **error}


def _content(result: ToolResultBlock) -> str | list[dict[str, Any]]:
    """One text where that is all; of a call that failed the API takes nothing else."""
    blocks = result.content
    if result.is_error or len(blocks) == len(spoken(blocks)) <= 1 or not blocks:
        return as_text(blocks, lambda media: left_out(media, IN_ERRORS))
    return [_part(block) for block in blocks if not isinstance(block, TextBlock) or str(block.text).strip()]


def _part(block: ResultBlock) -> dict[str, Any]:
    assert not isinstance(block, ResourceLinkBlock), "links are texts by now"
    if isinstance(block, TextBlock):
        return {"type": "text", "text": block.text}
    source = {"type": "base64", "media_type": block.media_type, "data": block.data}
    if isinstance(block, ImageBlock):
        return {"type": "image", "source": source}
    return {"type": "document", "source": source, **({"title": block.title} if block.title else {})}


def thinking(request: Request, server: Server) -> dict[str, Any]:
    """`thinking` and `output_config`, by what the model takes. Where a compaction changed what bound thinking was
    thought behind, the block is to be dropped. Models that nobody knows get a budget, and none where thinking is off.
    """
    effort, family = request.parameters.effort, family_of(request.model)
    if (given_form(request.parameters.having) or family.thinking) != "adaptive":
        return _budget(effort, request.parameters.max_tokens)
    if effort == "off" and family.off != LEAST:
        return {"thinking": {"type": family.off}} if family.off else {}
    config: dict[str, Any] = {"type": "adaptive", "display": "summarized"}
    if server.strict and family.bound:
        config["block_binding"] = {"prefix_mismatch_behavior": "drop_block"}
    return {"thinking": config, "output_config": {"effort": LEAST if effort == "off" else effort}}


def _budget(effort: Effort, max_tokens: int) -> dict[str, Any]:
    budget = 0 if effort == "off" else min(BUDGETS[effort], max_tokens - SMALLEST_ANSWER)
    return {"thinking": {"type": "enabled", "budget_tokens": budget}} if budget >= SMALLEST_BUDGET else {}
