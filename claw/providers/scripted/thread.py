"""A scripted server beside synchronous code: in a thread with an event loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator

from claw.providers.scripted.scenario import Scenario
from claw.providers.scripted.server import ScriptedServer


@contextlib.contextmanager
def serving(scenario: Scenario, *, port: int = 0) -> Iterator[ScriptedServer]:
    """``with serving(scenario) as server:`` gives a server whose `url` and `requests` may be read from any thread."""
    server = ScriptedServer(scenario, port=port)
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    failure: list[OSError] = []
    stop = asyncio.Event()

    async def run() -> None:
        try:
            async with server:
                ready.set()
                await stop.wait()
        except OSError as error:
            failure.append(error)
            ready.set()

    def work() -> None:
        with contextlib.closing(loop):
            loop.run_until_complete(run())

    thread = threading.Thread(target=work, name="scripted-server", daemon=True)
    thread.start()
    ready.wait()
    if failure:
        thread.join()
        raise failure[0]
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
