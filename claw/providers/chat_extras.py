"""What a Chat Completions server sends beside a message and wants back with it: details and signatures of thinking."""

from __future__ import annotations

from typing import Any

from claw.providers.fields import is_extra, signatures

_LISTS = ("reasoning_details", "thinking_blocks")
"""OpenRouter's and LiteLLM's lists of what a model thought, each item in pieces."""
_GROWING = ("text", "summary", "thinking", "data")


class Extras:
    """Fields of one reply, put together from its deltas."""

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}

    def take(self, delta: dict[str, Any]) -> None:
        for name in _LISTS:
            items = delta.get(name)
            if isinstance(items, list):
                self._fields[name] = _joined(self._fields.get(name, []), items)
        found = signatures(delta, beside=lambda name: is_extra(name) or name == "reasoning_opaque")
        self._fields = _merged(self._fields, found)

    def opaque(self) -> dict[str, Any]:
        return {"fields": self._fields} if self._fields else {}


def _joined(before: list[Any], new: list[Any]) -> list[Any]:
    """Pieces of an item are those of one type and index that follow each other, until its signature has come."""
    joined = list(before)
    for number, item in enumerate(new):
        last = joined[-1] if joined and number == 0 else None
        if isinstance(last, dict) and isinstance(item, dict) and _goes_on(last, item):
            grown = {key: last[key] + item[key] for key in _GROWING if isinstance(last.get(key), str) and item.get(key)}
            joined[-1] = last | {key: value for key, value in item.items() if value is not None} | grown
        else:
            joined.append(item)
    return joined


def _goes_on(last: dict[str, Any], item: dict[str, Any]) -> bool:
    same = all(last.get(key) == item.get(key) for key in ("type", "index"))
    other = item.get("id") and last.get("id") and item["id"] != last["id"]
    mixed = any(not isinstance(item.get(key, ""), str | None) for key in _GROWING)
    return same and not other and not mixed and not last.get("signature")


def _merged(before: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    merged = dict(before)
    for name, value in new.items():
        old = merged.get(name)
        merged[name] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
