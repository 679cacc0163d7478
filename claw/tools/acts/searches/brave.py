"""Brave Search (https://api-dashboard.search.brave.com/app/documentation/web-search)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from claw.tools.acts.searches import Asked, Found, Search, page

URL = "https://api.search.brave.com/res/v1/web/search"


def asked(search: Search, key: str) -> Asked:
    query = urlencode({"q": search.with_operators[:400], "count": min(2 * search.count, 20)})
    return Asked(f"{URL}?{query}", (("accept", "application/json"), ("x-subscription-token", key)))


def found(answer: dict[str, Any]) -> Iterator[Found]:
    for one in answer.get("web", {}).get("results", []):
        yield page(one.get("title"), one["url"], one.get("description"), one.get("age"))
