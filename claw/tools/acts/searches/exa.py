"""Exa (https://docs.exa.ai/reference/search)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from claw.tools.acts.searches import Asked, Found, Search, page

URL = "https://api.exa.ai/search"


def asked(search: Search, key: str) -> Asked:
    body: dict[str, Any] = {
        "query": search.query,
        "numResults": search.count,
        "contents": {"text": {"maxCharacters": 500}},
    }
    if search.allowed:
        body["includeDomains"] = list(search.allowed)
    if search.blocked:
        body["excludeDomains"] = list(search.blocked)
    return Asked(URL, (("accept", "application/json"), ("x-api-key", key)), json.dumps(body).encode())


def found(answer: dict[str, Any]) -> Iterator[Found]:
    for one in answer["results"]:
        yield page(one.get("title"), one["url"], one.get("text"), (one.get("publishedDate") or "")[:10])
