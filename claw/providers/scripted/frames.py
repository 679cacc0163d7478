"""What the three wire formats share: one frame of a stream, ids, seals of thinking, and estimated usage."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from claw.providers.scripted.scenario import AnyPart, Reply, Thinking, Tokens, Tool, arguments_text, whole

CREATED = 1_767_225_600
"""2026-01-01; a script has no clock."""

CHARACTERS_PER_TOKEN = 4


IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")


class Invalid(Exception):
    """What the real API would answer with a 400."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One server-sent event, or raw bytes. `ends`: it belongs to how the protocol ends a whole reply."""

    data: dict[str, Any] | str | bytes
    event: str | None = None
    ends: bool = False
    paced: bool = False
    """Something to read: the reply's pace applies before it."""

    def encode(self) -> bytes:
        if isinstance(self.data, bytes):
            return self.data
        data = self.data if isinstance(self.data, str) else msgspec.json.encode(self.data).decode()
        return (f"event: {self.event}\n" if self.event else "").encode() + f"data: {data}\n\n".encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply at its place in the scenario, to one request."""

    reply: Reply
    thread: int
    position: int
    model: str
    tokens: Tokens
    custom: frozenset[str] = frozenset()
    """Tools that were offered as ones whose input is a text."""

    def name(self, prefix: str, part: int | None = None) -> str:
        """A deterministic id, unique in the scenario."""
        place = f"{self.thread:02}{self.position:04}" + ("" if part is None else f"{part:03}")
        return f"{prefix}scripted{place}"

    def call_id(self, prefix: str, part: int, tool: Tool) -> str:
        return tool.id or self.name(prefix, part)


def seal(text: str) -> str:
    """Stands for a signature or an encrypted item: proves that the text came back as it was sent."""
    return "seal" + hashlib.sha256(text.encode()).hexdigest()


def check_data(place: str, data: str) -> None:
    """Raises Invalid for what is no base64, or nothing."""
    try:
        empty = not base64.b64decode(data, validate=True)
    except ValueError:
        empty = True
    if empty:
        raise Invalid(f"{place}: invalid base64 data")


def check_url(place: str, url: str, kinds: tuple[str, ...] = IMAGES) -> None:
    """Raises Invalid for what is no address that holds data of one of these media types."""
    kind, _, data = url.removeprefix("data:").partition(";base64,")
    if kind not in kinds:
        raise Invalid(f"{place}: Invalid MIME type {kind!r}. Only {', '.join(kinds)} are supported.")
    check_data(place, data)


def estimate(raw: str, body: dict[str, Any], reply: Reply, assistants: int) -> Tokens:
    """Four characters a token; of a conversation that goes on, all but its last message was cached before."""
    thought = sum(len(whole(part.text)) for part in reply.blocks if isinstance(part, Thinking))
    said = sum(map(_length, reply.blocks)) - thought
    reasoning, output = thought // CHARACTERS_PER_TOKEN, (thought + said) // CHARACTERS_PER_TOKEN + 4
    total = len(raw) // CHARACTERS_PER_TOKEN + 1
    items: Sequence[Any] = body.get("messages") or body.get("input") or ()
    new = min(total, len(msgspec.json.encode(items[-1:])) // CHARACTERS_PER_TOKEN + 1)
    if "cache_control" not in raw and "messages" in body and "max_tokens" in body:
        return Tokens(input=total, output=output, reasoning=reasoning)
    read = total - new if assistants else 0
    return Tokens(input=3, output=output, cache_read=read, cache_write=max(0, total - read - 3), reasoning=reasoning)


def _length(part: AnyPart) -> int:
    return len(whole(arguments_text(part) if isinstance(part, Tool) else part.text))
