"""Tools whose only argument is a text by a grammar, as the Responses API has them: the text alone is what is streamed.
For all others such a call is one as any: its arguments are an object with that text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from claw.events.content import Message, ToolUseBlock
from claw.events.request import OfferedTool, Request
from claw.providers.abilities import Server, takes_freeform
from claw.providers.conversation import may_call

NOTE = "\nThis is a FREEFORM tool: what you write is its input itself. Do not wrap it in JSON."
CALL, RESULT = "custom_tool_call", "custom_tool_call_output"
BEGINNING = '{"input":"'


def freeform_of(request: Request, server: Server) -> frozenset[str]:
    """The names of the tools that the model is offered so."""
    parameters = request.parameters
    if not may_call(request):
        return frozenset()
    if not takes_freeform(request.api, request.model, server, parameters.having, parameters.without):
        return frozenset()
    return frozenset(tool.name for tool in request.tools if tool.grammar)


def declared(tool: OfferedTool) -> dict[str, Any]:
    """As it is offered."""
    form = {"type": "grammar", "syntax": "lark", "definition": tool.grammar}
    return {"type": "custom", "name": tool.name, "description": tool.description + NOTE, "format": form}


def text_of_call(block: ToolUseBlock) -> str:
    """The text that a call of such a tool was, or all that was written instead of one."""
    try:
        text = msgspec.json.decode(block.arguments, type=dict[str, Any]).get("input")
    except (msgspec.MsgspecError, RecursionError):
        text = None
    return text if isinstance(text, str) else block.arguments


def calls_of(messages: Iterable[Message], names: frozenset[str]) -> frozenset[str]:
    """Ids of the calls of these tools."""
    blocks: Iterator[Any] = (block for message in messages for block in message.blocks)
    return frozenset(block.id for block in blocks if isinstance(block, ToolUseBlock) and block.name in names)


def as_arguments(text: str) -> str:
    """The arguments that the whole text is."""
    return f'{BEGINNING}{escaped(text)}"}}'


def escaped(piece: str) -> str:
    """A piece of the text, as it stands in them."""
    return json.dumps(piece, ensure_ascii=False)[1:-1]
