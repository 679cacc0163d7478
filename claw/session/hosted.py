"""A session in a task of its own, so that whoever has opened it may close it in any other task."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

import anyio

from claw.session.session import Session


class Hosted:
    """`opened` is what `started` and `resumed` return. All belongs to one event loop."""

    def __init__(self, opened: AbstractAsyncContextManager[Session]) -> None:
        self._opened = opened
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> Session:
        """The session, which runs. Raises ClawError where it cannot begin."""
        begun: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(begun))
        try:
            return await asyncio.shield(begun)
        except asyncio.CancelledError:
            self._closing.set()
            await _ended(self._task)
            raise

    async def close(self) -> None:
        """Call off what runs and close the log, to the end, also where this is cancelled meanwhile. Raises what has
        stopped the session.
        """
        self._closing.set()
        if self._task is not None:
            await _ended(self._task)
            self._task.result()

    async def _run(self, begun: asyncio.Future[Session]) -> None:
        try:
            async with self._opened as session:
                begun.set_result(session)
                await self._closing.wait()
        except Exception as error:
            if begun.done():
                raise
            begun.set_exception(error)
        finally:
            begun.cancel()


async def _ended(task: asyncio.Task[None]) -> None:
    """Wait for its end; a cancellation is felt behind it."""
    late = False
    with anyio.CancelScope(shield=True):
        while not task.done():
            try:
                await asyncio.wait((task,))
            except asyncio.CancelledError:
                late = True
    if late:
        raise asyncio.CancelledError
