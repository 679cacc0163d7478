"""Old shapes of events, lifted to the current one when they are read. The log keeps what was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Upcaster: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""(kind, version) -> a function from that version's fields to the next version's."""


def lift(kind: str, version: int, current: int, fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of `kind` as version `current` has them. Raises KeyError where an upcaster is missing."""
    for step in range(version, current):
        fields = UPCASTERS[kind, step](fields)
    return fields
