"""What follows from a model call that ended."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from claw._native import parse_arguments
from claw.decide import compaction, keeping, retry, searching, sizes, titles
from claw.decide.behaviour import number
from claw.decide.flow import compact, end, go_on, too_long
from claw.errors import ArgumentsInvalid
from claw.events.base import Event
from claw.events.content import ModelBlock, TextBlock, ToolUseBlock
from claw.events.context import ContextCompacted
from claw.events.control import TimerSet
from claw.events.model import ModelFailed, ModelFinished
from claw.events.session import TurnEnd, TurnFinished
from claw.events.tool import ToolRequested
from claw.events.tools import Traits, traits_of
from claw.projections.conversation_calls import not_run
from claw.projections.state import Agent, State
from claw.projections.turn import Compacting, Interrupting, attempts

_decode = msgspec.msgpack.Decoder(dict[str, Any]).decode

NEARLY_FULL_PERCENT = 60
"""Share of the window from which on a refusal may be one of the size; claw's own count may be that far off."""
_OF_THE_REQUEST = (400, 413, 422)
"""Statuses of a request that is refused for what it is."""

_ENDS: dict[str, TurnEnd] = {"max_tokens": "max_tokens", "refusal": "refused"}


def finished(state: State, agent: Agent, event: ModelFinished) -> list[Event]:
    """The calls the model wants, the end of the turn, or the compacted conversation."""
    if event.call == state.titles.call:
        return titles.given(event)
    if event.call in agent.conversation.asides:
        return []
    if isinstance(agent.turn, Compacting):
        return _compacted(state, agent, event, agent.turn)
    if agent.conversation.unfinished:
        wanted = [block for block in event.content if isinstance(block, ToolUseBlock)]
        cut = _cut(state, agent, event)
        return [_requested(state, agent, index, block, cut=block is cut) for index, block in enumerate(wanted)]
    if isinstance(agent.turn, Interrupting) or event.stop == "pause_turn" or agent.conversation.inputs:
        return go_on(state, agent)
    reason = _ENDS.get(event.stop)
    return [TurnFinished(reason=reason)] if reason else end(state, agent)


def _cut(state: State, agent: Agent, event: ModelFinished) -> ModelBlock | None:
    """The block that the limit of tokens cut: the last one, whether what is there of it can be read or not. Where a
    server does not say that it cut the reply, a reply as long as the limit whose end cannot be read is one, too.
    """
    if number(state, "tools") < 3:
        return None
    last = event.content[-1]
    if event.stop == "max_tokens":
        return last
    full = event.usage.output >= state.model_of(agent).max_output
    return last if full and isinstance(last, ToolUseBlock) and not _is_readable(last) else None


def _is_readable(block: ToolUseBlock) -> bool:
    try:
        parse_arguments(block.arguments)
    except ArgumentsInvalid:
        return False
    return True


def _requested(state: State, agent: Agent, index: int, block: ToolUseBlock, *, cut: bool) -> ToolRequested:
    tool = next((tool for tool in state.tools_of(agent) if tool.name == block.name), None)
    traits = tool.traits if tool else Traits()
    requested = ToolRequested(id=block.id, name=block.name, index=index, traits=traits)
    if isinstance(agent.turn, Interrupting):
        return replace(requested, error=not_run(agent.turn))
    if cut:
        limit = state.model_of(agent).max_output
        error = (
            f"Your reply was cut at its limit of {limit} tokens in the middle of this call, so the call was not run. "
            "Write less at once: make the call again with a part, and add the rest with further calls."
        )
        return replace(requested, error=error)
    if tool is None:
        return replace(requested, error=searching.not_offered(state, agent, block.name))
    schema = tool.schema if number(state, "tools") >= 3 else None
    try:
        arguments = _decode(parse_arguments(block.arguments, schema))
    except ArgumentsInvalid as invalid:
        return replace(requested, error=f"The arguments are not valid: {invalid}")
    return replace(requested, arguments=arguments, traits=traits_of(traits, arguments))


def _compacted(state: State, agent: Agent, event: ModelFinished, running: Compacting) -> list[Event]:
    summary = "".join(_text(block) for block in event.content)
    if compaction.keeps_words(state):
        return _summarised(state, agent, event, running, summary.strip())
    if not summary.strip():
        return [TurnFinished(reason="failed", failure="compaction", message="The model gave no summary.")]
    limit = None
    if compaction.knows_sizes(state):
        limit = max(sizes.LEAST, state.model_of(agent).window * sizes.BYTES_PER_TOKEN // 20)
    return [ContextCompacted(summary=summary, keep_from=running.keep_from, limit=limit)]


def _summarised(state: State, agent: Agent, event: ModelFinished, running: Compacting, summary: str) -> list[Event]:
    if not summary or event.stop == "refusal":
        message = "The model refused to summarise." if event.stop == "refusal" else "The model gave no summary."
        return [TurnFinished(reason="failed", failure="compaction", message=f"{message} {_WITHOUT_SUMMARY}")]
    if event.stop == "max_tokens":
        summary += keeping.CUT
    return [keeping.compact(state, agent, running, summary)]


_WITHOUT_SUMMARY = (
    "The conversation is as it was: what you say next tries again, /model takes another model, /clear begins anew."
)


def _text(block: ModelBlock) -> str:
    return block.text if isinstance(block, TextBlock) and isinstance(block.text, str) else ""


def failed(state: State, agent: Agent, event: ModelFailed) -> list[Event]:
    """Another attempt after a delay, or at once without what the server refused; a compaction; the turn's end."""
    if event.call in agent.conversation.asides:
        return []
    if isinstance(agent.turn, Interrupting) or event.failure == "lost":
        return go_on(state, agent)
    if event.failure == "interrupted":
        return [TurnFinished(reason="interrupted")]
    if event.failure == "context_overflow":
        return _overflowed(state, agent, event.message)
    if agent.servers.taught_by == event.call:
        return go_on(state, agent)
    if _is_overflow(state, agent, event):
        return _overflowed(state, agent, event.message)
    session = state.session
    seed = session.runtime.seed if session.runtime else 0
    delay = retry.delay_ms(session.settings.retry, seed, event, attempts(agent.turn))
    if other := retry.falls_back(state, agent, event, last=delay is None):
        return other
    if delay is None:
        return [TurnFinished(reason="failed", failure=event.failure, message=event.message)]
    return [TimerSet(delay_ms=delay, purpose="retry")]


def _is_overflow(state: State, agent: Agent, event: ModelFailed) -> bool:
    """Whether a refusal in unknown words is taken for one of the size: the request nearly filled the window."""
    if event.failure != "invalid_request" or event.status not in _OF_THE_REQUEST or not compaction.knows_sizes(state):
        return False
    if isinstance(agent.turn, Compacting):
        size = compaction.summary_tokens(state, agent, agent.turn)
    elif _is_short(agent):
        return False
    else:
        size = sizes.request_tokens(state, agent)
    return size * 100 >= state.model_of(agent).window * NEARLY_FULL_PERCENT


def _is_short(agent: Agent) -> bool:
    """Whether no compaction makes the conversation shorter."""
    return agent.conversation.just_compacted or len(agent.conversation.entries) < 2


def _overflowed(state: State, agent: Agent, said: str) -> list[Event]:
    if isinstance(agent.turn, Compacting):
        shorter = compaction.shorten(state, agent, agent.turn)
        return [too_long(state, agent, said)] if shorter is None else [shorter]
    return [too_long(state, agent, said)] if _is_short(agent) else compact(state, agent, "overflow")
