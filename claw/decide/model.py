"""What follows from a model call that ended."""

from __future__ import annotations

from typing import Any

import msgspec

from claw._native import parse_arguments
from claw.decide import compaction, retry
from claw.decide.flow import compact, end, go_on, too_long
from claw.errors import ArgumentsInvalid
from claw.events.base import Event
from claw.events.content import ModelBlock, TextBlock, ToolUseBlock
from claw.events.context import ContextCompacted
from claw.events.control import TimerSet
from claw.events.model import ModelFailed, ModelFinished, Purpose
from claw.events.session import TurnEnd, TurnFinished
from claw.events.tool import ToolRequested
from claw.projections.conversation import NOT_RUN
from claw.projections.state import State

_decode = msgspec.msgpack.Decoder(dict[str, Any]).decode

_ENDS: dict[str, TurnEnd] = {"max_tokens": "max_tokens", "refusal": "refused"}


def finished(state: State, event: ModelFinished) -> list[Event]:
    """The calls the model wants, the end of the turn, or the compacted conversation."""
    if state.pending.purpose == "compaction":
        return go_on(state) if state.pending.interrupting else _compacted(state, event)
    wanted = [block for block in event.content if isinstance(block, ToolUseBlock)]
    if wanted:
        return [_requested(state, index, block) for index, block in enumerate(wanted)]
    if state.pending.interrupting:
        return go_on(state)
    if event.stop == "pause_turn" or state.pending.inputs:
        return go_on(state)
    reason = _ENDS.get(event.stop)
    return [TurnFinished(reason=reason)] if reason else end(state)


def _requested(state: State, index: int, block: ToolUseBlock) -> ToolRequested:
    if state.pending.interrupting:
        return ToolRequested(id=block.id, name=block.name, index=index, error=NOT_RUN)
    offered = [tool.name for tool in state.session.tools]
    if block.name not in offered:
        error = f"There is no tool {block.name!r}. Tools: {', '.join(offered)}."
        return ToolRequested(id=block.id, name=block.name, index=index, error=error)
    try:
        arguments = _decode(parse_arguments(block.arguments))
    except ArgumentsInvalid as invalid:
        error = f"The arguments are not valid: {invalid}"
        return ToolRequested(id=block.id, name=block.name, index=index, error=error)
    return ToolRequested(id=block.id, name=block.name, index=index, arguments=arguments)


def _compacted(state: State, event: ModelFinished) -> list[Event]:
    summary = "".join(_text(block) for block in event.content)
    running = state.pending.compaction
    if not summary.strip() or running is None:
        return [TurnFinished(reason="failed", failure="compaction", message="The model gave no summary.")]
    return [ContextCompacted(summary=summary, keep_from=running.keep_from)]


def _text(block: ModelBlock) -> str:
    return block.text if isinstance(block, TextBlock) and isinstance(block.text, str) else ""


def failed(state: State, event: ModelFailed) -> list[Event]:
    """Another attempt after a delay, or at once without what the server refused; a compaction; the turn's end."""
    if state.pending.interrupting or event.failure == "lost":
        return go_on(state)
    if event.failure == "interrupted":
        return [TurnFinished(reason="interrupted")]
    if event.failure == "context_overflow":
        return _overflowed(state, state.pending.purpose)
    if state.pending.refused:
        return go_on(state)
    session = state.session
    seed = session.runtime.seed if session.runtime else 0
    delay = retry.delay_ms(session.settings.retry, seed, event, state.pending.attempt)
    if delay is None:
        return [TurnFinished(reason="failed", failure=event.failure, message=event.message)]
    return [TimerSet(delay_ms=delay, purpose="retry")]


def _overflowed(state: State, purpose: Purpose) -> list[Event]:
    if purpose == "turn":
        return [too_long()] if state.pending.just_compacted else compact(state, "overflow")
    shorter = compaction.shorten(state)
    return [too_long()] if shorter is None else [shorter]
