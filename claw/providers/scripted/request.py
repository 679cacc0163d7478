"""A request of any of the three APIs, reduced to what a script needs of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from claw.providers.scripted.scenario import Fault

Wire = Literal["anthropic", "openai-responses", "openai-chat"]

PATHS: dict[str, Wire] = {
    "/messages": "anthropic",
    "/responses": "openai-responses",
    "/chat/completions": "openai-chat",
}


@dataclass(slots=True)
class Request:
    """One HTTP request, in order of arrival. `finished`: all of the answer was written, up to its last byte, which is
    being sent; `left`: the client went away before that.
    """

    order: int
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    raw: str = ""
    wire: Wire | None = None
    reply: int | None = None
    """Position of the reply that it got."""
    fault: Fault | None = None
    error: str = ""
    """Why it was answered with a 400."""
    finished: bool = False
    left: bool = False


@dataclass(slots=True)
class Turn:
    """`role` of the message and the text of it; successive items of one role are one turn."""

    role: str
    texts: list[str] = field(default_factory=list)


def wire_of(path: str) -> Wire | None:
    """By the path's end, so with or without `/v1` or any other prefix."""
    bare = path.partition("?")[0].rstrip("/")
    return next((wire for end, wire in PATHS.items() if bare.endswith(end)), None)


def turns_of(wire: Wire, body: dict[str, Any]) -> list[Turn]:
    """The conversation as turns of user and assistant; a system prompt is none, tool results are the user's."""
    items = body.get("input") if wire == "openai-responses" else body.get("messages")
    turns: list[Turn] = []
    for item in items or ():
        role = _role(item)
        if role == "system":
            continue
        if not turns or turns[-1].role != role:
            turns.append(Turn(role))
        turns[-1].texts += _texts(item)
    return turns


def forbids_tools(body: dict[str, Any]) -> bool:
    """How a request for a summary is known: it may call no tool."""
    choice = body.get("tool_choice")
    return choice == "none" or (isinstance(choice, dict) and choice.get("type") == "none")


def custom_tools(body: dict[str, Any]) -> frozenset[str]:
    """The tools that are offered as ones whose input is a text, of the Responses API."""
    return frozenset(tool["name"] for tool in body.get("tools", ()) if tool.get("type") == "custom")


def _role(item: dict[str, Any]) -> str:
    kind = item.get("type", "message")
    if kind in ("function_call", "custom_tool_call", "reasoning"):
        return "assistant"
    if kind in ("function_call_output", "custom_tool_call_output"):
        return "user"
    role: str = item.get("role", "user")
    return {"developer": "system", "tool": "user"}.get(role, role)


def _texts(item: dict[str, Any]) -> list[str]:
    content = item.get("content") or item.get("output") or ""
    if isinstance(content, str):
        return [content]
    return [text for block in content for text in _texts_of_block(block)]


def _texts_of_block(block: dict[str, Any]) -> list[str]:
    if "text" in block:
        return [block["text"]]
    return _texts(block) if block.get("type") == "tool_result" else []
