"""The search of Anthropic's own API: a request of its own, in which the model does nothing but search.

<https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool>
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from claw.events.content import Usage
from claw.tools.acts.searches import Asked, Found, Refused, Search, Used, page

URL = "https://api.anthropic.com/v1/messages"
SYSTEM = "Search the web for the query that you are given, once or twice, and say in a few sentences what was found."


def asked(search: Search, model: str, key: str) -> Asked:
    tool: dict[str, Any] = {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}
    if search.allowed:
        tool["allowed_domains"] = list(search.allowed)
    if search.blocked:
        tool["blocked_domains"] = list(search.blocked)
    body = {
        "model": model,
        "max_tokens": 2048,
        "system": SYSTEM,
        "messages": [{"role": "user", "content": f"Search the web for: {search.query}"}],
        "tools": [tool],
    }
    headers = (("accept", "application/json"), ("anthropic-version", "2023-06-01"), ("x-api-key", key))
    return Asked(URL, headers, json.dumps(body).encode())


def found(answer: dict[str, Any]) -> Iterator[Found]:
    quoted: dict[str, str] = {}
    for block in answer["content"]:
        for citation in block.get("citations") or ():
            quoted.setdefault(citation.get("url"), citation.get("cited_text") or "")
    for block in answer["content"]:
        if block["type"] != "web_search_tool_result":
            continue
        results = block["content"]
        if isinstance(results, dict):
            raise Refused(results.get("error_code") or "it does not say why")
        for one in results:
            yield page(one.get("title"), one["url"], quoted.get(one["url"]), one.get("page_age"))


def said(answer: dict[str, Any]) -> str:
    return "".join(block["text"] for block in answer["content"] if block["type"] == "text").strip()


def used(answer: dict[str, Any]) -> Used:
    usage = answer["usage"]
    tokens = Usage(
        input=usage.get("input_tokens") or 0,
        output=usage.get("output_tokens") or 0,
        cache_read=usage.get("cache_read_input_tokens") or 0,
        cache_write=usage.get("cache_creation_input_tokens") or 0,
    )
    return Used(tokens, (usage.get("server_tool_use") or {}).get("web_search_requests") or 0)
