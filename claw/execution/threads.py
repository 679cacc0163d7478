"""Blocking work in threads, such that nothing of it outlives the call that asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from typing import TypeVar

import anyio

T = TypeVar("T")

LONGEST = 120
"""Seconds that a reading tool may take, as many as a command that says nothing else."""
MOST = 40
"""Threads that work at the same time; what comes then waits for one of them."""


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MOST, "claw-work")


def begun(work: Callable[[], T]) -> tuple[Future[T], asyncio.Future[None]]:
    """Begin `work` in a thread: what it comes to, and what is done in this event loop when it has ended.

    This is half of what `anyio.to_thread.run_sync` costs, and a turn waits several times.
    """
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    worker = _pool().submit(work)

    def tell(_: Future[T]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(_set, ended)

    worker.add_done_callback(tell)
    return worker, ended


def _set(ended: asyncio.Future[None]) -> None:
    if not ended.done():
        ended.set_result(None)


async def finished(work: Callable[[], T]) -> T:
    """Do `work` in a thread, to its end. A cancellation meanwhile is felt at the next await: what is done counts.

    This holds for anyio's cancel scopes and for `asyncio.Task.cancel` alike.
    """
    late = False
    with anyio.CancelScope(shield=True):
        worker, ended = begun(work)
        while not ended.done():
            try:
                await asyncio.shield(ended)
            except asyncio.CancelledError:
                late = True
    task = asyncio.current_task()
    if late and task is not None:
        task.uncancel()
        task.cancel()
    return worker.result()


async def stoppable(work: Callable[[], T], stop: Callable[[], None]) -> T:
    """Do `work` in a thread; when cancelled, call `stop` and wait for the thread before the cancellation goes on."""
    worker, ended = begun(work)
    try:
        await asyncio.shield(ended)
    except asyncio.CancelledError:
        stop()
        with anyio.CancelScope(shield=True):
            await _gone(ended)
        raise
    return worker.result()


async def within(seconds: float, work: Callable[[], T], stop: Callable[[], None]) -> T:
    """As `stoppable`, stopped as well once this time is over. Raises TimeoutError then."""
    with anyio.fail_after(seconds):
        return await stoppable(work, stop)


async def _gone(ended: asyncio.Future[None]) -> None:
    """Wait for this, however often this task is cancelled."""
    while not ended.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(ended)
