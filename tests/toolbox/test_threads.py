"""Work in threads ends when nobody waits for it any more."""

from __future__ import annotations

from threading import Event

import anyio
import pytest

from claw.execution.threads import within

pytestmark = pytest.mark.anyio


async def test_what_ends_in_time_is_returned() -> None:
    assert await within(60, lambda: 7, lambda: None) == 7


async def test_what_does_not_is_stopped_and_gone_before_it_is_told() -> None:
    stop, ended = Event(), Event()

    def work() -> None:
        stop.wait()
        ended.set()

    with pytest.raises(TimeoutError):
        await within(0, work, stop.set)
    assert ended.is_set()


async def test_a_cancellation_is_none_of_its_time() -> None:
    stop = Event()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await within(60, stop.wait, stop.set)
    assert stop.is_set()
    assert scope.cancelled_caught
