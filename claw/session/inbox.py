"""Inputs that other processes send a live session: taken when they come, and removed once the log has them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import anyio

from claw.errors import ClawError, InputConflict
from claw.log.inbox import LONGEST, Inbox, Sent, Taken
from claw.projections.state import State
from claw.runtime import Runtime

AT_ONCE = 32
"""Inputs that are taken together."""
MOST = 1_000
"""Inputs that the model has not been sent yet, until no more are taken: the others wait in the inbox."""


async def listen(
    inbox: Inbox, runtime: Runtime, receive: Callable[[Sent], Awaitable[int]], rung: Callable[[], None]
) -> None:
    """Give each input to `receive`, which returns once the log has it for certain, until this is called off; call
    `rung` whenever somebody has rung.

    Where there can be no inbox, whoever sends something is told that none listens.
    """
    try:
        bell = inbox.open()
    except OSError:
        return
    heard = anyio.Event()
    # anyio's way of waiting for a file imports OpenSSL.
    loop = asyncio.get_running_loop()

    def hear() -> None:
        inbox.heard()
        heard.set()

    loop.add_reader(bell, hear)
    try:
        while True:
            await heard.wait()
            heard = anyio.Event()
            rung()
            taking = True
            while taking:
                await runtime.until(_has_room)
                with anyio.CancelScope(shield=True):
                    taking = await _take(inbox, receive)
    except ClawError:
        pass  # it has stopped the session, which says so
    finally:
        loop.remove_reader(bell)
        inbox.close()


def _has_room(state: State) -> bool:
    conversation = state.main.conversation
    return len(conversation.queued) + len(conversation.waiting) < MOST


async def _take(inbox: Inbox, receive: Callable[[Sent], Awaitable[int]]) -> bool:
    """Take some of what is there; False: there is nothing more."""
    size = 0
    async with anyio.create_task_group() as tasks:
        for name in inbox.names()[:AT_ONCE]:
            taken = inbox.take(name) if size < LONGEST else None
            if taken is not None:
                size += len(taken.sent.text)
                tasks.start_soon(_give, inbox, taken, receive)
    return size > 0


async def _give(inbox: Inbox, taken: Taken, receive: Callable[[Sent], Awaitable[int]]) -> None:
    try:
        await receive(taken.sent)
    except InputConflict:
        inbox.done(taken)  # Its sender reads in the log what its id was used for.
    except ClawError:
        inbox.release(taken)
    else:
        inbox.done(taken)
