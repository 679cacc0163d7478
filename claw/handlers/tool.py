"""Tools, from their intents to what they found."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Literal

import anyio
import anyio.lowlevel

from claw.errors import ClawError, ToolError
from claw.events.base import INLINE_LIMIT, Blob, Content, Event
from claw.events.tool import ToolFinished, ToolInterrupted, ToolOutput, ToolResolved, ToolStarted
from claw.handlers.base import Blobs, Call, Emit
from claw.handlers.resolve import resolved
from claw.toolbox.base import Facts, Outcome, Place, Tool
from claw.toolbox.grants import granted
from claw.toolbox.masking import masked
from claw.toolbox.output import Excerpt
from claw.toolbox.threads import finished

PIECE_LIMIT = 8 * 1024
"""Characters of output that are enough for an event of their own."""
PIECE_SECONDS = 0.05
"""How long less than that is kept back, so that chatty output is not one event per line."""


class ToolHandler:
    """Runs tools. A call's pieces come first, then its one terminal event.

    Right before it acts the call's facts are found out again. If they are others than those that were judged, it does
    not act: they are its end, as `tool.resolved`, and are judged in their turn.
    """

    intents: frozenset[type[Event]] = frozenset({ToolStarted})
    resume: Literal["repeat", "report"] = "report"

    def __init__(self, tools: Sequence[Tool], place: Place, blobs: Blobs) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}
        self._place = place
        self._blobs = blobs

    async def perform(self, call: Call) -> None:
        assert isinstance(call.intent, ToolStarted)
        pieces = Pieces(call.seq, call.emit)
        began = time.monotonic_ns()
        try:
            await anyio.lowlevel.checkpoint()
            moved = await self._moved(call)
            if moved is not None:
                call.emit(moved)
                return
            outcome = await self._outcome(call.intent, pieces.add)
        except asyncio.CancelledError:
            pieces.flush()
            with anyio.CancelScope(shield=True):
                content = await self._stored(str(pieces.excerpt))
            call.emit(ToolInterrupted(call=call.seq, reason="cancelled", content=content))
            raise
        duration = time.monotonic_ns() - began
        pieces.flush()
        with anyio.CancelScope(shield=True):
            content = await self._stored(outcome.content)
            room = INLINE_LIMIT - (len(content.encode()) if isinstance(content, str) else 0)
            output = None if outcome.output is None else await self._stored(outcome.output, room)
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

    async def _moved(self, call: Call) -> ToolResolved | None:
        """What the call's paths mean now, if that is not what was judged."""
        intent = call.intent
        assert isinstance(intent, ToolStarted)
        tool = self._tools.get(intent.name)
        if tool is None:
            return None
        now = await resolved(call.seq, tool, intent.arguments, self._place)
        return None if now == ToolResolved(call=call.seq, paths=intent.paths) else now

    async def _outcome(self, intent: ToolStarted, report: Callable[[str], None]) -> Outcome:
        """The tool's own outcome; whatever goes wrong in it is one too."""
        tool = self._tools.get(intent.name)
        if tool is None:
            return Outcome(f"There is no tool named {intent.name}.", is_error=True)
        try:
            return await tool.run(
                intent.arguments, Facts(granted(intent), intent.paths, intent.exclude), self._place, report
            )
        except ToolError as error:
            return Outcome(f"{error.message} {error.hint}".rstrip(), is_error=True)
        except Exception as error:  # noqa: BLE001 - a tool's defect is told to the model and ends nothing else
            return Outcome(f"{intent.name} failed unexpectedly: {type(error).__name__}: {error}", is_error=True)

    async def _stored(self, text: str, room: int = INLINE_LIMIT) -> Content:
        """The text, masked; or where it lies if it is longer than `room` bytes."""
        return await finished(lambda: self._kept(text, room))

    def _kept(self, text: str, room: int) -> Content:
        text = masked(text, self._place)
        data = text.encode()
        if len(data) <= room:
            return text
        try:
            return Blob(digest=self._blobs.put(data), size=len(data))
        except ClawError as error:
            # The disk is full, say. The call has its end all the same, and the model is told what is missing.
            note = masked(f"\n[The rest could not be kept: {error.message}]", self._place)
            return data[: max(0, room - len(note.encode()))].decode("utf-8", "ignore") + note


class Pieces:
    """Output on its way to the log: gathered for a moment, numbered, never lost."""

    def __init__(self, call: int, emit: Emit) -> None:
        self._call = call
        self._emit = emit
        self._index = 0
        self._waiting = ""
        self._timer: asyncio.TimerHandle | None = None
        self.excerpt = Excerpt()
        """The beginning and the end of it all."""

    def add(self, text: str) -> None:
        self.excerpt.add(text)
        self._waiting += text
        while len(self._waiting) >= PIECE_LIMIT:
            self._send(self._waiting[:PIECE_LIMIT])
        if self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PIECE_SECONDS, self.flush)

    def flush(self) -> None:
        """Let go what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self._send(self._waiting)

    def _send(self, text: str) -> None:
        self._waiting = self._waiting[len(text) :]
        self._emit(ToolOutput(call=self._call, index=self._index, text=text))
        self._index += 1
