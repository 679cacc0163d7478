"""Times of the clock, read by arithmetic: the same as the standard library reads, which `decide` does without."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from claw.decide.clock import ns_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def test_it_reads_what_the_standard_library_reads() -> None:
    for days in range(-20_000, 60_000, 7):
        time = EPOCH + timedelta(days=days, seconds=days * 37 % 86_400, microseconds=days * 101 % 1_000_000)
        for offset in ("+00:00", "+02:00", "-09:30"):
            text = time.replace(tzinfo=None).isoformat() + offset
            expected = (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1) * 1000
            assert ns_of(text) == expected, text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00Z", 0),
        ("1970-01-01 00:00:01 +0000", 1),
        ("1970-01-01T01:00+01", 0),
        (" 2000-02-29T00:00:00z ", 951_782_400),
    ],
)
def test_other_forms(text: str, seconds: int) -> None:
    assert ns_of(text) == seconds * 10**9


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "09:30", "2026-01-01", "2026-01-01T09:30:00", "2026-02-29T09:30Z", "2100-02-29T09:30Z",
        "2026-13-01T09:30Z", "2026-00-01T09:30Z", "2026-01-00T09:30Z", "2026-04-31T09:30Z", "2026-01-01T24:00Z",
        "2026-01-01T09:60Z", "2026-01-01T09:30:60Z", "٢٠٢٦-01-01T09:30Z", "2026-01-01T09:30Zulu",
    ],
)  # fmt: skip
def test_no_time(text: str) -> None:
    assert ns_of(text) is None
