"""The search of OpenAI's own API: a request of its own, in which the model does nothing but search.

<https://platform.openai.com/docs/guides/tools-web-search>
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from claw.events.content import Usage
from claw.tools.acts.searches import Asked, Found, Search, Used, page

URL = "https://api.openai.com/v1/responses"


def asked(search: Search, model: str, key: str) -> Asked:
    tool: dict[str, Any] = {"type": "web_search"}
    if search.allowed:
        tool["filters"] = {"allowed_domains": list(search.allowed)}
    body = {
        "model": model,
        "input": f"Search the web for this query, and say in a few sentences what was found: {search.query}",
        "tools": [tool],
        "include": ["web_search_call.action.sources"],
        "store": False,
    }
    headers = (("accept", "application/json"), ("authorization", f"Bearer {key}"))
    return Asked(URL, headers, json.dumps(body).encode())


def found(answer: dict[str, Any]) -> Iterator[Found]:
    """What the model quotes first, by title, then what else was looked at."""
    known = set()
    for part in _texts(answer):
        for note in part.get("annotations") or ():
            if note.get("type") == "url_citation" and note["url"] not in known:
                known.add(note["url"])
                yield page(note.get("title"), note["url"])
    for item in answer["output"]:
        for source in (item.get("action") or {}).get("sources") or ():
            if source.get("url") and source["url"] not in known:
                known.add(source["url"])
                yield page(source.get("title"), source["url"])


def said(answer: dict[str, Any]) -> str:
    return "".join(part["text"] for part in _texts(answer)).strip()


def used(answer: dict[str, Any]) -> Used:
    usage = answer["usage"]
    cached = (usage.get("input_tokens_details") or {}).get("cached_tokens") or 0
    tokens = Usage(
        input=(usage.get("input_tokens") or 0) - cached,
        output=usage.get("output_tokens") or 0,
        cache_read=cached,
        reasoning=(usage.get("output_tokens_details") or {}).get("reasoning_tokens") or 0,
    )
    searches = [item for item in answer["output"] if item.get("type") == "web_search_call"]
    return Used(tokens, len(searches))


def _texts(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in answer["output"]:
        if item.get("type") == "message":
            yield from (part for part in item["content"] if part.get("type") == "output_text")
