"""Notes for later sessions, read from the user's own log and changed in it."""

from __future__ import annotations

from typing import Protocol

from claw.errors import ClawError
from claw.events.base import Event, Intent
from claw.events.memory import MemoryChanged, MemoryChangeRequested, MemoryLoaded, MemoryRequested, RememberedNote
from claw.execution.threads import finished
from claw.handlers.base import Call, Handler, LostCall


class Notebook(Protocol):
    """The notes that count where a session works. Its methods block."""

    def load(self) -> tuple[str, tuple[RememberedNote, ...]]:
        """The digest of all of them, and they themselves. Raises ClawError."""
        ...

    def change(self, wanted: MemoryChangeRequested, call: int) -> MemoryChanged:
        """Change one. Raises ClawError for what cannot be meant, and where the log cannot be written."""
        ...


class MemoryHandler(Handler):
    intents: frozenset[type[Intent]] = frozenset({MemoryRequested, MemoryChangeRequested})

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook

    async def perform(self, call: Call) -> None:
        intent = call.intent
        if isinstance(intent, MemoryRequested):
            call.emit(await self._loaded(call.seq, intent))
            return
        assert isinstance(intent, MemoryChangeRequested)
        try:
            changed = await finished(lambda: self._notebook.change(intent, call.seq))
        except (ClawError, OSError) as problem:
            changed = MemoryChanged(
                call=call.seq, tool_call=intent.tool_call, told=f"Error: {_said(problem)}", is_error=True
            )
        call.emit(changed)

    async def _loaded(self, call: int, intent: MemoryRequested) -> MemoryLoaded:
        try:
            digest, notes = await finished(self._notebook.load)
        except (ClawError, OSError) as problem:
            # A session without its notes still is one.
            return MemoryLoaded(call=call, digest=intent.known, problem=_said(problem), behind=intent.behind)
        told = None if digest == intent.known else notes
        return MemoryLoaded(call=call, digest=digest, notes=told, behind=intent.behind)

    def end_lost(self, call: LostCall) -> Event | None:
        intent = call.intent
        assert isinstance(intent, MemoryChangeRequested)
        told = "Error: claw was ended meanwhile, and it is not known whether the note was changed. Look with `view`."
        return MemoryChanged(call=call.seq, tool_call=intent.tool_call, told=told, is_error=True)


def _said(problem: ClawError | OSError) -> str:
    return problem.message if isinstance(problem, ClawError) else str(problem)
