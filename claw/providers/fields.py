"""Fields of a record, whatever a server put into them.

What claw does not need is never a reason to throw a reply away: null and absent are the same, and another type is what
it can be read as, or nothing. What is the reply itself is read by `text`, which raises for what it cannot place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from claw.providers.base import CallFailed

_TEXTS = ("text", "refusal", "content", "value", "output_text")


def fields(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def each(value: object) -> list[dict[str, Any]]:
    """The records of a list; one that stands alone is a list of one."""
    if isinstance(value, dict):
        return [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def word(value: object) -> str:
    """A name or an id."""
    return value if isinstance(value, str) else str(value) if _is_number(value) else ""


def tag(value: object) -> str:
    """A word of the protocol's own; what is no text is none."""
    return value if isinstance(value, str) else ""


def count(value: object) -> int | None:
    """A number of things, 0 or more; 3.0 is 3."""
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None
    if not _is_number(value):
        return None
    number = float(value)  # type: ignore[arg-type]
    return int(number) if 0 <= number < 2**53 and number.is_integer() else None


def text(value: object) -> str:
    """Text, or a list of parts as one text. Raises CallFailed for what holds something else."""
    if not value:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(text, value))
    if _is_number(value):
        return str(value)
    found = next((name for name in _TEXTS if name in fields(value)), None)
    if found is None:
        raise unplaced(f"{type(value).__name__} where text belongs")
    return text(fields(value)[found])


def text_if_any(value: object) -> str:
    """The same for what the reply can do without."""
    try:
        return text(value)
    except CallFailed:
        return ""


def unplaced(what: str) -> CallFailed:
    """A server of this make says it the same way each time, so that another try is of no use."""
    return CallFailed("malformed_stream", f"The reply holds what claw cannot place: {what}.", retryable=False)


def signatures(record: dict[str, Any], *, beside: Callable[[str], bool] = lambda _: False) -> dict[str, Any]:
    """Fields that a server signs its words with and wants back, under whatever name; `beside`: others to keep."""
    return {name: value for name, value in record.items() if value and ("signature" in name.lower() or beside(name))}


def is_extra(name: str) -> bool:
    """Where servers behind Chat Completions put what that API has no field for."""
    return name in ("extra_content", "provider_specific_fields")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
