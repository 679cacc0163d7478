"""When a schedule is due: in the user's zone, also where a clock is put forward or back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from claw.errors import ToolError
from claw.tools.due import LOCALTIME, MOST, check, following, in_words, local_zone, passed

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: tzinfo = UTC) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 1_000_000_000


def told(ns: int | None, zone: tzinfo = UTC) -> str:
    return "never" if ns is None else datetime.fromtimestamp(ns / 1e9, zone).isoformat(" ", "minutes")


@pytest.mark.parametrize(
    ("cron", "after", "then"),
    [
        # The clock is put forward at 2:00 on 29 March, and back at 3:00 on 25 October.
        ("30 2 * * *", "2026-03-28 12:00", "2026-03-29 03:00+02:00"),
        ("30 3 * * *", "2026-03-29 00:00", "2026-03-29 03:30+02:00"),
        ("*/30 * * * *", "2026-03-29 01:30", "2026-03-29 03:00+02:00"),
        ("30 2 * * *", "2026-10-24 12:00", "2026-10-25 02:30+02:00"),
        ("0 9 * * 1-5", "2026-03-27 10:00", "2026-03-30 09:00+02:00"),
        ("0 9 31 * *", "2026-02-01 00:00", "2026-03-31 09:00+02:00"),
        ("0 0 29 2 *", "2026-01-01 00:00", "2028-02-29 00:00+01:00"),
        ("0 0 31 2 *", "2026-01-01 00:00", "never"),
    ],
)
def test_the_next_time(cron: str, after: str, then: str) -> None:
    assert told(following(cron, at(after, BERLIN), BERLIN), BERLIN) == then


def test_an_hour_that_comes_twice_has_a_daily_time_once_and_an_hourly_one_twice() -> None:
    first, last = at("2026-10-25 00:00", BERLIN), at("2026-10-26 00:00", BERLIN)
    daily = passed("30 2 * * *", first, last, BERLIN)
    hourly = passed("*/30 * * * *", first, last, BERLIN)
    assert daily is not None
    assert daily.count == 1
    assert hourly is not None
    assert hourly.count == 50


def test_a_time_that_is_now_is_over_and_parts_of_a_second_do_not_matter() -> None:
    now = at("2026-01-01 09:00")
    assert told(following("0 9 * * *", now, UTC)) == "2026-01-02 09:00+00:00"
    assert following("0 9 * * *", now - 1, UTC) == now
    assert passed("0 9 * * *", now, now + 10**9, UTC) is None
    there = passed("0 9 * * *", now - 1, now, UTC)
    assert there is not None
    assert (there.count, there.last) == (1, now)


def test_very_many_are_not_all_counted() -> None:
    there = passed("* * * * *", at("2026-01-01 00:00"), at("2026-12-01 00:00"), UTC)
    assert there is not None
    assert (there.count, told(there.last)) == (MOST, "2026-12-01 00:00+00:00")


@pytest.mark.parametrize(
    "cron",
    ["", "* * * *", "* * * * * *", "@daily", "60 * * * *", "0 0 31 2 *", "x * * * *", "٣ * * * *", "*/0 * * * *",
     "5-1 * * * *", "*/" * 90 + "1 * * * *"],
)  # fmt: skip
def test_what_is_no_time_is_said(cron: str) -> None:
    with pytest.raises(ToolError, match="no cron expression"):
        check(cron)


def test_it_is_said_in_words() -> None:
    assert in_words("0 9 * * 1-5") == "At 09:00 on Monday through Friday"
    assert in_words("no") == "no"


def test_the_zone_is_that_of_the_c_library() -> None:
    july = datetime(2026, 7, 1)  # noqa: DTZ001 - what a zone is asked about
    for named, hours in (
        ("Europe/Berlin", 2),
        (":Asia/Tokyo", 9),
        ("/usr/share/zoneinfo/America/New_York", -4),
        ("CET-1CEST,M3.5.0,M10.5.0/3", 2),
        ("X-0:30", 0.5),
        ("", 0),
        ("no such zone", 0),
        ("../../etc/passwd", 0),
        ("/etc/passwd", 0),
        ("a\0b", 0),
        ("\udcff", 0),
    ):
        assert local_zone({"TZ": named}).utcoffset(july) == timedelta(hours=hours), named
    assert local_zone({}, "/usr/share/zoneinfo/Asia/Tokyo").utcoffset(july) == timedelta(hours=9)
    assert local_zone({}, "/nothing").utcoffset(july) == timedelta(0)
    assert LOCALTIME == "/etc/localtime"
