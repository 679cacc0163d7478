"""As much of HTTP/1.1 as a scripted server needs: one request per connection, answers whole or in chunks."""

from __future__ import annotations

import asyncio
import http
from collections.abc import Mapping

LARGEST_HEAD = 64 * 1024


class BadRequest(Exception):
    """Not HTTP as this server knows it."""


async def read_request(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str], bytes] | None:
    """(method, path, headers with lowercase names, body); None when the client closed without asking."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise BadRequest("an incomplete head") from None
        return None
    except asyncio.LimitOverrunError:
        raise BadRequest("a head that is too long") from None
    line, *rest = head.decode("latin-1").split("\r\n")
    parts = line.split(" ")
    if len(parts) != 3:
        raise BadRequest(f"no request line: {line!r}")
    headers = {name.strip().lower(): value.strip() for name, _, value in (item.partition(":") for item in rest if item)}
    try:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    except (asyncio.IncompleteReadError, ValueError):
        raise BadRequest("an incomplete body") from None
    return parts[0], parts[1], headers, body


def head(status: int, headers: Mapping[str, str]) -> bytes:
    try:
        phrase = http.HTTPStatus(status).phrase
    except ValueError:
        phrase = "Scripted"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join([*lines, "connection: close"]) + "\r\n\r\n").encode("latin-1")


def whole(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    return head(status, {"content-type": "application/json", **headers, "content-length": str(len(body))}) + body


def stream_head() -> bytes:
    return head(200, {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"})


def chunk(data: bytes) -> bytes:
    """The empty chunk ends the body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
