"""claw's own HTTP beside the official clients: the same requests go out, and the same comes of every answer."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

from claw.errors import ProviderError
from claw.events.content import Api
from claw.events.session import Model
from claw.providers import CallFailed, connect
from claw.providers.anthropic import VERSION
from claw.providers.scripted import Reply, Scenario, ScriptedServer, Text
from claw.providers.scripted.scenario import Status
from claw.providers.service import TRANSPORT

from .support import Serve, ask, hear

pytestmark = pytest.mark.anyio

HELLO = Scenario(replies=(Reply(blocks=(Text(text="Hello."),)),) * 2)
BOTH = ("wire", "sdk")
OF_CLAW = ("authorization", "x-api-key", "anthropic-version", "anthropic-beta", "openai-organization", "openai-project")
"""Headers that mean something to a server; the others say which client it is."""

ENVIRONMENT = {
    "ANTHROPIC_API_KEY": "key-1",
    "OPENAI_API_KEY": "key-2",
    "OPENAI_ORG_ID": "organization-1",
    "OPENAI_PROJECT_ID": "project-1",
}


async def sent(server: ScriptedServer, api: Api, transport: str, environment: dict[str, str]) -> tuple[Any, ...]:
    provider = "anthropic" if api == "anthropic" else "openai"
    base = server.url if api == "anthropic" else f"{server.url}/v1"
    model = Model(provider=provider, api=api, name="some-model", base_url=base)
    connected = connect(model, {**environment, TRANSPORT: transport})
    await hear(connected, ask(api, model="some-model"))
    await connected.close()
    request = server.requests[-1]
    headers = {name: request.headers.get(name) for name in OF_CLAW}
    return request.path, headers, request.body


async def test_the_same_request_goes_out(serve: Serve, api: Api) -> None:
    server = await serve(HELLO)
    wire, sdk = [await sent(server, api, transport, ENVIRONMENT) for transport in BOTH]
    assert wire == sdk


async def test_nobody_is_named_without_a_key(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID"):
        monkeypatch.setenv(name, "not-for-you")
    server = await serve(HELLO)
    for transport in BOTH:
        _, headers, _ = await sent(server, "openai-chat", transport, {})
        assert headers == dict.fromkeys(OF_CLAW)


def test_the_version_of_the_api_is_the_clients() -> None:
    assert importlib.import_module("anthropic._constants").ANTHROPIC_API_VERSION == VERSION


@pytest.mark.parametrize("transport", BOTH)
async def test_a_server_that_is_not_there(api: Api, transport: str) -> None:
    model = Model(provider="scripted", api=api, name="some-model", base_url="http://127.0.0.1:9")
    connected = connect(model, {TRANSPORT: transport})
    with pytest.raises(CallFailed) as caught:
        await hear(connected, ask(api))
    await connected.close()
    assert (caught.value.failure, caught.value.retryable) == ("connection", True)
    assert "127.0.0.1:9" in caught.value.message
    assert "refused" in caught.value.message or "failed" in caught.value.message


async def test_an_error_with_a_status_is_told_alike(serve: Serve, api: Api) -> None:
    told = []
    for transport in BOTH:
        fault = Status(status=429, message="Slow down, please.", headers={"retry-after": "2"})
        failing = Reply(faults=(fault,))
        server = await serve(Scenario(replies=(failing,)))
        connected = connect(Model(provider="scripted", api=api, name="m", base_url=server.url), {TRANSPORT: transport})
        with pytest.raises(CallFailed) as caught:
            await hear(connected, ask(api))
        await connected.close()
        error = caught.value
        message = error.message.replace(server.url, "URL")
        told.append((error.failure, error.status, error.retryable, error.retry_after_ms, message))
    assert told[0] == told[1]
    assert json.dumps(told[0]).count("Slow down, please.") == 1


def test_a_transport_that_is_none_is_an_error() -> None:
    with pytest.raises(ProviderError, match="CLAW_TRANSPORT names a transport that claw does not have: 'carrier'"):
        connect(Model(provider="scripted", api="anthropic", name="m", base_url="http://x"), {TRANSPORT: "carrier"})
