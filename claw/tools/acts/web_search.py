"""WebSearch: what a search engine finds, by the first service that the environment names, else by the model's own."""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from claw.errors import ToolError
from claw.events.session import Model
from claw.events.tool import Charge
from claw.execution.context import Facts, ToolContext
from claw.execution.masking import masked
from claw.providers import pricing
from claw.providers.keys import SEARCHING, searches
from claw.tools import NEEDED
from claw.tools.acts.searches import Asked, Found, Refused, Search, Used, text_of
from claw.tools.acts.web import read
from claw.tools.arguments import parsed
from claw.tools.base import Outcome, Report
from claw.tools.web_search import WebSearchArguments

MOST_FOUND = 10
MOST_ANSWER = 2_000_000
"""Bytes of a service's answer that are looked at."""
MOST_OF_ERROR = 300
MOST_SAID = 4_000

SEARCH_NUSD = 10_000_000
"""What Anthropic and OpenAI take for one search, in 10⁻⁹ US dollars: 10 dollars for a thousand, besides the tokens."""


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("WebSearch", WebSearchArguments, arguments)
    allowed, blocked = _bare(wanted.allowed_domains), _bare(wanted.blocked_domains)
    module, asked = _chosen(Search(wanted.query, allowed, blocked, MOST_FOUND), context)
    page = await read(asked.url, (), context.environ, room=MOST_ANSWER, headers=asked.headers, body=asked.body)
    service = urlsplit(asked.url).hostname or asked.url
    if page.outcome == "elsewhere":
        raise ToolError(f"{service} was not asked: it leads elsewhere, to {text_of(page.url, 200)}.")
    if not 200 <= page.status < 300:
        said = text_of(page.text, MOST_OF_ERROR)
        raise ToolError(
            masked(f"{service} answered with HTTP {page.status}: {said or 'it does not say why'}.", context)
        )
    charge, said = None, ""
    try:
        answer = json.loads(page.text)
        if context.model is not None and hasattr(module, "used"):
            charge, said = _charge(context.model, module.used(answer)), module.said(answer)[:MOST_SAID]
        found = list(module.found(answer))
    except Refused as error:
        told = f"{service} did not search: {text_of(str(error), MOST_OF_ERROR)}."
        return Outcome(masked(told, context), is_error=True, charge=charge)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        told = f"{service} answered with something that are no results of a search."
        return Outcome(told, is_error=True, charge=charge)
    fitting = [one for one in found if _fits(one, allowed, blocked)][:MOST_FOUND]
    return Outcome(masked(_told(wanted.query, fitting, said), context), charge=charge)


def _chosen(search: Search, context: ToolContext) -> tuple[Any, Asked]:
    """The module of the service that is asked, and what it is asked. Raises ToolError where there is none."""
    variable = next((name for name in NEEDED["WebSearch"] if context.environ.get(name, "").strip()), None)
    if variable is not None:
        module = _module(variable.partition("_")[0].lower())
        return module, module.asked(search, context.environ[variable].strip())
    if context.model is not None and searches(context.model, context.environ):
        module = _module("anthropic" if context.model.api == "anthropic" else "openai")
        key = context.environ[SEARCHING[context.model.api][2]].strip()
        return module, module.asked(search, context.model.name, key)
    names = ", ".join(NEEDED["WebSearch"])
    raise ToolError(f"There is nothing to search with: none of {names} is set in claw's environment.")


def _module(name: str) -> Any:
    return importlib.import_module(f"claw.tools.acts.searches.{name}")


def _charge(model: Model, used: Used) -> Charge:
    """Tokens and searches, at the prices of today."""
    priced = pricing.price(model.name, model.provider, used.usage, datetime.now(UTC), model.base_url)
    nusd, source = priced or (None, "")
    if nusd is not None:
        nusd, source = nusd + used.searches * SEARCH_NUSD, f"{source}; {SEARCH_NUSD} for a search"
    return Charge(provider=model.provider, model=model.name, usage=used.usage, nusd=nusd, priced_by=source)


def _bare(domains: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(domain.lower().strip(".").removeprefix("*.") for domain in domains or ())


def _fits(found: Found, allowed: tuple[str, ...], blocked: tuple[str, ...]) -> bool:
    """Whatever a service makes of the domains: of each counts itself and what is below it."""
    try:
        parts = urlsplit(found.url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False

    def is_in(domains: tuple[str, ...]) -> bool:
        return any(host == domain or host.endswith(f".{domain}") for domain in domains)

    return parts.scheme in ("http", "https") and (not allowed or is_in(allowed)) and not is_in(blocked)


def _told(query: str, found: list[Found], said: str) -> str:
    lines = [f"Found for {query!r}:"] if found else [f"Nothing was found for {query!r}."]
    for number, one in enumerate(found, 1):
        age = f" ({one.age})" if one.age else ""
        lines.append(f"{number}. [{one.title or one.url}]({one.url}){age}")
        if one.text:
            lines.append(f"   {one.text}")
    if said:
        lines += ["", "What the search says of it:", said]
    return "\n".join(lines)
