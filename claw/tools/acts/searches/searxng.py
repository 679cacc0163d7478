"""SearXNG, a search engine that people run themselves (https://docs.searxng.org/dev/search_api.html).

Its settings must have `json` among `search.formats`; else it answers with HTTP 403.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from claw.tools.acts.searches import Asked, Found, Search, page


def asked(search: Search, url: str) -> Asked:
    query = urlencode({"q": search.with_operators, "format": "json"})
    return Asked(f"{url.rstrip('/').removesuffix('/search')}/search?{query}", (("accept", "application/json"),))


def found(answer: dict[str, Any]) -> Iterator[Found]:
    for one in answer["results"]:
        yield page(one.get("title"), one["url"], one.get("content"), (one.get("publishedDate") or "")[:10])
