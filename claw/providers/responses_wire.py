"""Canonical request to the body of OpenAI's `POST /v1/responses`, purely. Nothing is stored there."""

from __future__ import annotations

from collections.abc import Iterator
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
from claw.events.request import OfferedTool, Request
from claw.providers.abilities import OPENAI, Server, effort_of, may_think
from claw.providers.base import LoadBlob
from claw.providers.conversation import extra_of, may_call, system_of
from claw.providers.freeform import CALL, RESULT, calls_of, declared, freeform_of, text_of_call
from claw.providers.ready import Ready
from claw.providers.results import Media, as_text, data_url, following, media_of, named

DETAIL = "high"
"""How closely an image is looked at: `auto` may take 14 000 tokens for one, this takes 3000 at most."""

SMALLEST_MAX = 16
"""The least that `max_output_tokens` may be."""


def ready_for(server: Server, freeform: frozenset[str] = frozenset()) -> Ready:
    """What makes the messages of requests, one after the other. `freeform`: tools whose calls are texts."""

    def items_of(messages: list[Message]) -> Iterator[dict[str, Any]]:
        texts = calls_of(messages, freeform)
        return (item for message in messages for item in _items(message, server, texts))

    return Ready(items_of, documents=server.documents)


def body_of(request: Request, load: LoadBlob, *, server: Server = OPENAI, ready: Ready | None = None) -> dict[str, Any]:
    """`ready`: what made the messages of the requests before, of the same kind. What stays comes first, since a server
    caches by the beginning.
    """
    body: dict[str, Any] = {"model": request.model}
    freeform = freeform_of(request, server)
    if may_call(request):
        body["tools"] = [declared(tool) if tool.name in freeform else _declared(tool) for tool in request.tools]
    system = "\n\n".join(system_of(request, load))
    if system:
        body["instructions"] = system
    body |= {
        "input": (ready or ready_for(server, freeform)).items(request, load),
        "stream": True,
        "store": False,
        "max_output_tokens": max(SMALLEST_MAX, request.parameters.max_tokens),
    }
    if may_call(request):
        body["tool_choice"] = request.parameters.tools
    if may_think(request.model, server, request.parameters.having):
        body["include"] = ["reasoning.encrypted_content"]
    effort = effort_of(request, server)
    if effort is not None:
        body["reasoning"] = {"effort": effort, "summary": "auto"}
    return body


def _declared(tool: OfferedTool) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": msgspec.json.decode(tool.schema),
        "strict": False,
    }


def _items(message: Message, server: Server, freeform: frozenset[str]) -> Iterator[dict[str, Any]]:
    """OpenAI stores nothing: reasoning that carries neither its encrypted nor its open content names nothing there.

    A result may hold images and files there; other servers take one text as a result, so they get the images in a
    message of the user's behind the results.
    """
    media = media_of(message) if not server.media else []
    for block in message.blocks:
        if media and not isinstance(block, ToolResultBlock):
            yield _media_message(media)
            media = []
        item = _item(message.role, block, server, freeform)
        sealed = item.get("encrypted_content") or item.get("content")
        if server.strict and item["type"] == "reasoning" and not sealed:
            continue
        yield item
    if media:
        yield _media_message(media)


def _item(role: str, block: AnyBlock, server: Server, freeform: frozenset[str]) -> dict[str, Any]:
    """Items go back without ids of their own, except reasoning: where nothing is stored an id names nothing. `freeform`
    are the ids of calls that are texts.
    """
    if isinstance(block, TextBlock):
        kind = "output_text" if role == "assistant" else "input_text"
        phase = {"phase": block.phase} if block.phase else {}
        return {"type": "message", "role": role, "content": [{"type": kind, "text": block.text}], **phase}
    if isinstance(block, ThinkingBlock):
        return {"type": "reasoning", **msgspec.json.decode(block.opaque, type=dict[str, Any])}
    if isinstance(block, ToolUseBlock):
        arguments = block.arguments or "{}"
        extra = extra_of(block).get("item", {})
        if block.id in freeform:
            return {"type": CALL, "call_id": block.id, "name": block.name, "input": text_of_call(block), **extra}
        return {"type": "function_call", "call_id": block.id, "name": block.name, "arguments": arguments, **extra}
    output = _output(block) if server.media else as_text(block.content, following)
    kind = RESULT if block.id in freeform else "function_call_output"
    return {"type": kind, "call_id": block.id, "output": output}


def _output(result: ToolResultBlock) -> str | list[dict[str, Any]]:
    """One text where there are only texts."""
    if all(isinstance(block, TextBlock) for block in result.content):
        return as_text(result.content, following)
    return [_part(block) for block in result.content if not isinstance(block, TextBlock) or str(block.text).strip()]


def _media_message(media: list[tuple[ToolResultBlock, Media]]) -> dict[str, Any]:
    content = [
        part
        for result, block in media
        for part in ({"type": "input_text", "text": f"Of the result of call {result.id}:"}, _part(block))
    ]
    return {"type": "message", "role": "user", "content": content}


def _part(block: ResultBlock) -> dict[str, Any]:
    assert not isinstance(block, ResourceLinkBlock), "links are texts by now"
    if isinstance(block, TextBlock):
        return {"type": "input_text", "text": block.text}
    url = data_url(block.media_type, block.data)
    if isinstance(block, ImageBlock):
        return {"type": "input_image", "image_url": url, "detail": DETAIL}
    return {"type": "input_file", "filename": named(block), "file_data": url}
