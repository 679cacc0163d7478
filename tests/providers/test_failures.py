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
        ([1], ((), "[1]")),
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


def test_words_about_length_in_another_error_mean_nothing() -> None:
    assert failed(message="prompt is too long", status=401).failure == "auth"


def test_sentences() -> None:
    assert sentence("a\x1b[2J\r\n b\u202e\u0000c") == "a [2J b c"
    assert sentence("key sk-1 is wrong", secret="sk-1") == "key *** is wrong"
    assert sentence("x" * 500) == "x" * 500
    assert sentence("x" * 501) == "x" * 499 + "…"
