"""Old results of calls make room before a summary is needed: much at once, so that what servers have cached of the
conversation is lost rarely.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from claw.decide import sizes
from claw.decide.behaviour import number
from claw.events.base import Event
from claw.events.content import ToolResultBlock, ToolUseBlock
from claw.events.context import ClearedResult, ResultsCleared
from claw.events.results import amount, weight_of
from claw.projections.entries import Entry
from claw.projections.kept import in_short
from claw.projections.state import Agent, State

RECENT = 5
"""The last results that stay, whatever else goes."""
WORTH = 1_000
"""Bytes of a result from which on it may go."""
GOAL_PERCENT = 50
"""Share of the window that is to be freed, where there is so much."""
LEAST_PERCENT = 20
"""Share of the window below which it is not worth it: the next request would lose the cache for little."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def clear(state: State, agent: Agent) -> list[Event]:
    """The old results that make room; empty: not enough of them, so that a summary has to."""
    if number(state, "compaction") < 3:
        return []
    window = state.model_of(agent).window
    chosen: list[ClearedResult] = []
    freed = 0
    for saved, result in clearable(state, agent):
        if freed * 100 >= window * GOAL_PERCENT:
            break
        chosen.append(result)
        freed += saved
    if freed * 100 < window * LEAST_PERCENT:
        return []
    return [ResultsCleared(results=tuple(sorted(chosen, key=lambda one: (one.entry, one.block))), freed=freed)]


def clearable(state: State, agent: Agent) -> list[tuple[int, ClearedResult]]:
    """The results that may go, and the tokens that each of them takes, the largest first. The last ones stay, errors
    do, and so does what cannot be had again by the same call.
    """
    entries = agent.conversation.entries
    tools = {tool.name: tool for tool in state.tools_of(agent)}
    calls = _calls(entries)
    found = []
    for entry, place, block in _results(entries)[:-RECENT]:
        call, size = calls.get((entry.seq, block.id)), weight_of(block.content)
        if call is None or block.is_error or size < WORTH or call.name not in tools:
            continue
        traits = tools[call.name].traits
        if traits.performer == "decide":
            continue
        again = "call it again if you need it" if traits.footprint in _AGAIN else "what it did stands"
        line = in_short(call.name, _arguments(call), traits)
        text = f"[claw: the output of {line}, {amount(size)}, was cleared to make room; {again}]"
        found.append((tokens(state, agent, size - len(text)), ClearedResult(entry.seq, place, text)))
    return sorted(found, key=lambda one: -one[0])


_AGAIN = ("read", "network")
"""Footprints of calls that may be made again without doing anything a second time."""


def tokens(state: State, agent: Agent, size: int) -> int:
    """What so many bytes of the conversation take: by what the last reply has counted, where it has."""
    conversation = agent.conversation
    return size * sizes.request_tokens(state, agent) // (sizes.overhead(state, agent) + conversation.bytes)


def _results(entries: tuple[Entry, ...]) -> list[tuple[Entry, int, ToolResultBlock]]:
    """Those that the model has read: what came after its last reply is new to it."""
    old = entries[: len(entries) - len(sizes.since_the_last_reply(entries))]
    return [
        (entry, place, block)
        for entry in old
        for place, block in enumerate(entry.blocks)
        if isinstance(block, ToolResultBlock)
    ]


def _calls(entries: tuple[Entry, ...]) -> dict[tuple[int, str], ToolUseBlock]:
    """The call of each result, by the seq of the message that has the result, and the call's id."""
    calls, wanted = {}, dict[str, ToolUseBlock]()
    for entry in entries:
        if entry.role == "assistant":
            wanted = {block.id: block for block in entry.blocks if isinstance(block, ToolUseBlock)}
        elif entry.holds_results:
            calls.update({(entry.seq, id): block for id, block in wanted.items()})
    return calls


def _arguments(call: ToolUseBlock) -> Mapping[str, Any]:
    try:
        return _decode(call.arguments)
    except msgspec.MsgspecError:
        return {}
