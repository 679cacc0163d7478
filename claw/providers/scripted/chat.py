"""The Chat Completions API of OpenAI and of the many servers that speak it; thinking as `reasoning_content`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from claw.providers.scripted.frames import CREATED, Answer, Frame, Invalid, check_url
from claw.providers.scripted.scenario import Text, Thinking, Tool, arguments_text, pieces

STOPS = {
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}
KINDS = {429: "rate_limit_error", 500: "server_error", 503: "server_error"}


def error_body(status: int, kind: str, code: str, message: str) -> dict[str, Any]:
    kind = kind or KINDS.get(status, "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": code or None}}


def error_frame(kind: str, message: str) -> Frame:
    return Frame({"error": {"message": message, "type": kind, "param": None, "code": None}})


def frames(answer: Answer) -> Iterator[Frame]:
    yield _chunk(answer, {"role": "assistant", "content": ""})
    calls = 0
    for index, part in enumerate(answer.reply.blocks):
        match part:
            case Text():
                for piece in pieces(part.text):
                    yield _chunk(answer, {"content": piece}, paced=True)
            case Thinking():
                for piece in pieces(part.text):
                    yield _chunk(answer, {"reasoning_content": piece}, paced=True)
            case Tool():
                yield from _call(answer, index, calls, part)
                calls += 1
    yield _chunk(answer, {}, finish=STOPS.get(answer.reply.stop_reason, "stop"))
    tokens = answer.tokens
    prompt = tokens.input + tokens.cache_read + tokens.cache_write
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": tokens.output,
        "total_tokens": prompt + tokens.output,
        "prompt_tokens_details": {"cached_tokens": tokens.cache_read, "cache_write_tokens": tokens.cache_write},
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning},
    }
    yield Frame({**_head(answer), "choices": [], "usage": usage}, ends=True)
    yield Frame("[DONE]", ends=True)


def _call(answer: Answer, index: int, number: int, tool: Tool) -> Iterator[Frame]:
    function = {"name": tool.name, "arguments": ""}
    call = {"index": number, "id": answer.call_id("call_", index, tool), "type": "function", "function": function}
    yield _chunk(answer, {"tool_calls": [call]})
    for piece in pieces(arguments_text(tool)):
        yield _chunk(answer, {"tool_calls": [{"index": number, "function": {"arguments": piece}}]}, paced=True)


def _head(answer: Answer) -> dict[str, Any]:
    kind = "chat.completion.chunk"
    return {"id": answer.name("chatcmpl-"), "object": kind, "created": CREATED, "model": answer.model}


def _chunk(answer: Answer, delta: dict[str, Any], *, finish: str | None = None, paced: bool = False) -> Frame:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return Frame({**_head(answer), "choices": [choice]}, None, finish is not None, paced)


def check(body: dict[str, Any]) -> None:
    """Raises Invalid for what the API and the templates of local servers refuse."""
    wanted: list[str] = []
    for number, message in enumerate(body["messages"]):
        if message["role"] == "tool":
            if message["tool_call_id"] not in wanted:
                raise Invalid(f"messages.{number}: a tool message must follow the call that it answers")
            wanted.remove(message["tool_call_id"])
            if not isinstance(message["content"], str):
                raise Invalid(f"messages.{number}.content: a tool message is one text")
            continue
        if wanted:
            raise Invalid(f"messages.{number}: tool_call_ids did not have response messages: {', '.join(wanted)}")
        if message["role"] == "user" and not isinstance(message["content"], str):
            _check_parts(f"messages.{number}.content", message["content"])
        wanted = [call["id"] for call in message.get("tool_calls", ())]
        if any(len(name) > 40 for name in wanted):
            raise Invalid(f"messages.{number}.tool_calls: ids must have at most 40 characters")
        for call in message.get("tool_calls", ()):
            _check_arguments(number, call["function"]["arguments"])


def _check_parts(place: str, parts: list[dict[str, Any]]) -> None:
    for part in parts:
        match part["type"]:
            case "image_url":
                check_url(place, part["image_url"]["url"])
            case "file" if part["file"]["filename"]:
                check_url(place, part["file"]["file_data"], ("application/pdf",))
            case "text" if part["text"]:
                continue
            case kind:
                raise Invalid(f"{place}: Invalid value: {kind!r}")


def _check_arguments(number: int, arguments: str) -> None:
    try:
        msgspec.json.decode(arguments, type=dict)
    except msgspec.MsgspecError as error:
        raise Invalid(f"messages.{number}.tool_calls: arguments are not a JSON object: {error}") from None
