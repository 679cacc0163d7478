"""Canonical request to the body of `POST /v1/chat/completions`, purely: OpenAI's own and that of compatible servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from claw.events.content import Message, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claw.events.request import Request
from claw.providers.base import LoadBlob
from claw.providers.conversation import messages_of, object_of, text_of
from claw.providers.openai_effort import effort_of

LONGEST_ID = 40
"""OpenAI refuses longer ids of tool calls in messages."""


def body_of(request: Request, load: LoadBlob, *, official: bool = True) -> dict[str, Any]:
    """`max_completion_tokens` is what OpenAI wants and what many compatible servers ignore: they get `max_tokens`."""
    system = "\n\n".join(text for part in request.system if (text := text_of(part, load)))
    messages = [{"role": "system", "content": system}] if system else []
    for message in messages_of(request, load, longest_id=LONGEST_ID):
        messages += _assistant(message) if message.role == "assistant" else _user(message)
    body: dict[str, Any] = {
        "model": request.model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens" if official else "max_tokens": request.parameters.max_tokens,
    }
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": msgspec.json.decode(tool.schema),
                },
            }
            for tool in request.tools
        ]
        body["tool_choice"] = request.parameters.tools
    effort = effort_of(request.model, request.parameters.effort, official=official)
    if effort is not None:
        body["reasoning_effort"] = effort
    return body


def _user(message: Message) -> Iterator[dict[str, Any]]:
    for block in message.blocks:
        if isinstance(block, ToolResultBlock):
            yield {"role": "tool", "tool_call_id": block.id, "content": block.content}
    text = _joined(message)
    if text:
        yield {"role": "user", "content": text}


def _assistant(message: Message) -> Iterator[dict[str, Any]]:
    calls = [_call(block) for block in message.blocks if isinstance(block, ToolUseBlock)]
    said: dict[str, Any] = {"role": "assistant", "content": _joined(message) or None}
    if calls:
        said |= {"tool_calls": calls, **_thoughts(message)}
    if calls or said["content"]:
        yield said


def _call(block: ToolUseBlock) -> dict[str, Any]:
    """Templates of local servers parse the arguments, so they are one JSON object whatever the model wrote."""
    try:
        msgspec.json.decode(block.arguments, type=dict)
        arguments = block.arguments
    except (msgspec.MsgspecError, RecursionError):
        arguments = msgspec.json.encode(object_of(block.arguments)).decode()
    return {"id": block.id, "type": "function", "function": {"name": block.name, "arguments": arguments}}


def _thoughts(message: Message) -> dict[str, str]:
    """Thinking goes back in the field it came in, and only before tool calls: DeepSeek demands it there."""
    fields: dict[str, str] = {}
    for block in message.blocks:
        if isinstance(block, ThinkingBlock) and block.text:
            name: str = msgspec.json.decode(block.opaque)["field"]
            fields[name] = fields.get(name, "") + str(block.text)
    return fields


def _joined(message: Message) -> str:
    return "\n\n".join(str(block.text) for block in message.blocks if isinstance(block, TextBlock))
