"""The Messages API of Anthropic, as its SDK 2.12 (API version 2026-10-21) reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from claw.providers.scripted.frames import IMAGES, Answer, Frame, Invalid, check_data, seal
from claw.providers.scripted.scenario import AnyPart, Text, Thinking, Tool, arguments_text, pieces, whole

KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
TOOL_ID = re.compile(r"^[a-zA-Z0-9_-]+$")
MOST_MARKS = 4


def error_body(status: int, kind: str, code: str, message: str) -> dict[str, Any]:
    details = {"details": {"error_code": code}} if code else {}
    error = {"type": kind or KINDS.get(status, "api_error"), "message": message, **details}
    return {"type": "error", "error": error, "request_id": "req_scripted"}


def error_frame(kind: str, message: str) -> Frame:
    return Frame({"type": "error", "error": {"type": kind, "message": message}}, "error")


def frames(answer: Answer) -> Iterator[Frame]:
    tokens = answer.tokens
    usage = {
        "input_tokens": tokens.input,
        "cache_creation_input_tokens": tokens.cache_write,
        "cache_read_input_tokens": tokens.cache_read,
    }
    message: dict[str, Any] = {
        "id": answer.name("msg_"),
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {**usage, "output_tokens": 1},
    }
    yield _frame("message_start", message=message)
    yield _frame("ping")
    for index, part in enumerate(answer.reply.blocks):
        yield from _block(answer, index, part)
    details = {"output_tokens_details": {"thinking_tokens": tokens.reasoning}} if tokens.reasoning else {}
    stop = {"stop_reason": answer.reply.stop_reason, "stop_sequence": None}
    yield _frame("message_delta", ends=True, delta=stop, usage={**usage, "output_tokens": tokens.output, **details})
    yield _frame("message_stop", ends=True)


def _block(answer: Answer, index: int, part: AnyPart) -> Iterator[Frame]:
    def delta(**fields: Any) -> Frame:
        return _frame("content_block_delta", paced="signature" not in fields, index=index, delta=fields)

    match part:
        case Text():
            yield _frame("content_block_start", index=index, content_block={"type": "text", "text": ""})
            for piece in pieces(part.text):
                yield delta(type="text_delta", text=piece)
        case Thinking(redacted=True):
            block = {"type": "redacted_thinking", "data": seal(whole(part.text))}
            yield _frame("content_block_start", index=index, content_block=block)
        case Thinking():
            block = {"type": "thinking", "thinking": "", "signature": ""}
            yield _frame("content_block_start", index=index, content_block=block)
            for piece in pieces(part.text):
                yield delta(type="thinking_delta", thinking=piece)
            yield delta(type="signature_delta", signature=seal(whole(part.text)))
        case Tool():
            call = {"type": "tool_use", "id": answer.call_id("toolu_", index, part), "name": part.name, "input": {}}
            yield _frame("content_block_start", index=index, content_block=call)
            for piece in ("", *pieces(arguments_text(part))):
                yield delta(type="input_json_delta", partial_json=piece)
    yield _frame("content_block_stop", index=index)


def _frame(kind: str, *, ends: bool = False, paced: bool = False, **fields: Any) -> Frame:
    return Frame({"type": kind, **fields}, kind, ends, paced)


def check(body: dict[str, Any]) -> None:
    """Raises Invalid for what the API refuses."""
    if "max_tokens" not in body:
        raise Invalid("max_tokens: Field required")
    marks = sum("cache_control" in block for block in _all_blocks(body))
    if marks > MOST_MARKS:
        raise Invalid(f"A maximum of {MOST_MARKS} blocks with cache_control may be provided. Found {marks}.")
    budget = body.get("thinking", {}).get("budget_tokens")
    if budget is not None and not 1024 <= budget < body["max_tokens"]:
        raise Invalid("thinking.enabled.budget_tokens: must be at least 1024 and below max_tokens")
    _check_messages(body["messages"])


def _all_blocks(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from body.get("tools", ())
    system = body.get("system", ())
    yield from () if isinstance(system, str) else system
    for message in body["messages"]:
        yield from _blocks(message)


def _blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _check_messages(messages: list[dict[str, Any]]) -> None:
    wanted: list[str] = []
    seen: set[str] = set()
    for number, message in enumerate(messages):
        blocks = _blocks(message)
        if not blocks:
            raise Invalid(f"messages.{number}: all messages must have non-empty content")
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        missing = set(wanted) - set(results)
        if missing:
            raise Invalid(f"messages.{number}: `tool_use` ids without `tool_result` blocks after: {sorted(missing)}")
        if set(results) - set(wanted):
            raise Invalid(f"messages.{number}: unexpected `tool_use_id` in `tool_result` blocks")
        if [block["type"] for block in blocks[: len(results)]] != ["tool_result"] * len(results):
            raise Invalid(f"messages.{number}: `tool_result` blocks must come first")
        for place, block in enumerate(blocks):
            _check_block(f"messages.{number}.content.{place}", block)
        if message["role"] == "assistant" and blocks[-1]["type"] in ("thinking", "redacted_thinking"):
            raise Invalid(f"messages.{number}: the final block in an assistant message cannot be `thinking`")
        wanted = [block["id"] for block in blocks if block["type"] == "tool_use"]
        if seen & set(wanted) or len(set(wanted)) < len(wanted):
            raise Invalid(f"messages.{number}: `tool_use` ids must be unique")
        seen |= set(wanted)


def _check_block(place: str, block: dict[str, Any]) -> None:
    match block["type"]:
        case "text" if not block["text"].strip():
            raise Invalid(f"{place}: text content blocks must contain non-whitespace text")
        case "thinking" if block.get("signature") != seal(block["thinking"]):
            raise Invalid(f"{place}: Invalid `signature` in `thinking` block")
        case "tool_use" if not TOOL_ID.match(block["id"]):
            raise Invalid(f"{place}.tool_use.id: String should match pattern '{TOOL_ID.pattern}'")
        case "tool_result" if not isinstance(block["content"], str):
            for number, part in enumerate(block["content"]):
                _check_part(f"{place}.tool_result.content.{number}", part, is_error=block.get("is_error", False))
        case "tool_use" if not isinstance(block["input"], dict):
            raise Invalid(f"{place}.tool_use.input: Input should be a valid dictionary")


def _check_part(place: str, part: dict[str, Any], *, is_error: bool) -> None:
    """What stands in a result."""
    if is_error and part["type"] != "text":
        raise Invalid(f"{place}: all content must be type `text` if `is_error` is true")
    match part["type"]:
        case "text":
            _check_block(place, part)
        case "image" if part["source"]["media_type"] not in IMAGES:
            raise Invalid(f"{place}.image.source.base64.media_type: Input should be one of {', '.join(IMAGES)}")
        case "document" if part["source"]["media_type"] != "application/pdf":
            raise Invalid(f"{place}.document.source.base64.media_type: Input should be 'application/pdf'")
        case "image" | "document":
            check_data(place, part["source"]["data"])
        case kind:
            raise Invalid(f"{place}: Input tag {kind!r} found using 'type' does not match any of the expected tags")
