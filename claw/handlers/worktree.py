"""Worktrees of agents: made and closed by git, one after the other."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from threading import Event

import anyio
import anyio.lowlevel
from msgspec.structs import replace

from claw.errors import ToolError
from claw.events.base import Intent
from claw.events.worktree import WorktreeClosed, WorktreeCloseRequested, WorktreeMade, WorktreeRequested
from claw.execution import worktrees
from claw.execution.context import ToolContext
from claw.execution.masking import masked
from claw.execution.threads import finished, stoppable
from claw.handlers.base import Call, Handler
from claw.handlers.turns import Turns


class WorktreeHandler(Handler):
    """Makes and closes them. Both may be done again after claw died in the middle. `context` is the session's."""

    intents: frozenset[type[Intent]] = frozenset({WorktreeRequested, WorktreeCloseRequested})

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._turns = Turns()

    async def perform(self, call: Call) -> None:
        intent = call.intent
        if isinstance(intent, WorktreeRequested):
            await self._make(call, intent)
        else:
            assert isinstance(intent, WorktreeCloseRequested)
            with anyio.CancelScope(shield=True):
                await self._close(call, intent)

    async def _make(self, call: Call, intent: WorktreeRequested) -> None:
        made = WorktreeMade(call=call.seq, agent_call=intent.agent_call, room=intent.room)
        context, stop = self._context.at(intent.origin), Event()
        try:
            await anyio.lowlevel.checkpoint()
            await self._turns.take(call.seq)
            worktree = await stoppable(
                lambda: worktrees.make(intent.name, self._context.trees, context, stop), stop.set
            )
        except asyncio.CancelledError:
            call.emit(replace(made, error="It was called off."))
            raise
        except ToolError as error:
            call.emit(replace(made, error=masked(f"{error.message} {error.hint or worktrees.ALONE}", context)))
        except Exception as error:  # noqa: BLE001 - no agent begins where anything is not as it should be
            why = f"The worktree could not be made: {type(error).__name__}: {error}"
            call.emit(replace(made, error=masked(why, context)))
        else:
            missing = tuple(masked(name, context) for name in worktree.missing)
            call.emit(replace(made, worktree=replace(worktree, missing=missing)))
        finally:
            self._turns.give_back(call.seq)

    async def _close(self, call: Call, intent: WorktreeCloseRequested) -> None:
        context = self._context
        await context.shells.end(intent.agents)
        await self._turns.take(call.seq)
        try:
            closed = await finished(lambda: worktrees.close(intent.worktree, masked(intent.message, context), context))
        finally:
            self._turns.give_back(call.seq)
        told = asdict(closed) | {"stat": masked(closed.stat, context), "error": masked(closed.error, context)}
        call.emit(WorktreeClosed(call=call.seq, agent_call=intent.agent_call, **told))
