"""WebSearch with each service, in the form in which it answers, through a proxy that leads its name to this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from claw.events.base import Envelope
from claw.events.content import Usage
from claw.events.session import Model
from claw.events.tool import Charge, ToolFinished, ToolStarted
from claw.projections.budget import BUDGET
from claw.projections.usage import USAGE as USAGE_TOTALS
from claw.providers.keys import searches
from tests.providers.authority import Authority
from tests.providers.proxies import Proxy
from tests.toolbox.web_server import Web, page, redirect, web
from tests.toolbox.world import World

pytestmark = pytest.mark.anyio

KEY = "key-of-a-search-0123456789"
URL = "https://docs.example.com/a"
ANSWERS: dict[str, Any] = {
    "BRAVE_API_KEY": {
        "type": "search",
        "web": {
            "results": [{"title": "A <b>page</b>", "url": URL, "description": "Some <strong>words</strong>\nmore"}]
        },
    },
    "TAVILY_API_KEY": {
        "query": "x",
        "results": [{"title": "A page", "url": URL, "content": "Some words more", "score": 1}],
    },
    "EXA_API_KEY": {
        "requestId": "1",
        "results": [{"title": "A page", "url": URL, "text": "Some words  more", "id": URL}],
    },
    "SEARXNG_URL": {"query": "x", "results": [{"title": "A page", "url": URL, "content": "Some words more"}]},
}
PATHS = {
    "BRAVE_API_KEY": ("api.search.brave.com", "/res/v1/web/search"),
    "TAVILY_API_KEY": ("api.tavily.com", "/search"),
    "EXA_API_KEY": ("api.exa.ai", "/search"),
    "SEARXNG_URL": ("search.example", "/search"),
}


class Service(Web):
    """`received` is what the last request held: path, query, headers, body."""

    received: tuple[str, dict[str, list[str]], dict[str, str], Any] = ("", {}, {}, None)

    def answer(self, request: BaseHTTPRequestHandler, answer: Any) -> None:
        length = int(request.headers.get("content-length") or 0)
        body = json.loads(request.rfile.read(length)) if length else None
        parts = urlsplit(request.path)
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received = (parts.path, parse_qs(parts.query), headers, body)
        page(json.dumps(answer), "application/json")(request)


@pytest.fixture(params=list(ANSWERS))
def variable(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def service(world: World, tmp_path: Path, variable: str) -> Iterator[Service]:
    authority = Authority(tmp_path)
    name, path = PATHS[variable]
    made = Service({})
    made.pages[path] = lambda request: made.answer(request, ANSWERS[variable])
    context = authority.context("service", subject=f"DNS:{name}")
    with web(made.pages, context) as served, Proxy(served.port) as proxy:
        world.context.environ = {
            "HTTPS_PROXY": f"http://{proxy.address}",
            "SSL_CERT_FILE": str(authority.certificate),
            variable: f"https://{name}" if variable == "SEARXNG_URL" else KEY,
        }
        world.context.secrets = ((variable, KEY),)
        yield made


async def test_what_is_found_is_told_in_one_form(world: World, service: Service, variable: str) -> None:
    told = (await world.call("WebSearch", query="the question", blocked_domains=["other.example"])).text
    assert told == f"Found for 'the question':\n1. [A page]({URL})\n   Some words more"
    _, query, headers, body = service.received
    asked = {
        "BRAVE_API_KEY": lambda: (query["q"], headers["x-subscription-token"]),
        "TAVILY_API_KEY": lambda: (
            [f"{body['query']} -site:{body['exclude_domains'][0]}"],
            headers["authorization"][7:],
        ),
        "EXA_API_KEY": lambda: ([f"{body['query']} -site:{body['excludeDomains'][0]}"], headers["x-api-key"]),
        "SEARXNG_URL": lambda: (query["q"], KEY),
    }
    assert asked[variable]() == (["the question -site:other.example"], KEY)


async def test_domains_hold_whatever_the_service_makes_of_them(world: World, service: Service) -> None:
    for domains in ({"allowed_domains": ["other.example"]}, {"blocked_domains": ["example.com"]}):
        assert (await world.call("WebSearch", query="x y", **domains)).text == "Nothing was found for 'x y'."
    assert URL in (await world.call("WebSearch", query="x y", allowed_domains=["example.com"])).text
    assert URL in (await world.call("WebSearch", query="x y", blocked_domains=["xample.com"])).text


async def test_a_service_that_fails_is_told_without_its_key(world: World, service: Service, variable: str) -> None:
    path = PATHS[variable][1]
    wrong = [
        (page(f"wrong key {KEY}", "text/plain", status=401), "answered with HTTP 401: wrong key "),
        (page("<h1>Too many</h1>", status=429), "answered with HTTP 429: # Too many"),
        (page("{", "application/json"), "no results of a search"),
        (page('{"results": 5, "web": 5}', "application/json"), "no results of a search"),
        (page('{"results": [{"url": 5}], "web": {"results": [[]]}}', "application/json"), "no results of a search"),
        (page("[" * 100_000, "application/json"), "no results of a search"),
        (redirect("https://evil.example/"), "leads elsewhere"),
    ]
    for answer, words in wrong:
        service.pages[path] = answer
        told = (await world.call("WebSearch", query="x y")).error
        assert words in told
        assert KEY not in told


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"query": ""}, "query"),
        ({"query": "x y", "allowed_domains": ["a.b"], "blocked_domains": ["c.d"]}, "not both"),
        ({"query": "x y", "allowed_domains": ["a b) OR (x"]}, "is no domain"),
        ({"query": "x y", "blocked_domains": ["https://a.b"]}, "is no domain"),
    ],
)
async def test_what_cannot_be_searched_for(world: World, arguments: dict[str, Any], why: str) -> None:
    assert why in (await world.resolved("WebSearch", **arguments)).error


async def test_without_a_key_there_is_nothing_to_search_with(world: World) -> None:
    assert "none of BRAVE_API_KEY" in (await world.call("WebSearch", query="x y")).error


# --- the search of a model's own service ------------------------------------------------------------------------------

USAGE = {"input_tokens": 1000, "output_tokens": 100}
ANTHROPIC = {
    "type": "message",
    "content": [
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "the question"}},
        {
            "type": "web_search_tool_result",
            "tool_use_id": "srvtoolu_1",
            "content": [
                {
                    "type": "web_search_result",
                    "url": URL,
                    "title": "A page",
                    "encrypted_content": "x",
                    "page_age": "May 1",
                }
            ],
        },
        {"type": "text", "text": "It is "},
        {"type": "text", "text": "so.", "citations": [{"url": URL, "cited_text": "Some words more"}]},
    ],
    "usage": {**USAGE, "server_tool_use": {"web_search_requests": 1}},
}
OPENAI = {
    "output": [
        {"type": "web_search_call", "action": {"type": "search", "sources": [{"type": "url", "url": URL}]}},
        {
            "type": "message",
            "content": [
                {
                    "type": "output_text",
                    "text": "It is so.",
                    "annotations": [{"type": "url_citation", "url": URL, "title": "A page"}],
                }
            ],
        },
    ],
    "usage": {**USAGE, "input_tokens_details": {"cached_tokens": 400}},
}


@pytest.mark.parametrize(
    ("model", "answer", "path", "lines"),
    [
        (
            Model(provider="anthropic", api="anthropic", name="claude-sonnet-4-5"),
            ANTHROPIC,
            ("api.anthropic.com", "/v1/messages"),
            [f"1. [A page]({URL}) (May 1)", "   Some words more"],
        ),
        (
            Model(provider="openai", api="openai-responses", name="gpt-5"),
            OPENAI,
            ("api.openai.com", "/v1/responses"),
            [f"1. [A page]({URL})"],
        ),
    ],
)
async def test_a_models_own_service_searches_and_what_it_takes_is_counted(
    world: World, tmp_path: Path, model: Model, answer: dict[str, Any], path: tuple[str, str], lines: list[str]
) -> None:
    authority = Authority(tmp_path)
    made = Service({})
    made.pages[path[1]] = lambda request: made.answer(request, answer)
    with web(made.pages, authority.context("service", subject=f"DNS:{path[0]}")) as served, Proxy(served.port) as proxy:
        name = "ANTHROPIC_API_KEY" if model.api == "anthropic" else "OPENAI_API_KEY"
        world.context.environ = {
            "HTTPS_PROXY": f"http://{proxy.address}",
            "SSL_CERT_FILE": str(authority.certificate),
            name: KEY,
        }
        world.context.model = model
        done = await world.call("WebSearch", query="the question", allowed_domains=["example.com"])
        asked = made.received
        if model.api == "anthropic":
            error = {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
            answer = {**answer, "content": [{"type": "web_search_tool_result", "content": error}]}
            assert "did not search: max_uses_exceeded" in (await world.call("WebSearch", query="x y")).error
    assert done.text.split("\n") == [
        "Found for 'the question':",
        *lines,
        "",
        "What the search says of it:",
        "It is so.",
    ]
    body = asked[3]
    assert (body["model"], "the question" in json.dumps(body)) == (model.name, True)
    (tool,) = body["tools"]
    assert tool.get("allowed_domains", tool.get("filters", {}).get("allowed_domains")) == ["example.com"]
    assert KEY in (asked[2].get("x-api-key"), asked[2].get("authorization", "")[7:])
    charge = done.finished.charge
    assert charge is not None
    assert charge.usage.context == 1100
    assert charge.nusd is not None
    assert charge.nusd > 10_000_000, "the search and its tokens"


def test_what_a_call_has_used_of_a_service_counts_as_a_models_does() -> None:
    charge = Charge(provider="anthropic", model="m", usage=Usage(input=70, output=30), nusd=12_000_000)
    events = [
        ToolStarted(request=1, name="WebSearch", arguments={}),
        ToolFinished(call=0, content=(), charge=charge),
    ]
    usage, budget = USAGE_TOTALS.initial, BUDGET.initial
    for seq, event in enumerate(events):
        envelope = Envelope(seq, seq, "", 1, 0, None, 0, event)
        usage, budget = USAGE_TOTALS.fold(usage, envelope), BUDGET.fold(budget, envelope)
    assert (usage.total.nusd, usage.total.tokens.context, usage.tools["WebSearch"].calls) == (12_000_000, 100, 1)
    assert (budget.nusd, budget.tokens, budget.unpriced) == (12_000_000, 100, False)


@pytest.mark.parametrize(
    ("environ", "base_url", "expected"),
    [
        ({"ANTHROPIC_API_KEY": "k"}, "", True),
        ({"ANTHROPIC_API_KEY": "k"}, "https://api.anthropic.com/v1/", True),
        ({}, "", False),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "https://gateway.example"}, "", False),
        ({"ANTHROPIC_API_KEY": "k"}, "http://127.0.0.1:8080", False),
    ],
)
def test_whose_service_searches_itself(environ: dict[str, str], base_url: str, expected: bool) -> None:
    model = Model(provider="anthropic", api="anthropic", name="m", base_url=base_url)
    assert searches(model, environ) is expected
