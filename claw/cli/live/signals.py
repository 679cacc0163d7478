"""SIGINT and SIGTERM: the first interrupts the session, which then ends in good order; the second ends claw at once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import Struct


class Caught(Struct):
    """The first signal that came; 0: none."""

    number: int = 0

    @property
    def exit_code(self) -> int:
        return 128 + self.number


@contextmanager
def caught(interrupt: Callable[[], None]) -> Iterator[Caught]:
    """Within this block signals call `interrupt` (in the event loop) instead of ending the process."""
    state = Caught()

    def react(number: signal.Signals) -> None:
        if state.number:
            # The log is safe: what was acknowledged is on disk, what was written is in the kernel; tools die with us.
            os._exit(128 + number)
        state.number = number
        interrupt()

    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, react, number)
    try:
        yield state
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
