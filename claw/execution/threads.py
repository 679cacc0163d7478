"""Blocking work in threads, such that nothing of it outlives the call that asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")

LONGEST = 120
"""Seconds that a reading tool may take, as many as a command that says nothing else."""


async def finished(work: Callable[[], T]) -> T:
    """Do `work` in a thread, to its end. A cancellation meanwhile is felt at the next await: what is done counts.

    This holds for anyio's cancel scopes and for `asyncio.Task.cancel` alike.
    """
    late = False
    with anyio.CancelScope(shield=True):
        worker = asyncio.ensure_future(anyio.to_thread.run_sync(work))
        while not worker.done():
            try:
                await asyncio.wait({worker})
            except asyncio.CancelledError:
                late = True
    task = asyncio.current_task()
    if late and task is not None:
        task.uncancel()
        task.cancel()
    return worker.result()


async def stoppable(work: Callable[[], T], stop: Callable[[], None]) -> T:
    """Do `work` in a thread; when cancelled, call `stop` and wait for the thread before the cancellation goes on."""
    worker = asyncio.ensure_future(anyio.to_thread.run_sync(work))
    try:
        await asyncio.wait({worker})
    except asyncio.CancelledError:
        stop()
        with anyio.CancelScope(shield=True):
            await gone(worker)
        raise
    return worker.result()


async def within(seconds: float, work: Callable[[], T], stop: Callable[[], None]) -> T:
    """As `stoppable`, stopped as well once this time is over. Raises TimeoutError then."""
    with anyio.fail_after(seconds):
        return await stoppable(work, stop)


async def gone(worker: asyncio.Future[T]) -> None:
    """Wait for the end of `worker`, however often this task is cancelled, and whatever it ends with."""
    while not worker.done():
        try:
            await asyncio.wait({worker})
        except asyncio.CancelledError:
            continue
    if not worker.cancelled():
        worker.exception()
