"""When a schedule is due: cron expressions in local time, with its daylight saving as Debian's cron has it.

A time of day that a clock skips comes right behind the gap, and one that it has twice comes once; what comes every hour
or more often follows the clock as it is.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from msgspec import Struct

from claw.errors import ToolError

SECOND = 1_000_000_000
MOST = 1_000
"""Times that are counted at most."""
LOCALTIME = "/etc/localtime"


class Passed(Struct, frozen=True):
    """How many times have come, `MOST` at most, and the last of them, in ns since 1970 UTC."""

    count: int
    last: int


def check(cron: str) -> None:
    """Raises ToolError for what is no cron expression of five fields, or is never due."""
    try:
        if len(cron.split()) != 5:
            raise CronSimError("it must have five fields")
        next(CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ToolError(
            f"{cron!r} is no cron expression: {error}",
            hint="minute, hour, day of the month, month, day of the week, as in '*/5 * * * *'",
        ) from None
    except StopIteration:
        raise ToolError(f"{cron!r} names no day that there is") from None


def following(cron: str, after: int, zone: tzinfo) -> int | None:
    """The first time after `after`, both in ns since 1970 UTC; None: there is none."""
    try:
        found = next(CronSim(cron, datetime.fromtimestamp(after // SECOND, zone)))
    except (CronSimError, StopIteration, OverflowError):
        return None
    return int(found.timestamp()) * SECOND


def passed(cron: str, after: int, until: int, zone: tzinfo) -> Passed | None:
    """The times after `after` and up to `until`; None: there is none."""
    count, at = 0, following(cron, after, zone)
    last = 0
    while at is not None and at <= until and count < MOST:
        count, last, at = count + 1, at, following(cron, at, zone)
    if count == MOST and at is not None and at <= until:
        backwards = CronSim(cron, datetime.fromtimestamp(until // SECOND + 1, zone), reverse=True)
        last = int(next(backwards).timestamp()) * SECOND
    return Passed(count, last) if count else None


def in_words(cron: str) -> str:
    """The expression as people say it; itself where that is not known."""
    try:
        return CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC)).explain()
    except CronSimError:
        return cron


def local_zone(environ: Mapping[str, str], localtime: str = LOCALTIME) -> tzinfo:
    """The zone that `TZ` names, as the C library reads it: a name, a file, or a rule as in `CET-1CEST`; without it, the
    machine's. UTC where that means nothing.
    """
    named = environ.get("TZ")
    try:
        if named is None:
            return _of_file(localtime)
        named = named.removeprefix(":")
        if os.path.isabs(named):
            return _of_file(named)
        return ZoneInfo(named)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        pass
    try:
        return _of_rule(named or "UTC0")
    except (ValueError, UnicodeEncodeError):
        return UTC


def _of_file(path: str) -> tzinfo:
    with open(path, "rb") as opened:
        return ZoneInfo.from_file(opened)


def _of_rule(rule: str) -> tzinfo:
    """A zone that has always had this rule, read as the last line of a file that has nothing else."""
    header = struct.pack(">4sc15x6L", b"TZif", b"2", 0, 0, 0, 0, 1, 4)
    block = header + struct.pack(">lbB", 0, 0, 0) + b"UTC\0"
    return ZoneInfo.from_file(io.BytesIO(block + block + b"\n" + rule.encode("ascii") + b"\n"))
