"""From an open log to a running session, and to a closed log again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from claw._native import LogWriter
from claw.errors import ClawError
from claw.events.session import Model, SessionEnded
from claw.handlers.model import ModelHandler
from claw.log import Home
from claw.log.inbox import Inbox, inbox_of
from claw.runtime import Runtime
from claw.session import inbox
from claw.session.config import Options
from claw.session.saved_state import Snapshotting
from claw.session.session import Session
from claw.session.wiring import Wiring


@asynccontextmanager
async def running(
    path: Path,
    writer: LogWriter,
    runtime: Runtime,
    wiring: Wiring,
    options: Options,
    begin: Callable[[], Awaitable[None]],
    told: tuple[str, ...],
    folded: int = 0,
) -> AsyncIterator[Session]:
    """The session while it runs: `begin` records how it began, `told` is what the user should know at once. `folded`:
    events since its last snapshot.

    Raises what has stopped it.
    """
    session = Session(path, writer, runtime, wiring, options, told)
    snapshots = Snapshotting(path, writer, runtime, folded)
    try:
        async with anyio.create_task_group() as tasks:
            await tasks.start(runtime.run)
            preparing = anyio.CancelScope()
            listening = anyio.CancelScope()
            try:
                await begin()
                tasks.start_soon(_listen, session, runtime, path, listening)
                tasks.start_soon(_prepare, wiring.model, runtime.state.session.settings.model, preparing)
                yield session
            finally:
                preparing.cancel()
                listening.cancel()
                with anyio.CancelScope(shield=True):
                    await _end(session, snapshots, runtime, wiring)
    except BaseExceptionGroup as group:
        raise only(group) from None
    finally:
        with anyio.CancelScope(shield=True):
            await wiring.close()
        _close(writer, runtime)
    if runtime.failure is not None:
        raise runtime.failure


async def _prepare(handler: ModelHandler, model: Model, scope: anyio.CancelScope) -> None:
    """Make ready what asks the model, while the user still types."""
    with scope:
        await handler.prepare(model)


async def _listen(session: Session, runtime: Runtime, path: Path, scope: anyio.CancelScope) -> None:
    """Take what other processes send, until the session ends."""
    with scope:
        await inbox.listen(Inbox(inbox_of(Home(path.parent.parent), path.name)), runtime, session.receive, session.rung)


async def _end(session: Session, snapshots: Snapshotting, runtime: Runtime, wiring: Wiring) -> None:
    """Call off what runs, record the end, and let the loop finish."""
    shells = wiring.context.shells
    try:
        if runtime.failure is None:
            await session.interrupt("quit")
            await runtime.until(lambda state: state.quiet and not state.main.pending.lingers)
            await shells.close()
            if wiring.servers is not None:
                await wiring.servers.stop()
            taken = snapshots.take()
            if taken is not None:
                await runtime.submit(taken)
            await runtime.submit(SessionEnded(reason="quit"))
            await runtime.until(lambda state: state.quiet)
    except ClawError:
        pass  # it is runtime.failure, which is raised once the log is closed
    finally:
        await shells.close()
        runtime.stop()
        await runtime.over()


def _close(writer: LogWriter, runtime: Runtime) -> None:
    try:
        writer.close()
    except ClawError:
        if runtime.failure is None:
            raise


def only(group: BaseException) -> BaseException:
    """The error inside, where it is one; task groups wrap it."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
