"""The scripted model's process: forked from one that has imported the server, since hundreds of tests start one."""

from __future__ import annotations

import asyncio
import multiprocessing
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from claw.providers.scripted import load
from claw.providers.scripted.scenario import Scenario
from claw.providers.scripted.server import ScriptedServer

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["claw.providers.scripted"])


def start(scenario: Path) -> tuple[BaseProcess, str]:
    """A server of this scenario that listens, and its URL. Terminate it."""
    receiving, sending = _processes.Pipe(duplex=False)
    server = _processes.Process(target=_serve, args=(str(scenario), sending), daemon=True)
    server.start()
    sending.close()
    with receiving:
        url: str = receiving.recv()
    return server, url


def stop(server: BaseProcess) -> None:
    server.terminate()
    server.join()
    server.close()


def _serve(scenario: str, url: Connection) -> None:
    asyncio.run(_listen(load(scenario), url))


async def _listen(scenario: Scenario, url: Connection) -> None:
    async with ScriptedServer(scenario) as server:
        url.send(server.url)
        url.close()
        await asyncio.Event().wait()
