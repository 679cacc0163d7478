"""What a resumed session does with the calls that its last run left open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from claw import log, pricing
from claw.errors import EventInvalid
from claw.events.assembly import Assembler, assemble
from claw.events.base import Event
from claw.events.control import TimerFired, TimerSet
from claw.events.hook import HookFinished, HookRequested
from claw.events.model import ModelChunk, ModelFailed, ModelRequested
from claw.events.permission import PermissionAnswered, PermissionAsked
from claw.events.shell import ShellFinished, ShellOutput
from claw.events.tool import ToolInterrupted, ToolOutput, ToolStarted
from claw.projections.shells import ShellInfo

KEPT_OUTPUT = 16_000
"""Characters of a lost call's or command's output that are kept in its end; the last ones."""


def ending(path: str, call: int, intent: Event, *, cancelled: bool, note: str = "") -> Event | None:
    """The terminal event that recovery writes for an open call; None for one that is simply performed again.

    A model call gets a new attempt with a new key; a tool and a hook are reported and never run again. `cancelled`: the
    user had called the turn off, so nothing of it is performed again. `note`: what was done for a tool since. Raises
    LogError.
    """
    match intent:
        case ModelRequested():
            partial = _partial(path, call)
            now = datetime.now(UTC)
            priced = pricing.price(intent.model, intent.provider, partial.usage, now, intent.base_url)
            return ModelFailed(
                call=call,
                failure="lost",
                message="claw stopped while the model answered",
                retryable=True,
                content=partial.content(),
                usage=partial.usage,
                nusd=priced[0] if priced else None,
                priced_by=priced[1] if priced else "",
            )
        case ToolStarted():
            return ToolInterrupted(call=call, reason="crash", content=_with(_output(path, call), note))
        case HookRequested(event=event, source=source):
            return HookFinished(call=call, event=event, source=source, outcome="lost")
        case PermissionAsked() if cancelled:
            return PermissionAnswered(call=call, allowed=False, how="withdrawn")
        case TimerSet() if cancelled:
            return TimerFired(call=call, cancelled=True)
        case _:
            return None


def lost(path: str, shell: ShellInfo, note: str = "") -> ShellFinished:
    """What recovery writes for a command that ran in the background when claw died, and `note`. Raises LogError."""
    events = _events(path, shell.call, ["shell.output"])
    said = "".join(event.text for event in events if isinstance(event, ShellOutput) and event.id == shell.id)
    return ShellFinished(id=shell.id, reason="crash", content=_with(_end_of(said), note))


def _partial(path: str, call: int) -> Assembler:
    chunks = [event for event in _events(path, call, ["model.chunk"]) if isinstance(event, ModelChunk)]
    try:
        return assemble(chunk for chunk in chunks if chunk.call == call)
    except EventInvalid:
        return Assembler()


def _output(path: str, call: int) -> str:
    events = _events(path, call, ["tool.output"])
    text = "".join(event.text for event in events if isinstance(event, ToolOutput) and event.call == call)
    return _end_of(text)


def _with(said: str, note: str) -> str:
    return "\n\n".join(part for part in (said.rstrip("\n") if note else said, note) if part)


def _end_of(text: str) -> str:
    return text if len(text) <= KEPT_OUTPUT else "[…]\n" + text[-KEPT_OUTPUT:]


def _events(path: str, after: int, kinds: Sequence[str]) -> list[Event]:
    return [envelope.data for envelope in log.read(path, after + 1, kinds=kinds)]
