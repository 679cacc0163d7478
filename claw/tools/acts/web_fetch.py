"""WebFetch: a page of the web as text."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from claw._native import Page, web_target
from claw.events.content import TextBlock
from claw.events.tool import ADDRESS, PathFact
from claw.execution.context import Facts, ToolContext
from claw.execution.masking import masked
from claw.execution.threads import LONGEST, within
from claw.late import load
from claw.tools.acts.web import MOST_READ as MOST_READ
from claw.tools.acts.web import read
from claw.tools.arguments import parsed
from claw.tools.base import FactsFound, Outcome, Report
from claw.tools.web_fetch import WebFetchArguments

MOST_TEXT = 100_000
"""Bytes of a page's text that are given to the model."""
MOST_OF_ERROR = 2_000
"""Bytes of the text of an answer that says that there is no such page."""
SAVE = "A command such as curl can save it in the workspace, where Read takes any of its pages."
KEPT_S = 15 * 60
"""Seconds for which a page that was read is given again."""
MOST_KEPT = 50


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    """Raises FactsFound where the page's host turns out to lie in the user's own networks and nobody was asked."""
    wanted = parsed("WebFetch", WebFetchArguments, arguments)
    url, host, is_local = web_target(wanted.url)
    addresses = _loopback(host) if is_local else [fact.canonical for fact in facts.paths if fact.parameter == ADDRESS]
    if not addresses:
        url = _encrypted(url)
    kept = _kept(url, addresses, context)
    if kept is not None:
        page, age = kept
        return Outcome(masked(f"(As it was read {_ago(age)} ago.)\n{_told(page)}", context))
    page = await read(url, addresses, context.environ, room=MOST_TEXT)
    if page.outcome == "local":
        fact = PathFact(parameter=ADDRESS, given=host, canonical=page.reason, inside=False)
        raise FactsFound((fact,))
    if page.outcome == "pdf" and 200 <= page.status < 300:
        return await _shown_pdf(page, facts, context)
    outcome = _outcome(page, url)
    if not outcome.is_error:
        _keep(url, addresses, page, context)
    return Outcome(masked(str(outcome.content), context), is_error=outcome.is_error)


def _loopback(host: str) -> list[str]:
    return ["127.0.0.1", "::1"] if host.endswith("localhost") else [host.strip("[]")]


def _encrypted(url: str) -> str:
    return f"https:{url.removeprefix('http:')}" if url.startswith("http:") else url


def _outcome(page: Page, asked: str) -> Outcome:
    if page.outcome == "elsewhere":
        return Outcome(_elsewhere(page, asked), is_error=False)
    if not 200 <= page.status < 300:
        told = f"{page.url} was not read: the server answered with HTTP {page.status}."
        return Outcome(f"{told}\n{page.text[:MOST_OF_ERROR]}".rstrip(), is_error=True)
    if page.outcome == "binary":
        kind = page.content_type or "of a kind that its server does not say"
        return Outcome(
            f"{page.url} is no text ({kind}, {page.size} bytes), so WebFetch does not read it.", is_error=True
        )
    return Outcome(_told(page))


async def _shown_pdf(page: Page, facts: Facts, context: ToolContext) -> Outcome:
    """Its pages from the first on, by what Read shows files with: in a process of its own that is bounded."""
    told = masked(page.url, context)
    if page.is_cut:
        most = f"more than {MOST_READ // 10**6} MB, or one that broke off"
        return Outcome(f"{told} is a PDF document of {most}, so it is not shown. {SAVE}", is_error=True)
    name = urlsplit(page.url).path.rstrip("/").rpartition("/")[2] or "the document"
    show = load("claw.tools.pdf", "shown_pdf")
    try:
        shown = await within(LONGEST, lambda: show(page.body(), name, "1-", facts.room, further=SAVE), lambda: None)
    except TimeoutError:
        return Outcome(f"{told} is a PDF document that was not read within {LONGEST} s. {SAVE}", is_error=True)
    if isinstance(shown, str):
        return Outcome(f"{told} is a PDF document ({page.size} bytes), and {shown}.", is_error=True)
    return Outcome((TextBlock(text=told), *shown))


def _elsewhere(page: Page, asked: str) -> str:
    if page.url == asked.replace("https:", "http:", 1):
        return f"{asked} was not read: its server leads to {page.url}, which is not encrypted."
    return (
        f"REDIRECT: {asked} leads to another place (HTTP {page.status}): {page.url}\n"
        "It was not followed. To read it, call WebFetch with that URL."
    )


def _told(page: Page) -> str:
    lines = [page.url]
    if page.title:
        lines.append(f"Title: {page.title}")
    if page.is_cut:
        why = f", of which not all was read: {page.reason}" if page.reason else ""
        lines.append(f"(This is the beginning of a page of {page.size} bytes or more{why}.)")
    return "\n".join(lines) + f"\n\n{page.text}" if page.text else "\n".join([*lines, "(The page holds no text.)"])


def _key(url: str, addresses: list[str]) -> tuple[str, ...]:
    return (url.partition("#")[0], *addresses)


def _kept(url: str, addresses: list[str], context: ToolContext) -> tuple[Page, float] | None:
    found = context.pages.get(_key(url, addresses))
    if found is None:
        return None
    page, read = found
    age = time.monotonic() - read
    return (page, age) if age < KEPT_S else None


def _keep(url: str, addresses: list[str], page: Page, context: ToolContext) -> None:
    if page.outcome == "text":
        context.pages.pop(_key(url, addresses), None)
        context.pages[_key(url, addresses)] = (page, time.monotonic())
        while len(context.pages) > MOST_KEPT:
            del context.pages[next(iter(context.pages))]


def _ago(seconds: float) -> str:
    return f"{int(seconds)} s" if seconds < 60 else f"{int(seconds // 60)} min"
