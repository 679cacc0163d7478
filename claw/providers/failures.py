"""What went wrong, in claw's words: HTTP statuses, error kinds and wordings of all three APIs and their imitators."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from claw.events.model import Failure
from claw.late import load, pattern
from claw.providers.base import CallFailed
from claw.providers.page import words_of_page

LONGEST_MESSAGE = 500
LONGEST_WAIT_MS = 7 * 24 * 3600 * 1000
RETRYABLE: frozenset[Failure] = frozenset(
    {"connection", "timeout", "rate_limited", "overloaded", "server", "malformed_stream"}
)

_LASTING = (501, 505)
"""What the server cannot do, it cannot do a moment later."""

_STATUSES: dict[int, Failure] = {
    401: "auth",
    402: "auth",
    403: "auth",
    404: "not_found",
    408: "timeout",
    409: "server",
    413: "context_overflow",
    429: "rate_limited",
    503: "overloaded",
    504: "timeout",
    529: "overloaded",
}

_OF_THE_REQUEST = (None, 200, 400, 413, 422, 424, 500, 502, 503)
"""Statuses that services give a request that is too long."""

_KINDS: dict[str, Failure] = {
    "api_error": "server",
    "authentication_error": "auth",
    "billing_error": "auth",
    "bio_policy": "invalid_request",
    "ContextWindowExceededError": "context_overflow",
    "context_length_exceeded": "context_overflow",
    "context_window_exceeded": "context_overflow",
    "exceed_context_size_error": "context_overflow",
    "insufficient_quota": "rate_limited",
    "invalid_api_key": "auth",
    "invalid_prompt": "invalid_request",
    "invalid_request_error": "invalid_request",
    "model_context_window_exceeded": "context_overflow",
    "model_max_prompt_tokens_exceeded": "context_overflow",
    "misalignment_policy_violation": "invalid_request",
    "not_found_error": "not_found",
    "overloaded_error": "overloaded",
    "permission_error": "auth",
    "rate_limit_error": "rate_limited",
    "rate_limit_exceeded": "rate_limited",
    "request_too_large": "context_overflow",
    "server_error": "server",
    "server_is_overloaded": "overloaded",
    "slow_down": "rate_limited",
    "timeout_error": "timeout",
}

_EXHAUSTED = pattern(r"insufficient_quota|spend_limit|billing_hard_limit")
"""A limit that waiting does not lift."""

_OVERFLOW = pattern(
    r"prompt is too long|input is too long|(prompt|input|request|conversation|context) (is |was )?too (long|large|big)"
    r"|exceed(s|ed|ing)? (the |this |its )?(model'?s? )?(\w+ ){0,2}context"  # Anthropic, OpenAI, llama.cpp
    r"|context[ _-]?(window|length|size|limit)[ _-]?((has|have|is|was) )?(been )?(exceed|overflow)"
    r"|contextwindowexceeded|contextlengthexceeded|context_length_exceeded|context overflow"  # litellm and others
    r"|(maximum|max|model'?s?|available|allowed) (input |prompt |model |sequence )?"
    r"(context|prompt|model|input|sequence)[ _-]?(length|window|size|len)\b"  # OpenAI Chat, vLLM, xAI, OpenRouter
    r"|(longer|greater|larger|more|bigger) than (the |this |its )?(model'?s? )?(maximum |loaded )?(model|context|input)"
    r"|exceed(s|ed)? (the |its )?(model'?s? )?(maximum |max |input )?(model )?(token|length|number of (input )?tokens)"
    r"[ _-]?(limit|length)?"  # Gemini, Moonshot
    r"|exceeds max(imum)? length|input token count|prompt token count|max_prompt_tokens|input_length"
    r"|(range of )?input length should be|input length and `?max_tokens`? exceed"  # DashScope, Anthropic
    r"|inputs?\W+tokens \+ `?max_new_tokens|inputs?\W+must have less than \d+ tokens"  # text-generation-inference
    r"|too many (input )?tokens(?! (per|in the last))|number of (input )?tokens[^.]{0,60}(exceed|greater|more than)"
    r"|context the overflows|loaded with (a )?context length|truncate (the )?prompt"  # LM Studio
    r"|too large for (the )?model with|window exceeds limit"  # Mistral, MiniMax
    r"|(reduce|shorten) the (length|size|number) of (the |your )?(messages|prompt|input|conversation|tokens)",
    re.IGNORECASE,
)
"""What services say of a conversation that is too long for the model."""

_OTHER_LIMIT = pattern(
    r"per[ -]?(min|day|hour|second|month)|\b[TR]PM\b|rate[ _-]?limit|quota|billing|credit"
    r"|max_(completion_|output_)?tokens`?\W+(is |was |value )?(too (large|big|high)|must|should|cannot|exceeds)"
    r"|at most \d+ (completion|output) tokens",
    re.IGNORECASE,
)
"""What they say of another limit, or of another mistake, in words that are much alike."""


_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories that a terminal would act on or not show."""


def failed(
    *,
    message: str,
    status: int | None = None,
    kinds: tuple[str, ...] = (),
    headers: Mapping[str, str] | None = None,
    secret: str = "",
    now: datetime | None = None,
) -> CallFailed:
    """`kinds` are the API's own words (type, code); `status` None means that the error came inside a stream."""
    headers = headers or {}
    failure = _failure(status, kinds, message)
    lasting = status in _LASTING or _EXHAUSTED.search(" ".join(kinds))
    retryable = failure in RETRYABLE and not lasting
    advice = headers.get("x-should-retry")
    if advice in ("true", "false"):
        retryable = advice == "true"
    return CallFailed(
        failure,
        sentence(message, secret=secret),
        retryable=retryable,
        status=status,
        retry_after_ms=retry_after_ms(headers, now or datetime.now(UTC)),
    )


def broken(message: str) -> CallFailed:
    """The stream ended early, or is not what its protocol says."""
    return CallFailed("malformed_stream", sentence(message), retryable=True)


def error_in(record: dict[str, Any]) -> CallFailed | None:
    """The error that a record of a stream is, None for one that is none."""
    is_error = record.get("type") == "error" or record.get("object") == "error"
    if not record.get("error") and not is_error:
        return None
    kinds, message = error_of(record)
    if not is_error and not kinds and not message:
        return None
    return failed(message=message or "The server reports an error and does not say which.", kinds=kinds)


def error_of(body: object) -> tuple[tuple[str, ...], str]:
    """(kinds, message) of an error object in any of the shapes in use."""
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if not isinstance(body, dict):
        return (), _words(body)
    inner = body.get("error") or body
    if not isinstance(inner, dict):
        return _kinds(body), _words(inner)
    return _kinds(inner), _words(inner) or _words(body)


def _kinds(error: dict[str, Any]) -> tuple[str, ...]:
    details = error.get("details")
    code = details.get("error_code") if isinstance(details, dict) else None
    found = (code, error.get("code"), error.get("type"))
    return tuple(str(kind) for kind in found if isinstance(kind, str | int) and kind != "error")


_WORDS = ("message", "msg", "detail", "error", "errors", "error_description", "reason", "title", "Message")
"""Where servers put what they have to say; FastAPI in `detail`, a list of places and messages."""


def _words(value: object) -> str:
    if isinstance(value, dict):
        said = next((words for name in _WORDS if (words := _words(value.get(name)))), "")
        place = value.get("loc")
        return f"{'.'.join(map(str, place))}: {said}" if said and isinstance(place, list) else said
    if isinstance(value, list):
        return "; ".join(words for one in value if (words := _words(one)))
    return "" if value is None or isinstance(value, bool) else words_of_page(str(value))


def _failure(status: int | None, kinds: tuple[str, ...], message: str) -> Failure:
    named = next((_KINDS[kind] for kind in kinds if kind in _KINDS), None)
    if named == "context_overflow":
        return named
    said = " ".join((*kinds, message))
    if status in _OF_THE_REQUEST and _OVERFLOW.search(said) and not _OTHER_LIMIT.search(message):
        return "context_overflow"
    if status is None or status < 300:
        numbered = next((int(kind) for kind in kinds if re.fullmatch(r"[345]\d\d", kind)), None)
        return named or ("server" if numbered is None else _failure_of_status(numbered))
    return _failure_of_status(status)


def _failure_of_status(status: int) -> Failure:
    return _STATUSES.get(status) or ("server" if status >= 500 else "invalid_request")


def retry_after_ms(headers: Mapping[str, str], now: datetime) -> int | None:
    """`retry-after-ms`, else `retry-after` in seconds or as an HTTP date (RFC 9110, 10.2.3). Names are lowercase."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is None:
        value = headers.get("retry-after")
        seconds = _number(value)
        if seconds is None and value is not None:
            seconds = _seconds_until(value, now)
        milliseconds = None if seconds is None else seconds * 1000
    return None if milliseconds is None else min(max(0, round(milliseconds)), LONGEST_WAIT_MS)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _seconds_until(date: str, now: datetime) -> float | None:
    try:
        moment: datetime = load("email.utils", "parsedate_to_datetime")(date)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp()


def sentence(text: str, *, secret: str = "") -> str:
    """One line of at most 500 characters, without control characters and without the key it was asked with."""
    if secret:
        text = text.replace(secret, "***")
    line = " ".join("".join(" " if unicodedata.category(c) in _UNSEEN else c for c in text).split())
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"
