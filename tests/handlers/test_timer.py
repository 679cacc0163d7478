"""A timer fires once: at its time, or when it is called off."""

from __future__ import annotations

import anyio
import pytest

from claw.events.base import Event
from claw.events.control import TimerFired, TimerSet
from claw.handlers.base import Call
from claw.handlers.timer import TimerHandler

pytestmark = pytest.mark.anyio


async def test_it_fires() -> None:
    events: list[Event] = []
    await TimerHandler().perform(Call(3, TimerSet(delay_ms=1, purpose="retry"), events.append))
    assert events == [TimerFired(call=3)]


async def test_it_says_that_it_was_called_off() -> None:
    events: list[Event] = []
    call = Call(3, TimerSet(delay_ms=3_600_000, purpose="retry"), events.append)
    async with anyio.create_task_group() as group:
        group.start_soon(TimerHandler().perform, call)
        await anyio.wait_all_tasks_blocked()
        assert events == []
        group.cancel_scope.cancel()
    assert events == [TimerFired(call=3, cancelled=True)]
