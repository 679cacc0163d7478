"""Canonical request to the body of `POST /v1/chat/completions`, purely: OpenAI's own and that of compatible servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from claw.events.content import ImageBlock, Message, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claw.events.request import OfferedTool, Request
from claw.providers.abilities import OPENAI, Server, effort_of
from claw.providers.base import LoadBlob
from claw.providers.chat_stream import IN_CONTENT
from claw.providers.conversation import extra_of, may_call, object_of, system_of
from claw.providers.ready import Ready
from claw.providers.results import Media, as_text, data_url, following, media_of, named

LONGEST_ID = 40
"""OpenAI refuses longer ids of tool calls in messages."""


def ready_for(server: Server) -> Ready:
    """What makes the messages of requests, one after the other."""
    return Ready(_items, documents=server.documents, longest_id=LONGEST_ID, beyond=(ThinkingBlock,))


def body_of(request: Request, load: LoadBlob, *, server: Server = OPENAI, ready: Ready | None = None) -> dict[str, Any]:
    """`ready`: what made the messages of the requests before, of the same kind.

    `max_completion_tokens` is what OpenAI wants and what many compatible servers ignore: they get `max_tokens`. A
    server that refuses the one gets the other. What stays comes first, since a server caches by the beginning.
    """
    system = "\n\n".join(system_of(request, load))
    messages = (ready or ready_for(server)).items(request, load)
    if system:
        messages = messages.behind([{"role": "system", "content": system}])
    body: dict[str, Any] = {"model": request.model}
    if may_call(request):
        body["tools"] = [_declared(tool) for tool in request.tools]
    body |= {"messages": messages, "stream": True, "stream_options": {"include_usage": True}}
    names = dict.fromkeys((server.limit, "max_tokens", "max_completion_tokens"))
    limit = next((name for name in names if name not in request.parameters.without), None)
    if limit is not None:
        body[limit] = request.parameters.max_tokens
    if may_call(request):
        body["tool_choice"] = request.parameters.tools
    effort = effort_of(request, server)
    if effort is not None:
        body["reasoning_effort"] = effort
    return body


def _declared(tool: OfferedTool) -> dict[str, Any]:
    parameters = msgspec.json.decode(tool.schema)
    return {
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": parameters},
    }


def _items(conversation: list[Message]) -> Iterator[dict[str, Any]]:
    thoughts = _thought_fields(conversation)
    for message in conversation:
        yield from _assistant(message, thoughts) if message.role == "assistant" else _user(message)


def _user(message: Message) -> Iterator[dict[str, Any]]:
    for block in message.blocks:
        if isinstance(block, ToolResultBlock):
            yield {"role": "tool", "tool_call_id": block.id, "content": as_text(block.content, following)}
    text = _joined(message)
    media = [part for result, block in media_of(message) for part in _media(result, block)]
    if media:
        yield {"role": "user", "content": [*media, *([{"type": "text", "text": text}] if text else [])]}
    elif text:
        yield {"role": "user", "content": text}


def _media(result: ToolResultBlock, block: Media) -> Iterator[dict[str, Any]]:
    """Results are texts here, so what else they hold comes behind them all, as if the user had sent it."""
    url = data_url(block.media_type, block.data)
    yield {"type": "text", "text": f"Of the result of call {result.id}:"}
    if isinstance(block, ImageBlock):
        yield {"type": "image_url", "image_url": {"url": url}}
    else:
        yield {"type": "file", "file": {"filename": named(block), "file_data": url}}


def _assistant(message: Message, thoughts: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Thinking goes back in the fields it came in, and so does what came beside it. Where one message of the model's
    had such a field, all have it: DeepSeek demands that.
    """
    calls = [_call(block) for block in message.blocks if isinstance(block, ToolUseBlock)]
    said: dict[str, Any] = {"role": "assistant", "content": _content(message)}
    if not calls and not said["content"]:
        return
    if calls:
        said["tool_calls"] = calls
    said |= dict.fromkeys(thoughts, "")
    for block, opaque in _thinking(message):
        field = opaque.get("field", "")
        if field in thoughts:
            said[field] += str(block.text)
        said |= opaque.get("fields", {})
    yield said


def _call(block: ToolUseBlock) -> dict[str, Any]:
    """Templates of local servers parse the arguments, so they are one JSON object whatever the model wrote."""
    try:
        msgspec.json.decode(block.arguments, type=dict)
        arguments = block.arguments
    except (msgspec.MsgspecError, RecursionError):
        arguments = msgspec.json.encode(object_of(block.arguments)).decode()
    extra = extra_of(block)
    function = {"name": block.name, "arguments": arguments, **extra.get("function", {})}
    return {"id": block.id, "type": "function", "function": function, **extra.get("call", {})}


def _thought_fields(conversation: list[Message]) -> tuple[str, ...]:
    """Names of the fields that thinking came in, not those of parts of the content."""
    found = (opaque.get("field", "") for message in conversation for _, opaque in _thinking(message))
    return tuple(dict.fromkeys(field for field in found if field not in ("", IN_CONTENT)))


def _thinking(message: Message) -> Iterator[tuple[ThinkingBlock, dict[str, Any]]]:
    for block in message.blocks:
        if isinstance(block, ThinkingBlock):
            yield block, msgspec.json.decode(block.opaque, type=dict[str, Any])


def _content(message: Message) -> str | list[dict[str, Any]]:
    """Text, which may be empty and never null: all servers take that. Parts only where thinking came as one."""
    text = _joined(message)
    inside = [str(block.text) for block, opaque in _thinking(message) if opaque.get("field") == IN_CONTENT]
    if not inside:
        return text
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": thought}]} for thought in inside]
    return [*parts, {"type": "text", "text": text}]


def _joined(message: Message) -> str:
    return "\n\n".join(str(block.text) for block in message.blocks if isinstance(block, TextBlock))
