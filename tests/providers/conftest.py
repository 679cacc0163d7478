from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from claw.events.content import Api
from claw.events.request import Request
from claw.events.session import Model
from claw.providers import Provider, connect
from claw.providers.scripted import Scenario, ScriptedServer
from claw.providers.service import TRANSPORT

from .support import APIS, Heard, Talk, hear


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=APIS)
def api(request: pytest.FixtureRequest) -> Api:
    api: Api = request.param
    return api


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[ScriptedServer]]]:
    """`await serve(scenario)` gives a running server."""
    servers: list[ScriptedServer] = []

    async def start(scenario: Scenario) -> ScriptedServer:
        servers.append(await ScriptedServer(scenario).__aenter__())
        return servers[-1]

    yield start
    for server in servers:
        await server.__aexit__(None, None, None)


@pytest.fixture(params=("wire", "sdk"))
async def talk(request: pytest.FixtureRequest) -> AsyncIterator[Talk]:
    """`await talk(server, request)` asks over the real wire: by claw's own HTTP and by the official clients, from which
    the same must come.
    """
    environment = {TRANSPORT: request.param}
    providers: dict[tuple[str, str], Provider] = {}

    async def go(server: ScriptedServer, request: Request) -> Heard:
        key = (server.url, request.api)
        if key not in providers:
            model = Model(provider="scripted", api=request.api, name=request.model, base_url=server.url)
            providers[key] = connect(model, environment)
        return await hear(providers[key], request)

    yield go
    for provider in providers.values():
        await provider.close()
