"""Models of the user's own, as a settings file describes them: windows, prices, abilities.

::

    {"models": {"qwen3-coder": {"window": 131072, "maxOutput": 16000, "images": false, "documents": false,
                                "thinking": "effort", "tools": true, "freeform": false,
                                "price": {"input": 0.5, "output": 1.5, "cacheRead": 0.05, "cacheWrite": 0.5}}}}

Prices are US dollars for a million tokens. `thinking` is how the model is told how much to think: `none`, `budget`,
`adaptive`, `effort`. `freeform`: it takes tools whose input is a text by a grammar.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from claw.events.request import Effort

MOST_TOKENS = 100_000_000
EFFORTS: dict[str, Effort] = {
    **{"off": "off", "none": "off", "low": "low", "medium": "medium", "high": "high"},
    **{"minimal": "low", "auto": "medium", "xhigh": "high", "max": "high"},
}
"""How much a model may think, as other programs name it, too."""


class Price(Struct, frozen=True, kw_only=True):
    """10⁻⁹ US dollars for a thousand tokens."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


class OwnModel(Struct, frozen=True, kw_only=True):
    """None: as claw knows it."""

    window: int | None = None
    max_output: int | None = None
    images: bool | None = None
    documents: bool | None = None
    tools: bool | None = None
    freeform: bool | None = None
    thinking: str | None = None
    price: Price | None = None


_TOKENS = {"window": "window", "maxOutput": "max_output"}
_ABILITIES = ("images", "documents", "tools", "freeform")
_THINKING = ("none", "budget", "adaptive", "effort")
_PRICES = {"input": "input", "output": "output", "cacheRead": "cache_read", "cacheWrite": "cache_write"}


def own_model(fields: object) -> OwnModel | str:
    """The model, or what is wrong with it."""
    if not isinstance(fields, dict):
        return "is no object"
    found: dict[str, Any] = {}
    for key, value in fields.items():
        if key in _TOKENS and isinstance(value, int) and 1 <= value <= MOST_TOKENS and value is not True:
            found[_TOKENS[key]] = value
        elif key in _ABILITIES and isinstance(value, bool):
            found[key] = value
        elif key == "thinking" and value in _THINKING:
            found["thinking"] = value
        elif key == "price" and isinstance(value, dict):
            price = _price(value)
            if price is None:
                return "has a price that is none: input, output, cacheRead, cacheWrite, in dollars for a million tokens"
            found["price"] = price
        else:
            known = ", ".join((*_TOKENS, *_ABILITIES, "thinking", "price"))
            return f"has {key!r}, which is unknown or no such value: {known}"
    return OwnModel(**found)


def _price(fields: Mapping[str, Any]) -> Price | None:
    found = {}
    for key, value in fields.items():
        if key not in _PRICES or isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if not 0 <= value <= 10**6:
            return None
        found[_PRICES[key]] = round(value * 10**6)
    return Price(**found)
