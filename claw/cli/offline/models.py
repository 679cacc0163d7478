"""`claw models`: what is known of models."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from claw.cli.offline.style import put
from claw.cli.offline.table import Column, Table
from claw.cli.output import standard
from claw.errors import ClawError
from claw.events.request import DOCUMENTS, IMAGES
from claw.events.session import Model
from claw.providers import abilities, catalogue, names, pricing
from claw.session import trust
from claw.session.config import model_named
from claw.settings import read_settings

SERVICES = ("anthropic", "openai")
"""Those whose models have windows and prices that claw knows."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """`window` and `max_output` in tokens, prices in US dollars for a million tokens, as they are today; None: not
    known. `efforts`: how much it can be told to think, beside not at all. `here`: the environment has a key for it.
    """

    name: str
    provider: str
    aliases: tuple[str, ...]
    window: int | None
    max_output: int
    input_usd: float | None
    cached_usd: float | None
    output_usd: float | None
    images: bool
    documents: bool
    efforts: tuple[str, ...]
    thinking: str
    freeform: bool
    here: bool


def all_names() -> Iterator[str]:
    """By which models can be asked for: their own, and the short ones."""
    for one in (*_own(), *_known()):
        yield from (one.name, *one.aliases)


def models(filter: str | None = None, servers: bool = False, json: bool = False) -> int | None:
    """List what is known of models: windows, prices, what each can do; or of servers."""
    if servers:
        _servers(json)
        return None
    wanted = (filter or "").lower()
    known = [
        one for one in (*_own(), *_known()) if wanted in f"{one.provider}/{one.name} {' '.join(one.aliases)}".lower()
    ]
    if json:
        standard().answer_json(msgspec.json.encode(known))
        return None
    names_ = ("model", "also", "window", "reply", "in $/M", "cached", "out $/M", "images", "PDF", "thinking", "key")
    table = Table([Column(name, right=name in names_[2:7]) for name in names_])
    for one in known:
        table.add(
            f"{one.provider}/{one.name}",
            ", ".join(one.aliases),
            *map(_count, (one.window, one.max_output)),
            *map(_price, (one.input_usd, one.cached_usd, one.output_usd)),
            *("yes" if has else "no" for has in (one.images, one.documents)),
            one.thinking if one.efforts else "none",
            "yes" if one.here else "",
        )
    table.show(standard())
    if not known:
        put([f"nothing is known of a model {filter!r}; claw --model anthropic/NAME, openai/NAME or openai-chat/NAME"])
    return None


def _servers(json: bool) -> None:
    """What is known of servers: what each has of the dialects that it speaks."""
    if json:
        standard().answer_json(msgspec.json.encode(abilities.SERVERS))
        return
    names_ = (
        "server",
        "at",
        "effort",
        "PDF",
        "images",
        "limit",
        "cache key",
        "freeform",
        "web",
        "key",
    )
    table = Table([Column(name) for name in names_])
    for one in abilities.SERVERS:
        at = (*one.hosts, *(f"localhost:{port}" for port in one.ports))
        has = (one.documents, one.media, one.limit, one.cache_key, one.freeform, one.searches, one.key)
        told = [str(one) if isinstance(one, str) else "yes" if one else "no" for one in has]
        table.add(one.name, ", ".join(at), "by model" if one.words else "as you say", *told)
    table.show(standard())


def _own() -> Iterator[Known]:
    """Models that the user's settings describe."""
    environ = dict(os.environ)
    settings = read_settings(trust.home_of(environ), os.getcwd())
    for name, said in settings.models.items():
        try:
            model = model_named(name, environ, settings.models)
        except ClawError:
            model = Model(provider="own", api="openai-chat", name=name, window=said.window or 0)
        price = said.price
        yield Known(
            name=name,
            provider=model.provider,
            aliases=(),
            window=model.window or None,
            max_output=model.max_output,
            input_usd=price.input / 10**6 if price else None,
            cached_usd=price.cache_read / 10**6 if price else None,
            output_usd=price.output / 10**6 if price else None,
            **_abilities(model, environ),
        )


def _known() -> Iterator[Known]:
    environ = os.environ
    aliases: dict[str, list[str]] = {}
    for alias, name in names.ALIASES.items():
        aliases.setdefault(name, []).append(alias)
    aliases.setdefault(catalogue.DEFAULT_OPENAI, []).append("gpt")
    today = datetime.now(UTC)
    for provider in SERVICES:
        for name, window in pricing.known(provider):
            without = catalogue.not_taken(abilities.family_of(name))
            model = Model(provider=provider, api=catalogue.api_of(provider), name=name, without=without)
            prices = pricing.per_million(name, provider, today)
            yield Known(
                name=name,
                provider=provider,
                aliases=tuple(aliases.get(name, ())),
                window=window,
                max_output=abilities.family_of(name).output,
                input_usd=prices[0],
                cached_usd=prices[1],
                output_usd=prices[2],
                **_abilities(model, environ),
            )


def _abilities(model: Model, environ: Any) -> dict[str, Any]:
    server = catalogue.server_for(model)
    return {
        "images": IMAGES not in model.without,
        "documents": DOCUMENTS not in model.without and (model.api == "anthropic" or server.documents),
        "efforts": catalogue.efforts_of(model),
        "thinking": catalogue.thinking_of(model),
        "freeform": catalogue.takes_freeform(model),
        "here": _has_key(model, environ),
    }


def _has_key(model: Model, environ: Any) -> bool:
    try:
        return catalogue.has_key(model, environ)
    except ClawError:
        return False


def _count(tokens: int | None) -> str:
    return "unknown" if tokens is None else f"{tokens / 1_000:g}k"


def _price(usd: float | None) -> str:
    return "unknown" if usd is None else f"{Decimal(str(usd)):f}"
