"""What a resumed session does with the calls that its last run left open."""

from __future__ import annotations

from collections.abc import Sequence

from claw import log
from claw.errors import EventInvalid
from claw.events.assembly import Assembler, assemble
from claw.events.base import Event
from claw.events.model import ModelChunk, ModelFailed, ModelRequested
from claw.events.tool import ToolInterrupted, ToolOutput, ToolStarted

KEPT_OUTPUT = 16_000
"""Characters of a lost tool call's output that the model is told; the last ones."""


def ending(path: str, call: int, intent: Event) -> Event | None:
    """The terminal event that recovery writes for an open call; None for one that is simply performed again.

    A model call gets a new attempt with a new key; a tool is reported and never run again. Raises LogError.
    """
    match intent:
        case ModelRequested():
            partial = _partial(path, call)
            return ModelFailed(
                call=call,
                failure="lost",
                message="claw stopped while the model answered",
                retryable=True,
                content=partial.content(),
                usage=partial.usage,
            )
        case ToolStarted():
            return ToolInterrupted(call=call, reason="crash", content=_output(path, call))
        case _:
            return None


def _partial(path: str, call: int) -> Assembler:
    chunks = [event for event in _events(path, call, ["model.chunk"]) if isinstance(event, ModelChunk)]
    try:
        return assemble(chunk for chunk in chunks if chunk.call == call)
    except EventInvalid:
        return Assembler()


def _output(path: str, call: int) -> str:
    events = _events(path, call, ["tool.output"])
    text = "".join(event.text for event in events if isinstance(event, ToolOutput) and event.call == call)
    return text if len(text) <= KEPT_OUTPUT else "[…]\n" + text[-KEPT_OUTPUT:]


def _events(path: str, after: int, kinds: Sequence[str]) -> list[Event]:
    return [envelope.data for envelope in log.read(path, after + 1, kinds=kinds)]
