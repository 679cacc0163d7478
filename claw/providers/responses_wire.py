"""Canonical request to the body of OpenAI's `POST /v1/responses`, purely. Nothing is stored there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from claw.events.content import AnyBlock, Message, TextBlock, ThinkingBlock, ToolUseBlock
from claw.events.request import Request
from claw.providers.base import LoadBlob
from claw.providers.conversation import extra_of, may_call, messages_of, system_of
from claw.providers.openai_effort import effort_of, reasons

SMALLEST_MAX = 16
"""The least that `max_output_tokens` may be."""


def body_of(request: Request, load: LoadBlob, *, official: bool = True) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": request.model,
        "stream": True,
        "store": False,
        "max_output_tokens": max(SMALLEST_MAX, request.parameters.max_tokens),
        "input": [item for message in messages_of(request, load) for item in _items(message, official)],
    }
    system = "\n\n".join(system_of(request, load))
    if system:
        body["instructions"] = system
    if may_call(request):
        body["tools"] = [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": msgspec.json.decode(tool.schema),
                "strict": False,
            }
            for tool in request.tools
        ]
        body["tool_choice"] = request.parameters.tools
    if reasons(request.model) or not official:
        body["include"] = ["reasoning.encrypted_content"]
    effort = effort_of(request.model, request.parameters.effort, official=official)
    if effort is not None:
        body["reasoning"] = {"effort": effort, "summary": "auto"}
    return body


def _items(message: Message, official: bool) -> Iterator[dict[str, Any]]:
    """OpenAI stores nothing: reasoning that carries neither its encrypted nor its open content names nothing there."""
    for block in message.blocks:
        item = _item(message.role, block)
        if official and item["type"] == "reasoning" and not item.get("encrypted_content") and not item.get("content"):
            continue
        yield item


def _item(role: str, block: AnyBlock) -> dict[str, Any]:
    """Items go back without ids of their own, except reasoning: where nothing is stored an id names nothing."""
    if isinstance(block, TextBlock):
        kind = "output_text" if role == "assistant" else "input_text"
        phase = {"phase": block.phase} if block.phase else {}
        return {"type": "message", "role": role, "content": [{"type": kind, "text": block.text}], **phase}
    if isinstance(block, ThinkingBlock):
        return {"type": "reasoning", **msgspec.json.decode(block.opaque, type=dict[str, Any])}
    if isinstance(block, ToolUseBlock):
        arguments = block.arguments or "{}"
        extra = extra_of(block).get("item", {})
        return {"type": "function_call", "call_id": block.id, "name": block.name, "arguments": arguments, **extra}
    return {"type": "function_call_output", "call_id": block.id, "output": block.content}
