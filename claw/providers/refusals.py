"""What a server does not take of a request, and the request without it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from claw.providers.base import CallFailed

_REFUSING = re.compile(
    r"unrecogni[sz]ed|unknown|unsupported|unexpected|forbidden|invalid|deprecated|instead|no such|can ?not be|can't be"
    r"|not (?:be )?(?:supported|permitted|allowed|recogni[sz]ed|implemented|accepted|valid|available|enabled|a valid)"
    r"|(?:does|do|did)(?: not|n't) (?:support|allow|accept|recogni[sz]e|know)"
    r"|extra (?:inputs|fields|field|parameter)|additional propert",
    re.IGNORECASE,
)
"""Words with which a server says that it does not take something, and not that it misses it."""

_WRITTEN_BY_OTHERS = ("parameters", "input_schema", "arguments")
"""Fields that hold what tools and the model wrote."""


def may_be_refusal(error: CallFailed) -> bool:
    return error.failure == "invalid_request" or (error.failure == "server" and error.status in (500, 501))


def refused_part(said: object, words: str, body: dict[str, Any], omissible: tuple[str, ...]) -> str:
    """The one of `omissible` that an error is about and the body has; empty for none.

    A name with dots is a path, one without is a field of the body, or of any part in it.
    """
    present = [name for name in omissible if _holds(body, name)]
    for place in _places(said):
        named = next((name for name in present if place == name or place.startswith(f"{name}.")), None)
        named = named or next((name for name in present if name in place.split(".")), None)
        if named is not None:
            return named
    if not _REFUSING.search(words):
        return ""
    found = ((match.start(), -len(name), name) for name in present if (match := _mentioned(name, words)))
    return min(found, default=(0, 0, ""))[2]


def leave_out(body: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The body without these parts."""
    for name in names:
        first, _, rest = name.partition(".")
        if rest and isinstance(body.get(first), dict):
            body = {**body, first: leave_out(body[first], (rest,))}
        elif name in body:
            body = {key: value for key, value in body.items() if key != name}
        elif not rest:
            body = {key: _without(value, key, name) for key, value in body.items()}
    return body


def _without(value: object, key: str, name: str) -> Any:
    if key in _WRITTEN_BY_OTHERS or (key == "input" and isinstance(value, dict)):
        return value
    if isinstance(value, dict):
        return {inner: _without(one, inner, name) for inner, one in value.items() if inner != name}
    return [_without(one, key, name) for one in value] if isinstance(value, list) else value


def _holds(body: dict[str, Any], name: str) -> bool:
    return leave_out(body, (name,)) != body


def _mentioned(name: str, words: str) -> re.Match[str] | None:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", words)


def _places(said: object) -> Iterator[str]:
    """Where the server itself says that the fault is: OpenAI's `param`, FastAPI's `loc`."""
    if isinstance(said, list):
        for one in said:
            yield from _places(one)
    elif isinstance(said, dict):
        if isinstance(said.get("param"), str):
            yield re.sub(r"\[\d+\]", "", said["param"])
        if isinstance(said.get("loc"), list):
            yield ".".join(part for part in said["loc"] if isinstance(part, str) and part != "body")
        for name in ("error", "detail", "errors"):
            yield from _places(said.get(name))
