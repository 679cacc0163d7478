"""What a server does not take of a request, and the request without it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from claw.events.request import DOCUMENTS, FREEFORM, IMAGES, SYSTEM, TOOLS
from claw.late import pattern
from claw.providers.base import CallFailed

_REFUSING = pattern(
    r"unrecogni[sz]ed|unknown|unsupported|unexpected|forbidden|invalid|deprecated|instead|no such|can ?not be|can't be"
    r"|not (?:be )?(?:supported|permitted|allowed|recogni[sz]ed|implemented|accepted|valid|available|enabled|a valid)"
    r"|(?:does|do|did)(?: not|n't) (?:support|allow|accept|recogni[sz]e|know)"
    r"|extra (?:inputs|fields|field|parameter)|additional propert|should be|out of range"
    r"|too (?:large|big|high)|must be (?:less|smaller|at most|between|in )|at most|maximum",
    re.IGNORECASE,
)
"""Words with which a server says that it does not take something, and not that it misses it."""

_TOOLS = pattern(
    r"(?<![\w.-])(?:tools(?![\w-]|[.\[]\w)|tool[ -]?(?:use|calls?|calling|choice)\b|function[ -]?call(?:s|ing)?\b)",
    re.IGNORECASE,
)
_NO_TOOLS = pattern(
    r"unrecogni[sz]ed|unsupported|unknown (?:parameter|field|argument|name)|extra (?:inputs|fields?|parameter)|requires"
    r"|not (?:be )?(?:supported|permitted|allowed|recogni[sz]ed|implemented|accepted|available|enabled)"
    r"|(?:does|do|did)(?: not|n't) (?:support|allow|accept|recogni[sz]e)|no \w+ (?:found )?(?:that|which) support",
    re.IGNORECASE,
)
"""That it takes none at all, and not that one of them is wrong."""
_SOME_TOOLS = pattern(r"parallel|multiple|single|at once", re.IGNORECASE)

_FREEFORM = pattern(r"\bcustom\b|\bfree-?form\b|\bgrammars?\b|\blark\b|\btools\W+\d+\W+type\b", re.IGNORECASE)
"""That a tool can only be one with JSON."""

_SYSTEM = pattern(
    r"(?:system|developer)\W{0,2} (?:role|message|prompt|instruction)s?\b|role\W{1,4}(?:system|developer)\b"
    r"|['\"`](?:system|developer)['\"`]|roles? must alternate|messages\W{1,2}0?\W{0,2}role\b"
    r"|only (?:\W?\w+\W? (?:and |or )?)+roles? (?:are|is) supported"
    r"|(?:parameter|argument|field|param|property|supplied)\W{1,4}(?:system|instructions)\b|^(?:system|instructions):",
    re.IGNORECASE,
)
_NO_SYSTEM = pattern(r"must alternate|only .*supported", re.IGNORECASE)

_NO_ENDPOINT = pattern(
    r"unexpected (?:endpoint|url|path)|(?:unknown|invalid|unsupported|no such) (?:request )?(?:endpoint|url|route|path)"
    r"|cannot post|no (?:route|handler)|chat/completions"
    r"|(?:endpoint|route|path|url|/responses|responses (?:api|endpoint))\b.{0,60}(?:\bnot\b|n't\b|unsupported|unknown)",
    re.IGNORECASE,
)

_MEDIA = {
    IMAGES: (
        pattern(r"\bimages?\b|image[_ ]?(?:url|input)|input_image|\bvision\b|multi-?modal|mmproj", re.IGNORECASE),
        ("image", "image_url", "input_image"),
    ),
    DOCUMENTS: (
        pattern(r"\bdocuments?\b|\bPDFs?\b|\bfiles?\b|input_file|file_data", re.IGNORECASE),
        ("document", "file", "input_file"),
    ),
}
"""Part -> how a server speaks of it, and the types of its blocks."""

_WRITTEN_BY_OTHERS = ("parameters", "input_schema", "arguments")
"""Fields that hold what tools and the model wrote."""


def may_be_refusal(error: CallFailed) -> bool:
    """Routers say "no endpoint" where none of their servers takes what was asked with."""
    of_server = error.failure == "server" and error.status in (500, 501)
    return error.failure == "invalid_request" or of_server or (error.status == 404 and "endpoint" in error.message)


def is_another_api(status: int, kinds: tuple[str, ...], words: str) -> bool:
    """Whether the server does not have what was asked by, and not only no such model."""
    if status == 404 and not _NO_ENDPOINT.search(words):
        return not re.search(r"\bmodel", " ".join((*kinds, words)), re.IGNORECASE)
    return status in (404, 405, 501) or (status in (200, 400, 422, 500) and _NO_ENDPOINT.search(words) is not None)


def refused_part(said: object, words: str, body: dict[str, Any], omissible: tuple[str, ...]) -> str:
    """What an error is about: one of `omissible` that the body has, TOOLS, FREEFORM, SYSTEM, IMAGES or DOCUMENTS; empty
    for none of them.

    A name with dots is a path, one without is a field of the body, or of any part in it.
    """
    present = [name for name in omissible if _holds(body, name)]
    for place in _places(said):
        named = next((name for name in present if place == name or place.startswith(f"{name}.")), None)
        named = named or next((name for name in present if name in place.split(".")), None)
        if named is not None:
            return named
    if _FREEFORM.search(words) and any(tool.get("type") == "custom" for tool in body.get("tools", ())):
        return FREEFORM
    found = [(match.start(), -len(name), name) for name in present if (match := _mentioned(name, words))]
    if not _REFUSING.search(words):
        found = []
    if not any(name == "stream" for _, _, name in found):
        found += _tools(words, body)
    return min([*found, *_system(words, body), *_media(words, body)], default=(0, 0, ""))[2]


def _tools(words: str, body: dict[str, Any]) -> Iterator[tuple[int, int, str]]:
    match = _TOOLS.search(words)
    if match and "tools" in body and _NO_TOOLS.search(words) and not _SOME_TOOLS.search(words):
        yield match.start(), 0, TOOLS


def _system(words: str, body: dict[str, Any]) -> Iterator[tuple[int, int, str]]:
    roles = [message["role"] for message in body.get("messages", ())]
    sent = "system" in body or "instructions" in body or "system" in roles
    match = _SYSTEM.search(words)
    if match and sent and (_REFUSING.search(words) or _NO_SYSTEM.search(words)):
        yield match.start(), 0, SYSTEM


def _media(words: str, body: dict[str, Any]) -> Iterator[tuple[int, int, str]]:
    """Whatever a server finds wrong with an image, the conversation goes on without any."""
    for part, (said, kinds) in _MEDIA.items():
        match = said.search(words)
        if match and _has_block(body.get("messages") or body.get("input"), kinds):
            yield match.start(), 0, part


def _has_block(value: object, kinds: tuple[str, ...]) -> bool:
    if isinstance(value, list):
        return any(_has_block(one, kinds) for one in value)
    if not isinstance(value, dict):
        return False
    inside = (value.get("content"), value.get("output"))
    return value.get("type") in kinds or any(_has_block(one, kinds) for one in inside)


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
    said = "stream(?:ing)?" if name == "stream" else re.escape(name)
    return re.search(rf"(?<![\w-]){said}(?![\w-])", words)


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
