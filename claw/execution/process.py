"""A process under way: its output is taken as it comes, until it has ended or is to end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

import anyio
import anyio.lowlevel

from claw import _native
from claw.execution.output import END_LIMIT
from claw.execution.threads import finished

TICK = 0.1
"""Seconds that a thread takes a flood before it looks whether the call was cancelled."""


class Taker(Protocol):
    """What takes a process's output."""

    @property
    def floods(self) -> bool:
        """What comes is only counted, but for its end."""

    def feed(self, data: bytes, uncounted: int = 0) -> None:
        """The next bytes; so many came before them and are gone, which only a flood may have."""


async def followed(process: _native.Process, output: Taker, deadline: float | None) -> int | None:
    """Take the output as it comes; the exit status, or None when the deadline (by the monotonic clock) came first.

    No thread waits for it: the event loop is woken by the process itself.
    """
    ended = False
    while deadline is None or deadline > time.monotonic():
        if ended:
            if (status := process.wait(0)) is not None:
                return status
            await readable((process.status_fd,), deadline)
        elif output.floods:
            await anyio.lowlevel.checkpoint()
            ended = await flooded(process, output, deadline)
        elif (piece := process.read(0)) is None:
            await readable((process.output_fd,), deadline)
        else:
            output.feed(piece)
            ended = piece == b""
            await anyio.lowlevel.checkpoint()
    return None


async def readable(fds: Sequence[int], deadline: float | None) -> None:
    """Wait until one of them has something to read, or its end, but no longer than to the deadline."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    for fd in fds:
        loop.add_reader(fd, _set, ready)
    alarm = None if deadline is None else loop.call_later(max(0.0, deadline - time.monotonic()), _set, ready)
    try:
        await ready
    finally:
        for fd in fds:
            loop.remove_reader(fd)
        if alarm is not None:
            alarm.cancel()


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


async def killed(process: _native.Process, output: Taker) -> None:
    """Kill whatever still runs, wait until it is gone, and take what it said until then."""
    process.kill()
    with anyio.CancelScope(shield=True):
        while await finished(lambda: process.wait(TICK)) is None:
            continue
        while piece := await finished(lambda: process.read(0)):
            output.feed(piece)


async def flooded(process: _native.Process, output: Taker, deadline: float | None) -> bool:
    """Take what comes within a moment; whether that was the end."""
    patience = TICK if deadline is None else max(0.0, min(TICK, deadline - time.monotonic()))
    uncounted, end, ended = await finished(lambda: _drained(process, patience))
    output.feed(end, uncounted)
    return ended


def _drained(process: _native.Process, patience: float) -> tuple[int, bytes, bool]:
    """Read without looking, for so many seconds: how much went by, the end of it, and whether it has ended."""
    until = time.monotonic() + patience
    uncounted, end = 0, b""
    while (left := until - time.monotonic()) > 0:
        piece = process.read(left)
        if not piece:
            return uncounted, end, piece == b""
        end += piece
        if len(end) > END_LIMIT:
            uncounted += len(end) - END_LIMIT
            end = end[-END_LIMIT:]
    return uncounted, end, False
