"""What the tools for the web share: one answer of one server, read as claw reads the web."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import claw
from claw._native import Page, PageRequest
from claw.errors import RouteUnusable, ToolError
from claw.execution.threads import LONGEST, within
from claw.providers.route import Route

MOST_READ = 10_000_000
"""Bytes of an answer that are read, decompressed."""

AGENT = f"claw/{claw.__version__} (a coding agent that reads this page for its user)"


async def read(
    url: str,
    addresses: Sequence[str],
    environ: Mapping[str, str],
    *,
    room: int,
    headers: Sequence[tuple[str, str]] | None = None,
    body: bytes | None = None,
) -> Page:
    """As `PageRequest` has it, by the way that the environment names. Raises ToolError where there is no answer."""
    stopped: list[PageRequest] = []
    is_stopped = False

    def work() -> Page:
        try:
            # What lies in the user's own networks is reached without what stands before the others.
            route = Route.to(url, {} if addresses else environ)
        except RouteUnusable as error:
            raise ToolError(f"{error.message} {error.hint}".rstrip()) from None
        proxy = route.proxy.url if route.proxy else None
        try:
            request = PageRequest(
                url,
                addresses,
                proxy,
                route.trusted,
                agent=AGENT,
                limit=MOST_READ,
                room=room,
                headers=headers,
                body=body,
            )
        except ValueError as error:
            raise ToolError(f"{_shown(url)} cannot be read: {error}.") from None
        stopped.append(request)
        if is_stopped:
            request.cancel()
        page = request.wait()
        if page.outcome == "failed":
            told, _ = route.explain(page.reason, untrusted=page.kind == "untrusted")
            raise ToolError(f"{_shown(url)} was not read. {told}")
        return page

    def stop() -> None:
        nonlocal is_stopped
        is_stopped = True
        for request in stopped:
            request.cancel()

    try:
        return await within(LONGEST, work, stop)
    except TimeoutError:
        raise ToolError(f"{_shown(url)} was not read within {LONGEST} s.") from None


def _shown(url: str) -> str:
    return url.partition("?")[0]
