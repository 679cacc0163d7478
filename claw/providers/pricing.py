"""What a call cost, from the prices that genai-prices ships. Nothing is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from claw.events.content import Usage
from claw.late import load
from claw.providers.abilities import is_local

if TYPE_CHECKING:
    from datetime import datetime

NUSD = 10**9
"""Units of 10⁻⁹ US dollars in one dollar."""

_PROVIDERS = {"anthropic": "anthropic", "openai": "openai", "openai-chat": "openai"}


def price(model: str, provider: str, usage: Usage, at: datetime, base_url: str = "") -> tuple[int, str] | None:
    """(10⁻⁹ US dollars, "genai-prices VERSION") at the prices of that time; None for a model or server without one.

    With a `base_url` of its own the prices are those of the service that is known by that URL, and else those of the
    model's maker, since most such addresses are gateways to it. What this machine serves by itself has no price.
    """
    if provider not in _PROVIDERS or is_local(base_url):
        return None
    prices = load("genai_prices")
    by_address = [{"provider_api_url": base_url}] if base_url else []
    for where in [*by_address, {"provider_id": _PROVIDERS[provider]}]:
        try:
            cost = prices.calc_price(_usage(prices, usage), model, genai_request_timestamp=at, **where)
        except (LookupError, ValueError):
            continue
        return round(cost.total_price * NUSD), f"genai-prices {version()}"
    return None


def window(model: str, provider: str, base_url: str = "") -> int | None:
    """The model's context window in tokens, where it is known."""
    if provider not in _PROVIDERS or is_local(base_url):
        return None
    snapshot = load("genai_prices.data_snapshot", "get_snapshot")()
    try:
        found = snapshot.find_provider_model(model, None, None if base_url else _PROVIDERS[provider], base_url or None)
    except LookupError:
        return None
    tokens: int | None = found[1].context_window
    return tokens


def known(provider: str) -> list[tuple[str, int | None]]:
    """Models of a service that have prices, with their windows: those that are not retired, by name."""
    snapshot = load("genai_prices.data_snapshot", "get_snapshot")()
    (found,) = (one for one in snapshot.providers if one.id == _PROVIDERS[provider])
    return sorted((model.id, model.context_window) for model in found.models if model.name and not model.deprecated)


def per_million(model: str, provider: str, at: datetime) -> tuple[float | None, float | None, float | None]:
    """US dollars for a million tokens of a prompt, of what is read from the cache, and of a reply; None: unknown."""
    million = 10**6
    found = []
    for usage in (Usage(input=1_000), Usage(cache_read=1_000), Usage(output=1_000)):
        priced = price(model, provider, usage, at)
        found.append(None if priced is None else priced[0] * million / 1_000 / NUSD)
    return found[0], found[1], found[2]


def version() -> str:
    """Of the prices."""
    number: str = load("importlib.metadata", "version")("genai-prices")
    return number


def _usage(prices: Any, usage: Usage) -> Any:
    """genai-prices counts cached tokens as part of the input."""
    return prices.Usage(
        input_tokens=usage.input + usage.cache_read + usage.cache_write,
        cache_read_tokens=usage.cache_read,
        cache_write_tokens=usage.cache_write,
        output_tokens=usage.output,
    )
