"""A process under way: its output is taken as it comes, until it has ended or is to end."""

from __future__ import annotations

import time

import anyio
import anyio.lowlevel

from claw import _native
from claw.execution.output import END_LIMIT, Output
from claw.execution.threads import finished

TICK = 0.1
"""Seconds that a thread waits for output before it looks whether the call was cancelled."""


async def followed(process: _native.Process, output: Output, deadline: float | None, tick: float = TICK) -> int | None:
    """Take the output as it comes; the exit status, or None when the deadline (by the monotonic clock) came first."""
    ended = False
    while deadline is None or deadline > time.monotonic():
        await anyio.lowlevel.checkpoint()
        patience = tick if deadline is None else max(0.0, min(tick, deadline - time.monotonic()))
        if not ended:
            ended = await _read(process, output, patience)
        elif (status := await finished(lambda: process.wait(patience))) is not None:  # noqa: B023
            return status
    return None


async def killed(process: _native.Process, output: Output) -> None:
    """Kill whatever still runs, wait until it is gone, and take what it said until then."""
    process.kill()
    with anyio.CancelScope(shield=True):
        while await finished(lambda: process.wait(TICK)) is None:
            continue
        while piece := await finished(lambda: process.read(0)):
            output.feed(piece)


async def _read(process: _native.Process, output: Output, patience: float) -> bool:
    """Take what comes within so many seconds; whether that was the end."""
    if output.floods:
        uncounted, end, ended = await finished(lambda: _drained(process, patience))
        output.feed(end, uncounted)
        return ended
    piece = await finished(lambda: process.read(patience))
    output.feed(piece or b"")
    return piece == b""


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
