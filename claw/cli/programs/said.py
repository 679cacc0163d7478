"""What a program may say, a line of JSON each: read strictly where it matters, and leniently where fields are new."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from claw.errors import UsageError


class UserMessage(Struct, frozen=True):
    text: str
    id: str = ""


class Request(Struct, frozen=True):
    """A `control_request`: something that claw is to do at once."""

    id: str
    subtype: str
    fields: dict[str, Any]


class Response(Struct, frozen=True):
    """A `control_response`: the answer to a question of claw's; `error` where the program could not give one."""

    id: str
    fields: dict[str, Any]
    error: str = ""


class Nothing(Struct, frozen=True):
    """A line that asks for nothing."""


Said = UserMessage | Request | Response | Nothing


def understood(line: bytes) -> Said:
    """What a line says. Raises UsageError."""
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"it is no JSON ({error})") from None
    if not isinstance(value, dict):
        raise UsageError("it is no JSON object")
    match value.get("type"):
        case "user":
            return _user(value)
        case "control_request":
            return _request(value)
        case "control_response":
            return _response(value)
        case "control_cancel_request" | "keep_alive":
            return Nothing()
        case None:
            raise UsageError('it has no "type"')
        case other:
            raise UsageError(f"there is no input of the type {_short(other)}")


def _user(value: dict[str, Any]) -> UserMessage:
    message, id = value.get("message"), value.get("uuid") or ""
    if not isinstance(message, dict) or message.get("role", "user") != "user":
        raise UsageError('a line of type user needs a "message" with the role user')
    if not isinstance(id, str):
        raise UsageError('"uuid" is no text')
    content = message.get("content")
    if isinstance(content, list):
        content = "\n\n".join(_text(block) for block in content)
    if not isinstance(content, str):
        raise UsageError('the "content" of a message is a text, or a list of blocks')
    if not content.strip():
        raise UsageError("the message says nothing")
    return UserMessage(content, id)


def _text(block: object) -> str:
    if isinstance(block, dict) and block.get("type") == "text" and isinstance(block.get("text"), str):
        return str(block["text"])
    kind = block.get("type") if isinstance(block, dict) else block
    raise UsageError(f"a block of the type {_short(kind)} is not taken here: name a file, which can be read")


def _request(value: dict[str, Any]) -> Request:
    id, fields = value.get("request_id"), value.get("request")
    if not isinstance(id, str) or not isinstance(fields, dict) or not isinstance(fields.get("subtype"), str):
        raise UsageError('a control_request needs a "request_id", and a "request" with a "subtype"')
    return Request(id, fields["subtype"], fields)


def _response(value: dict[str, Any]) -> Response:
    response = value.get("response")
    if not isinstance(response, dict) or not isinstance(response.get("request_id"), str):
        raise UsageError('a control_response needs a "response" with a "request_id"')
    if response.get("subtype") == "error":
        return Response(response["request_id"], {}, str(response.get("error") or "it gave no reason"))
    fields = response.get("response")
    if not isinstance(fields, dict):
        return Response(response["request_id"], {}, 'its control_response has no "response" with the answer')
    return Response(response["request_id"], fields)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
