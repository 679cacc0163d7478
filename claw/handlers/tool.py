"""Tools, from their intents to what they found."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import anyio
import anyio.lowlevel

from claw.errors import ToolError
from claw.events.base import Intent
from claw.events.tool import ToolFinished, ToolInterrupted, ToolOutput, ToolResolved, ToolStarted
from claw.execution.context import Facts, Place
from claw.execution.grants import granted
from claw.execution.masking import masked
from claw.handlers.base import Blobs, Call, Handler, LostCall
from claw.handlers.resolve import resolved
from claw.handlers.shell import last_words, report
from claw.handlers.storage import Pieces, Storage
from claw.tools.base import Outcome, Tool

NOTE_ROOM = 200
"""Bytes kept for the note on what was left out."""


class ToolHandler(Handler):
    """Runs tools. A call's pieces come first, then its one terminal event.

    Right before it acts the call's facts are found out again. If they are others than those that were judged, it does
    not act: they are its end, as `tool.resolved`, and are judged in their turn.
    """

    intents: frozenset[type[Intent]] = frozenset({ToolStarted})

    def __init__(self, tools: Sequence[Tool], place: Place, blobs: Blobs) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}
        self._place = place
        self._storage = Storage(place, blobs)

    async def perform(self, call: Call) -> None:
        assert isinstance(call.intent, ToolStarted)
        pieces = Pieces(lambda index, text: ToolOutput(call=call.seq, index=index, text=text), call.emit)
        began = time.monotonic_ns()
        try:
            await anyio.lowlevel.checkpoint()
            moved = await self._moved(call)
            if moved is not None:
                call.emit(moved)
                return
            outcome = await self._outcome(call.intent, call.agent, pieces.add)
        except asyncio.CancelledError:
            pieces.flush()
            with anyio.CancelScope(shield=True):
                partly = within(Outcome(str(pieces.excerpt)), call.intent.room, self._place)
                content = await self._storage.stored(partly.content)
            call.emit(ToolInterrupted(call=call.seq, reason="cancelled", content=content))
            raise
        duration = time.monotonic_ns() - began
        pieces.flush()
        with anyio.CancelScope(shield=True):
            outcome = within(outcome, call.intent.room, self._place)
            content, output = await self._storage.both(outcome.content, outcome.output)
            if outcome.shell is not None:
                command = masked(outcome.shell.command, self._place)
                report(outcome.shell, command, call, self._storage)
        call.emit(
            ToolFinished(
                call=call.seq,
                content=content,
                is_error=outcome.is_error,
                exit=outcome.exit,
                output=output,
                duration_ns=duration,
            )
        )

    def end_lost(self, call: LostCall) -> ToolInterrupted:
        """With the end of what it had said, and the note."""
        said = "".join(piece.text for piece in call.pieces if isinstance(piece, ToolOutput))
        return ToolInterrupted(call=call.seq, reason="crash", content=last_words(said, call.note))

    async def _moved(self, call: Call) -> ToolResolved | None:
        """What the call's paths mean now, if that is not what was judged."""
        intent = call.intent
        assert isinstance(intent, ToolStarted)
        tool = self._tools.get(intent.name)
        if tool is None:
            return None
        now = await resolved(call.seq, tool, intent.arguments, self._place)
        return None if now == ToolResolved(call=call.seq, paths=intent.paths) else now

    async def _outcome(self, intent: ToolStarted, agent: int, report: Callable[[str], None]) -> Outcome:
        """The tool's own outcome; whatever goes wrong in it is one too."""
        tool = self._tools.get(intent.name)
        if tool is None:
            return Outcome(f"There is no tool named {intent.name}.", is_error=True)
        try:
            return await tool.run(
                intent.arguments,
                Facts(granted(intent), intent.paths, intent.exclude, intent.sandbox, intent.room, intent.denied, agent),
                self._place,
                report,
            )
        except ToolError as error:
            return Outcome(f"{error.message} {error.hint}".rstrip(), is_error=True)
        except Exception as error:  # noqa: BLE001 - a tool's defect is told to the model and ends nothing else
            return Outcome(f"{intent.name} failed unexpectedly: {type(error).__name__}: {error}", is_error=True)


def within(outcome: Outcome, room: int | None, place: Place) -> Outcome:
    """The outcome with no more for the model than it has room for; all of it stays in the log. It is masked before it
    is cut, so that no half of a secret is left.
    """
    if room is None or len(outcome.content.encode()) <= room:
        return outcome
    whole = masked(outcome.content, place)
    data = whole.encode()
    half = max(0, room - NOTE_ROOM) // 2
    head, tail = data[:half].decode(errors="ignore"), data[len(data) - half :].decode(errors="ignore")
    note = (
        f"[… {len(data) - 2 * half} bytes left out here, for which the model has no room: ask for a part, with "
        "a narrower search, offset and limit, or head and grep …]"
    )
    return replace(outcome, content=f"{head}\n\n{note}\n\n{tail}", output=outcome.output or whole)
