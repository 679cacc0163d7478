"""The Responses API of OpenAI, as its SDK 3.54 reads it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from claw.providers.scripted.frames import CREATED, Answer, Frame, Invalid, check_url, seal
from claw.providers.scripted.scenario import AnyPart, Text, Thinking, Tool, arguments_text, pieces, whole

INCOMPLETE = {
    "max_tokens": "max_output_tokens",
    "model_context_window_exceeded": "max_output_tokens",
    "refusal": "content_filter",
}
CALLS = {"function_call": "function_call_output", "custom_tool_call": "custom_tool_call_output"}
"""Kinds of calls, with those of their results."""
KINDS = {429: "rate_limit_exceeded", 500: "server_error", 503: "server_error"}


def error_body(status: int, kind: str, code: str, message: str) -> dict[str, Any]:
    kind = kind or KINDS.get(status, "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": code or None}}


def error_frame(kind: str, message: str) -> Frame:
    return Frame({"type": "error", "code": kind, "message": message, "param": None, "sequence_number": 0}, "error")


def frames(answer: Answer) -> Iterator[Frame]:
    numbers = itertools.count()
    for kind, ends, paced, fields in _events(answer):
        yield Frame({"type": kind, **fields, "sequence_number": next(numbers)}, kind, ends, paced)


def _events(answer: Answer) -> Iterator[tuple[str, bool, bool, dict[str, Any]]]:
    response = _response(answer)
    for kind in ("response.created", "response.in_progress"):
        yield kind, False, False, {"response": response}
    output = []
    for index, part in enumerate(answer.reply.blocks):
        item, deltas = _item(answer, index, part)
        place = {"output_index": index}
        yield "response.output_item.added", False, False, {**place, "item": _empty(item)}
        for kind, fields in deltas:
            yield kind, False, "delta" in fields, {**place, "item_id": item["id"], **fields}
        yield "response.output_item.done", False, False, {**place, "item": item}
        output.append(item)
    reason = INCOMPLETE.get(answer.reply.stop_reason)
    status = "incomplete" if reason else "completed"
    details = {"incomplete_details": {"reason": reason}} if reason else {}
    whole_response = {**response, "status": status, "output": output, "usage": _usage(answer), **details}
    yield f"response.{status}", True, False, {"response": whole_response}


def _response(answer: Answer) -> dict[str, Any]:
    return {
        "id": answer.name("resp_"),
        "object": "response",
        "created_at": CREATED,
        "status": "in_progress",
        "model": answer.model,
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "error": None,
        "incomplete_details": None,
        "usage": None,
    }


def _usage(answer: Answer) -> dict[str, Any]:
    tokens = answer.tokens
    prompt = tokens.input + tokens.cache_read + tokens.cache_write
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": tokens.cache_read, "cache_write_tokens": tokens.cache_write},
        "output_tokens": tokens.output,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
        "total_tokens": prompt + tokens.output,
    }


def _item(answer: Answer, index: int, part: AnyPart) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    """The item as it is when done, and the events that lead there."""
    match part:
        case Text():
            text = {"type": "output_text", "text": whole(part.text), "annotations": []}
            item = {
                "id": answer.name("msg_", index),
                "type": "message",
                "role": "assistant",
                "status": "completed",
                "content": [text],
            }
            spot = {"content_index": 0}
            return item, [
                ("response.content_part.added", {**spot, "part": {**text, "text": ""}}),
                *(("response.output_text.delta", {**spot, "delta": piece}) for piece in pieces(part.text)),
                ("response.output_text.done", {**spot, "text": whole(part.text)}),
                ("response.content_part.done", {**spot, "part": text}),
            ]
        case Thinking():
            summary = [] if part.redacted else [{"type": "summary_text", "text": whole(part.text)}]
            item = {
                "id": answer.name("rs_", index),
                "type": "reasoning",
                "summary": summary,
                "encrypted_content": seal(whole(part.text)),
            }
            spot = {"summary_index": 0}
            kind = "response.reasoning_summary_text.delta"
            deltas = [(kind, {**spot, "delta": piece}) for piece in pieces(part.text)] if summary else []
            added = [("response.reasoning_summary_part.added", {**spot, "part": {"type": "summary_text", "text": ""}})]
            return item, [*added[: len(summary)], *deltas]
        case Tool() if part.name in answer.custom:
            written = part.arguments["input"] if isinstance(part.arguments, dict) else part.arguments
            item = {
                "id": answer.name("ctc_", index),
                "type": "custom_tool_call",
                "call_id": answer.call_id("call_", index, part),
                "name": part.name,
                "input": whole(written),
            }
            kind = "response.custom_tool_call_input"
            return item, [
                *((f"{kind}.delta", {"delta": piece}) for piece in pieces(written)),
                (f"{kind}.done", {"input": whole(written)}),
            ]
        case Tool():
            text_of_arguments = arguments_text(part)
            item = {
                "id": answer.name("fc_", index),
                "type": "function_call",
                "call_id": answer.call_id("call_", index, part),
                "name": part.name,
                "arguments": whole(text_of_arguments),
                "status": "completed",
            }
            kind = "response.function_call_arguments"
            return item, [
                *((f"{kind}.delta", {"delta": piece}) for piece in pieces(text_of_arguments)),
                (f"{kind}.done", {"arguments": whole(text_of_arguments)}),
            ]


def _empty(item: dict[str, Any]) -> dict[str, Any]:
    """The item as it is when it begins."""
    begun = dict(item)
    for name in ("content", "summary"):
        if name in begun:
            begun[name] = []
    for name in ("arguments", "input"):
        if name in begun:
            begun[name] = ""
    return begun


def check(body: dict[str, Any]) -> None:
    """Raises Invalid for what the API refuses."""
    unsealed = "reasoning" in body and "reasoning.encrypted_content" not in body.get("include", ())
    if body.get("store") is not False or unsealed:
        raise Invalid("a client that keeps its own history sends store=false and includes encrypted reasoning")
    _check_tools(body.get("tools", ()))
    open_calls: list[tuple[str, str]] = []
    kinds = [item.get("type", "message") for item in body["input"]]
    for number, (item, kind) in enumerate(zip(body["input"], kinds, strict=True)):
        if kind in CALLS:
            open_calls.append((CALLS[kind], item["call_id"]))
        elif kind in CALLS.values():
            if (kind, item["call_id"]) not in open_calls:
                raise Invalid(f"No tool call found for {kind.replace('_', ' ')} with call_id {item['call_id']}.")
            open_calls.remove((kind, item["call_id"]))
            if not isinstance(item["output"], str):
                _check_parts(f"input[{number}].output", item["output"], ("input_text", "input_image", "input_file"))
        elif kind == "reasoning":
            _check_reasoning(number, item, kinds[number + 1 :])
        elif open_calls and item["role"] != "assistant":
            raise Invalid(f"No tool output found for function call {open_calls[0][1]}.")
    if open_calls:
        raise Invalid(f"No tool output found for function call {open_calls[0][1]}.")


def _check_tools(tools: Sequence[dict[str, Any]]) -> None:
    for number, tool in enumerate(tools):
        form = tool.get("format", {})
        if tool["type"] not in ("function", "custom"):
            raise Invalid(f"Invalid value: {tool['type']!r}. Supported values are: 'function', 'custom'.")
        if tool["type"] == "custom" and (form.get("type"), form.get("syntax")) != ("grammar", "lark"):
            raise Invalid(f"Invalid value: tools[{number}].format")


def _check_parts(place: str, parts: list[dict[str, Any]], kinds: tuple[str, ...]) -> None:
    for part in parts:
        if part["type"] not in kinds:
            raise Invalid(f"Invalid value: {part['type']!r}. Supported values are: {', '.join(kinds)}.")
        if part["type"] == "input_image":
            check_url(place, part["image_url"])
        elif part["type"] == "input_file" and not part["filename"]:
            raise Invalid(f"Missing required parameter: '{place}.filename'.")


def _check_reasoning(number: int, item: dict[str, Any], after: list[str]) -> None:
    text = "".join(part["text"] for part in item["summary"])
    if item["summary"] and item.get("encrypted_content") != seal(text):
        raise Invalid(f"input[{number}]: the encrypted content could not be verified")
    if not after or after[0] in CALLS.values():
        raise Invalid(f"Item {item['id']!r} of type 'reasoning' was provided without its required following item.")
