"""Words of the APIs to claw's words, without a wire."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from claw.providers.failures import error_of, failed, retry_after_ms, sentence

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2_000),
        ({"retry-after": "1.5"}, 1_500),
        ({"retry-after-ms": "80"}, 80),
        ({"retry-after-ms": "80", "retry-after": "2"}, 80),
        ({"retry-after-ms": "x", "retry-after": "2"}, 2_000),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30_000),
        ({"retry-after": "Sun, 22 Nov 2026 13:00:30 +0100"}, 30_000),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "tomorrow"}, None),
        ({"retry-after": "1e300"}, 7 * 24 * 3600 * 1000),
    ],
)
def test_retry_after(headers: dict[str, str], expected: int | None) -> None:
    assert retry_after_ms(headers, NOON) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (None, ((), "")),
        ("plain", ((), "plain")),
        ([1], ((), "1")),
        ({"error": "busy"}, ((), "busy")),
        ({"error": {"message": "m", "type": "t", "code": None}}, (("t",), "m")),
        ({"message": "m", "code": 502}, (("502",), "m")),
        (
            {"type": "error", "error": {"type": "t", "message": "m", "details": {"error_code": "c"}}},
            (("c", "t"), "m"),
        ),
    ],
)
def test_error_objects(body: object, expected: tuple[tuple[str, ...], str]) -> None:
    assert error_of(body) == expected


def test_a_status_inside_a_stream_counts_as_one() -> None:
    """OpenRouter reports its upstream's status as a code."""
    error = failed(message="upstream", kinds=("429",))
    assert (error.failure, error.retryable, error.status) == ("rate_limited", True, None)


def test_the_server_may_say_whether_to_retry() -> None:
    assert failed(message="x", status=400, headers={"x-should-retry": "true"}).retryable
    assert not failed(message="x", status=500, headers={"x-should-retry": "false"}).retryable


def test_a_spend_limit_is_not_waited_for() -> None:
    error = failed(message="x", status=429, kinds=("enforced_spend_limit_reached", "rate_limit_error"))
    assert (error.failure, error.retryable) == ("rate_limited", False)


TOO_LONG = [
    "prompt is too long: 210000 tokens > 200000 maximum",
    "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length",
    "Input is too long for requested model.",
    "Your request exceeded model token limit: 131072 (requested: 140000)",
    "Prompt exceeds max length",
    "litellm.ContextWindowExceededError: x",
    "litellm.BadRequestError: ContextWindowExceededError: OpenAIException - too much",
    "Range of input length should be [1, 98304]",
    "Trying to keep the first 9000 tokens when context the overflows. However, the model is loaded with context length "
    "of only 4096 tokens, which is not enough",
    "The number of tokens to keep from the initial prompt is greater than the context length.",
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    "This endpoint's maximum context length is 131072 tokens. However, you requested about 200000 tokens",
    "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).",
    "Prompt contains 50000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
    "prompt token count of 120000 exceeds the limit of 64000",
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 4500 `inputs` tokens",
    "Input validation error: `inputs` must have less than 1024 tokens. Given: 1234",
    "The input (50000 tokens) is longer than the model's context length (32768 tokens).",
    "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
    "the request exceeds the available context size, try increasing it",
    "Context size has been exceeded.",
    "invalid params, context window exceeds limit (2013)",
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
    "The prompt is too long: 207601, model maximum context length: 196607",
    "the input length exceeds the context length",
    "Too many input tokens. Max input tokens: 8192, request input token count: 10000",
    "the number of input tokens 5000 cannot exceed the total tokens limit 4096",
    "Please reduce the length of the messages or completion. Current length is 9600 while limit is 8192",
    "too many tokens: total number of tokens in the prompt cannot exceed 4081",
    "The conversation is too long for this model",
]
OF_SOMETHING_ELSE = [
    "Rate limit reached for x on tokens per min (TPM): Limit 30000, Used 29000, Requested 4000.",
    "Too many tokens per minute",
    "This request would exceed your organization's rate limit of 40,000 input tokens per minute",
    "max_tokens is too large: 32000. This model supports at most 4096 completion tokens",
    "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]",
    "max_tokens must be greater than thinking.budget_tokens",
    "You exceeded your current quota, please check your plan and billing details.",
    "tools.0.name: too long, at most 64 characters in a tool name",
    "model: no-such-model",
    "messages.1: tool_use ids were found without tool_result blocks",
    "Invalid value: temperature exceeds the maximum of 2",
    "The context deadline was exceeded",
]


@pytest.mark.parametrize("said", TOO_LONG)
def test_every_services_words_for_a_conversation_that_is_too_long(said: str) -> None:
    for status in (400, 413, 500, None):
        assert failed(message=said, status=status).failure == "context_overflow"
        assert not failed(message=said, status=status).retryable


@pytest.mark.parametrize("said", OF_SOMETHING_ELSE)
def test_words_about_another_limit_are_not_taken_for_that(said: str) -> None:
    for status in (400, 422, 429, 500, None):
        assert failed(message=said, status=status).failure != "context_overflow"


def test_kinds_of_a_conversation_that_is_too_long() -> None:
    for kind in ("ContextWindowExceededError", "model_max_prompt_tokens_exceeded", "context_window_exceeded"):
        assert failed(message="x", status=400, kinds=(kind,)).failure == "context_overflow"


def test_words_about_length_in_another_error_mean_nothing() -> None:
    assert failed(message="prompt is too long", status=401).failure == "auth"


def test_sentences() -> None:
    assert sentence("a\x1b[2J\r\n b\u202e\u0000c") == "a [2J b c"
    assert sentence("key sk-1 is wrong", secret="sk-1") == "key *** is wrong"
    assert sentence("x" * 500) == "x" * 500
    assert sentence("x" * 501) == "x" * 499 + "…"
