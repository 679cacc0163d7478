"""Times of the clock as people write them, as ns since 1970 UTC: by arithmetic alone, the same wherever it is done."""

from __future__ import annotations

import re

from claw.late import pattern

_TIME = pattern(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?\s?(?:([zZ])|([+-])(\d\d):?(\d\d)?)",
    re.ASCII,
)


def ns_of(text: str) -> int | None:
    """The time that an ISO 8601 text with its offset from UTC names; None: it names none."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute = (int(part) for part in found.group(1, 2, 3, 4, 5))
    second, hours, minutes = (int(part or 0) for part in found.group(6, 10, 11))
    if not 1 <= month <= 12 or not 1 <= day <= _length(year, month) or hour > 23 or minute > 59 or second > 59:
        return None
    offset = (hours * 60 + minutes) * 60 * (-1 if found.group(9) == "-" else 1)
    seconds = _days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
    return seconds * 1_000_000_000 + int((found.group(7) or "").ljust(9, "0"))


def _length(year: int, month: int) -> int:
    """Days of a month."""
    if month == 2:
        return 28 + (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
    return 30 + (month in (1, 3, 5, 7, 8, 10, 12))


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970, in the Gregorian calendar."""
    before = year - 1
    of_years = 365 * before + before // 4 - before // 100 + before // 400 - 719_162
    return of_years + sum(_length(year, one) for one in range(1, month)) + day - 1
