"""Worktrees of agents: made and closed by git, one after the other."""

from __future__ import annotations

import asyncio
from threading import Event

import anyio
import anyio.lowlevel
from msgspec.structs import replace

from claw.errors import ToolError
from claw.events.base import Intent
from claw.events.worktree import WorktreeClosed, WorktreeCloseRequested, WorktreeMade, WorktreeRequested
from claw.execution import quoted, worktree_close, worktrees
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
        self._closing: set[Event] = set()

    def hurry(self) -> None:
        """Nobody wants to wait for those that are being closed: each ends now, and its folder stays."""
        for stop in self._closing:
            stop.set()

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
        context, stop = self._context, Event()
        try:
            context = context.at(intent.origin)
            await anyio.lowlevel.checkpoint()
            await self._turns.take(call.seq)
            worktree = await stoppable(
                lambda: worktrees.make(intent.name, self._context.trees, context, stop), stop.set
            )
        except asyncio.CancelledError:
            call.emit(replace(made, error="It was called off."))
            raise
        except ToolError as error:
            said = quoted.one_line(error.message)
            call.emit(replace(made, error=masked(f"{said} {error.hint or worktrees.ALONE}", context)))
        except Exception as error:  # noqa: BLE001 - no agent begins where anything is not as it should be
            why = f"The worktree could not be made: {type(error).__name__}: {error}"
            call.emit(replace(made, error=masked(quoted.one_line(why), context)))
        else:
            missing = tuple(masked(name, context) for name in worktree.missing)
            call.emit(replace(made, worktree=replace(worktree, missing=missing)))
        finally:
            self._turns.give_back(call.seq)

    async def _close(self, call: Call, intent: WorktreeCloseRequested) -> None:
        context, stop = self._context, Event()
        self._closing.add(stop)
        try:
            await context.shells.end(intent.agents)
            if context.languages is not None:
                await context.languages.leave(intent.worktree.path)
            await self._turns.take(call.seq)
            message = masked(intent.message, context)
            closed = await finished(lambda: worktree_close.close(intent.worktree, message, context, stop))
        except Exception as error:  # noqa: BLE001 - whatever it is, the folder is still there
            why = f"It could not be closed: {type(error).__name__}: {error}"
            closed = worktree_close.Closed(kept=intent.worktree.path, error=why)
        finally:
            self._closing.discard(stop)
            self._turns.give_back(call.seq)
        call.emit(
            WorktreeClosed(
                call=call.seq,
                agent_call=intent.agent_call,
                branches=tuple(masked(quoted.name(branch), context) for branch in closed.branches),
                commit=closed.commit,
                files=closed.files,
                stat=masked(closed.stat, context),
                kept=masked(closed.kept, context),
                error=masked(quoted.one_line(closed.error), context),
            )
        )
