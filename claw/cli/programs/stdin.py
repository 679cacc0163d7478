"""Standard input line by line, without ever holding more than one long line."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import CancelledError

MOST = 32_000_000
"""Bytes of a line."""
PIECE = 1 << 16


class TooLong(Exception):
    """A line of so many bytes, all of which was read and none kept."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


def cut(pieces: Iterator[bytes], most: int = MOST) -> Iterator[bytes | TooLong]:
    """The lines that these pieces make up, without their ends; the last one may have none."""
    kept: list[bytes] = []
    size = 0
    for piece in pieces:
        *ends, rest = piece.split(b"\n")
        for end in ends:
            size += len(end)
            yield TooLong(size) if size > most else b"".join((*kept, end))
            kept, size = [], 0
        size += len(rest)
        kept = [*kept, rest] if size <= most else []
    if size:
        yield TooLong(size) if size > most else b"".join(kept)


def _pieces() -> Iterator[bytes]:
    while True:
        try:
            piece = os.read(0, PIECE)
        except OSError:
            return
        if not piece:
            return
        yield piece


async def read() -> AsyncIterator[bytes | TooLong]:
    """Each line of standard input that is not blank. It is read in a thread, because it may be a file as well as a
    pipe; the thread stays behind where claw leaves before the input ends.
    """
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[bytes | TooLong | None] = asyncio.Queue(maxsize=8)

    def work() -> None:
        try:
            for line in cut(_pieces()):
                asyncio.run_coroutine_threadsafe(waiting.put(line), loop).result()
            asyncio.run_coroutine_threadsafe(waiting.put(None), loop).result()
        except (RuntimeError, CancelledError):
            return  # the loop is gone: nobody reads any more

    threading.Thread(target=work, daemon=True, name="standard input").start()
    while (line := await waiting.get()) is not None:
        if isinstance(line, TooLong) or line.strip():
            yield line
