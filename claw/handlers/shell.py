"""Commands in the background, from their start to what became of them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import anyio

from claw.events.base import Intent
from claw.events.shell import ShellFinished, ShellOutput, ShellsEnded, ShellsEndRequested, ShellStarted
from claw.execution.context import ToolContext
from claw.execution.masking import masked
from claw.execution.shells import Shell
from claw.handlers.base import Call, Handler
from claw.handlers.storage import Pieces, Storage
from claw.late import load

if TYPE_CHECKING:
    from claw.handlers.notices import Notices

KEPT_OUTPUT = 16_000
"""Characters of a lost call's or command's output that are kept in its end; the last ones."""


class ShellsHandler(Handler):
    """Ends what an agent has left running in the background."""

    intents: frozenset[type[Intent]] = frozenset({ShellsEndRequested})

    def __init__(self, context: ToolContext) -> None:
        self._context = context

    async def perform(self, call: Call) -> None:
        with anyio.CancelScope(shield=True):
            await self._context.shells.end((call.agent,))
        call.emit(ShellsEnded(call=call.seq))


def last_words(said: str, note: str = "") -> str:
    """The end of what something had said that was lost in a crash, and a note on what was done about it."""
    kept = said if len(said) <= KEPT_OUTPUT else "[…]\n" + said[-KEPT_OUTPUT:]
    return "\n\n".join(part for part in (kept.rstrip("\n") if note else kept, note) if part)


def begun(shell: Shell, call: Call, context: ToolContext, storage: Storage) -> None:
    """Report the command as started, and from now on what it says and how it ends, whatever becomes of the call."""
    command = masked(shell.command, context)
    if shell.title is not None:
        shell.title = masked(shell.title, context)
    call.emit(ShellStarted(id=shell.id, call=call.seq, command=command))
    pieces = Pieces(lambda index, text: ShellOutput(id=shell.id, index=index, text=text), call.emit)
    shell.watchers.append(pieces.add)
    notices = None if shell.title is None else load("claw.handlers.notices", "Notices")(shell, call.emit)
    shell.task = asyncio.get_running_loop().create_task(_follow(shell, call, storage, pieces, notices))


async def _follow(shell: Shell, call: Call, storage: Storage, pieces: Pieces, notices: Notices | None) -> None:
    await shell.follow()
    duration = time.monotonic_ns() - shell.began
    pieces.flush()
    if notices is not None:
        notices.close()
    content, output = await storage.both(str(shell.output.excerpt), shell.output.whole)
    assert shell.end is not None
    call.emit(
        ShellFinished(
            id=shell.id, reason=shell.end, exit=shell.exit, content=content, output=output, duration_ns=duration
        )
    )
