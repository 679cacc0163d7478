"""Tavily (https://docs.tavily.com/documentation/api-reference/endpoint/search)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from claw.tools.acts.searches import Asked, Found, Search, page

URL = "https://api.tavily.com/search"


def asked(search: Search, key: str) -> Asked:
    body = {
        "query": search.query,
        "max_results": search.count,
        "include_domains": list(search.allowed),
        "exclude_domains": list(search.blocked),
    }
    return Asked(URL, (("accept", "application/json"), ("authorization", f"Bearer {key}")), json.dumps(body).encode())


def found(answer: dict[str, Any]) -> Iterator[Found]:
    for one in answer["results"]:
        yield page(one.get("title"), one["url"], one.get("content"), one.get("published_date"))
