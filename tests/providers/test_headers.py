"""Who claw says it is: keys and tokens from the environment it is given, and from nowhere else."""

from __future__ import annotations

import pytest

from claw.events.content import Api
from claw.events.session import Model
from claw.providers import connect
from claw.providers.scripted import Reply, Scenario, ScriptedServer, Text

from .support import APIS, Serve, ask, hear

pytestmark = pytest.mark.anyio

HELLO = Scenario(replies=(Reply(blocks=(Text(text="Hello."),)),))


async def headers_with(server: ScriptedServer, api: Api, provider: str, environment: dict[str, str]) -> dict[str, str]:
    connected = connect(Model(provider=provider, api=api, name="claude-opus-5-5"), environment)
    await hear(connected, ask(api, model="claude-opus-5-5"))
    await connected.close()
    return server.requests[-1].headers


async def test_an_anthropic_key(serve: Serve) -> None:
    server = await serve(HELLO)
    environment = {"ANTHROPIC_API_KEY": "key-1", "ANTHROPIC_AUTH_TOKEN": "token-1", "ANTHROPIC_BASE_URL": server.url}
    headers = await headers_with(server, "anthropic", "anthropic", environment)
    assert headers["authorization"] == "Bearer key-1"
    assert headers["x-api-key"] == "key-1"
    assert headers["anthropic-version"] == "2026-10-21"
    assert headers["user-agent"].startswith("claw/")


async def test_an_anthropic_token(serve: Serve) -> None:
    server = await serve(HELLO)
    environment = {"ANTHROPIC_AUTH_TOKEN": "token-1", "ANTHROPIC_BASE_URL": f"{server.url}/v1/"}
    headers = await headers_with(server, "anthropic", "anthropic", environment)
    assert headers["authorization"] == "Bearer token-1"
    assert "x-api-key" not in headers
    assert server.requests[0].path == "/v1/messages"


async def test_an_openai_key(serve: Serve) -> None:
    server = await serve(HELLO)
    environment = {"OPENAI_API_KEY": "key-2", "OPENAI_BASE_URL": f"{server.url}/v1"}
    for api, path in (("openai-responses", "/v1/responses"), ("openai-chat", "/v1/chat/completions")):
        headers = await headers_with(server, api, "openai", environment)  # type: ignore[arg-type]
        assert headers["authorization"] == "Bearer key-2"
        assert server.requests[-1].path == path


async def test_a_server_of_ones_own_needs_no_key(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it get one that only the process's environment has."""
    monkeypatch.setenv("OPENAI_API_KEY", "not-for-you")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "not-for-you-either")
    server = await serve(HELLO)
    headers = await headers_with(server, "openai-chat", "openai-chat", {"OPENAI_BASE_URL": server.url})
    assert "authorization" not in headers


async def test_the_scripted_address_of_now_goes_before_the_recorded_one(serve: Serve) -> None:
    server = await serve(HELLO)
    model = Model(provider="scripted", api="anthropic", name="scripted-1", base_url="http://127.0.0.1:9")
    connected = connect(model, {"CLAW_SCRIPTED_URL": server.url})
    heard = await hear(connected, ask("anthropic"))
    await connected.close()
    assert heard.completion.stop == "end_turn"


async def test_no_proxy_stands_before_a_server_on_this_machine(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server = await serve(HELLO)
    for api in APIS:
        await headers_with(server, api, "scripted", {"CLAW_SCRIPTED_URL": server.url})
