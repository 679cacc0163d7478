"""WebSearch: what a search engine finds, by the first service that the environment has a key for."""

from __future__ import annotations

import importlib
import json
from typing import Any
from urllib.parse import urlsplit

from claw.errors import ToolError
from claw.execution.context import Facts, ToolContext
from claw.execution.masking import masked
from claw.tools import NEEDED
from claw.tools.acts.searches import Found, Search, text_of
from claw.tools.acts.web import read
from claw.tools.arguments import parsed
from claw.tools.base import Outcome, Report
from claw.tools.web_search import WebSearchArguments

MOST_FOUND = 10
MOST_ANSWER = 2_000_000
"""Bytes of a service's answer that are looked at."""
MOST_OF_ERROR = 300


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("WebSearch", WebSearchArguments, arguments)
    variable = next((name for name in NEEDED["WebSearch"] if context.environ.get(name, "").strip()), None)
    if variable is None:
        names = ", ".join(NEEDED["WebSearch"])
        raise ToolError(f"There is nothing to search with: none of {names} is set in claw's environment.")
    module = importlib.import_module(f"claw.tools.acts.searches.{variable.partition('_')[0].lower()}")
    allowed, blocked = _bare(wanted.allowed_domains), _bare(wanted.blocked_domains)
    search = Search(wanted.query, allowed, blocked, MOST_FOUND)
    asked = module.asked(search, context.environ[variable].strip())
    page = await read(asked.url, (), context.environ, room=MOST_ANSWER, headers=asked.headers, body=asked.body)
    service = urlsplit(asked.url).hostname or variable
    if page.outcome == "elsewhere":
        raise ToolError(f"{service} was not asked: it leads elsewhere, to {text_of(page.url, 200)}.")
    if not 200 <= page.status < 300:
        said = text_of(page.text, MOST_OF_ERROR)
        raise ToolError(
            masked(f"{service} answered with HTTP {page.status}: {said or 'it does not say why'}.", context)
        )
    try:
        answer = json.loads(page.text)
        found = list(module.found(answer))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        raise ToolError(f"{service} answered with something that are no results of a search.") from None
    fitting = [one for one in found if _fits(one, allowed, blocked)][:MOST_FOUND]
    return Outcome(masked(_told(wanted.query, fitting), context))


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


def _told(query: str, found: list[Found]) -> str:
    if not found:
        return f"Nothing was found for {query!r}."
    lines = [f"Found for {query!r}:"]
    for number, one in enumerate(found, 1):
        age = f" ({one.age})" if one.age else ""
        lines.append(f"{number}. [{one.title or one.url}]({one.url}){age}")
        if one.text:
            lines.append(f"   {one.text}")
    return "\n".join(lines)
