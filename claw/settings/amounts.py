"""Amounts as people write them, in flags and in files: tokens and times."""

from __future__ import annotations

from claw.late import pattern

MOST_TOKENS = 10**15
LONGEST_MS = 1_000 * 3_600_000
TOKENS = "a number of tokens, as in 50000, 200k or 2M"
TIME = "a time of at most 1000 h, as in 90s, 10m or 1h30m"

_TOKENS = pattern(r"([0-9]{1,15})([kKM]?)")
_TIME = pattern(r"(?:([0-9]{1,4})h)?(?:([0-9]{1,5})m)?(?:([0-9]{1,7}(?:\.[0-9]{1,3})?)s?)?")


def tokens(text: str) -> int | None:
    """Tokens, at least one; None: it is no `TOKENS`."""
    found = _TOKENS.fullmatch(text)
    count = int(found[1]) * {"": 1, "k": 1_000, "K": 1_000, "M": 1_000_000}[found[2]] if found else 0
    return count if 0 < count <= MOST_TOKENS else None


def milliseconds(text: str) -> int | None:
    """A time, at least a millisecond; None: it is no `TIME`."""
    found = _TIME.fullmatch(text)
    hours, minutes, seconds = found.groups() if found else (None, None, None)
    ms = int(hours or 0) * 3_600_000 + int(minutes or 0) * 60_000 + round(float(seconds or 0) * 1_000)
    return ms if 0 < ms <= LONGEST_MS else None
