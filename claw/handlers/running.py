"""What is asked of a command in the background for a call that claw derives: how it is, or its end."""

from __future__ import annotations

import asyncio

import anyio

from claw.errors import ToolError
from claw.events.base import Intent
from claw.events.results import texts
from claw.events.shell import ShellAnswered, ShellAsked
from claw.execution.context import ToolContext
from claw.handlers.base import Blobs, Call, Handler
from claw.handlers.storage import Storage
from claw.handlers.tool import within
from claw.tools.acts.background import end, told
from claw.tools.base import Outcome


class RunningHandler(Handler):
    """Whoever waits and is called off is told how the command is by then."""

    intents: frozenset[type[Intent]] = frozenset({ShellAsked})

    def __init__(self, context: ToolContext, blobs: Blobs) -> None:
        self._context = context
        self._storage = Storage(context, blobs)

    async def perform(self, call: Call) -> None:
        assert isinstance(call.intent, ShellAsked)
        try:
            shell = self._context.shells.find(call.intent.id, call.agent)
            if call.intent.what == "look":
                await shell.ended(call.intent.wait_ms / 1000)
        except ToolError:
            pass
        except asyncio.CancelledError:
            with anyio.CancelScope(shield=True):
                await self._answer(call, call.intent)
            raise
        with anyio.CancelScope(shield=True):
            await self._answer(call, call.intent)

    async def _answer(self, call: Call, intent: ShellAsked) -> None:
        try:
            shell = self._context.shells.find(intent.id, call.agent)
            outcome = Outcome(await (told(shell) if intent.what == "look" else end(shell)))
        except ToolError as error:
            outcome = Outcome(f"{error.message} {error.hint}".rstrip(), is_error=True)
        outcome = within(outcome, intent.room, self._context)
        assert isinstance(outcome.content, str)
        content, _ = await self._storage.blocks(texts(outcome.content))
        call.emit(ShellAnswered(call=call.seq, content=content, is_error=outcome.is_error))
