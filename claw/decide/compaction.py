"""When a conversation is too long for the window, and what of it to summarise."""

from __future__ import annotations

from typing import Literal, TypeAlias

from claw import prompt
from claw.decide import sizes
from claw.decide.behaviour import number
from claw.events.context import CompactionStarted
from claw.events.results import size_of
from claw.projections.conversation import Conversation
from claw.projections.entries import shortened
from claw.projections.state import Agent, State
from claw.projections.turn import Compacting

Reason: TypeAlias = Literal["window", "overflow", "command"]

CHARACTERS_PER_TOKEN = 4
"""Rule of thumb for text that no model has counted yet; rounds towards too many tokens for prose and code."""

KEPT_PERCENT = 10
"""Share of the window that stays word for word after the summary; never more than half of the conversation."""


def context_tokens(conversation: Conversation) -> int:
    """Size of the next request in tokens: what the last reply reported plus an estimate of what came since."""
    queued = sum(entry.size for entry in conversation.queued)
    return conversation.tokens + (conversation.unmeasured + queued) // CHARACTERS_PER_TOKEN


def knows_sizes(state: State) -> bool:
    """Whether sizes are counted as they are since behaviour 2."""
    return number(state, "compaction") >= 2


def is_due(state: State, agent: Agent) -> bool:
    """Whether the next request would take more of the window than the settings allow."""
    if agent.conversation.just_compacted or len(agent.conversation.entries) < 2:
        return False
    size = sizes.request_tokens(state, agent) if knows_sizes(state) else context_tokens(agent.conversation)
    return size >= limit(state, agent)


def limit(state: State, agent: Agent) -> int:
    """Tokens from which on the conversation is to be made shorter."""
    model = state.model_of(agent)
    return min(model.window * state.session.settings.compact_at // 100, max(1, model.window - model.max_output))


def plan(state: State, agent: Agent, reason: Reason) -> CompactionStarted | None:
    """What to summarise; None when there is nothing that a summary would shorten.

    What is kept begins at a message that is not the answer to tool calls, so a call and its result stay together.
    """
    entries = agent.conversation.entries
    if len(entries) < 2:
        return None
    keep_from = None if reason == "command" else _keep_from(state, agent)
    if not knows_sizes(state):
        return CompactionStarted(reason=reason, first=entries[0].seq, keep_from=keep_from)
    inside = agent.conversation.between(entries[0].seq, keep_from)
    focus = agent.conversation.focus if reason == "command" and keeps_words(state) else ""
    room = sizes.room_for_request(state, agent) - _asking(state, focus)
    fitting, most = sizes.fitting(inside, room)
    return CompactionStarted(reason=reason, first=fitting[0].seq, keep_from=keep_from, limit=most, focus=focus)


def keeps_words(state: State) -> bool:
    """Whether a summary keeps what the user said beside it, as since behaviour 3."""
    return number(state, "compaction") >= 3


def _asking(state: State, focus: str) -> int:
    """Bytes of the text that asks for the summary."""
    return size_of(prompt.for_summary(state, focus))


def summary_tokens(state: State, agent: Agent, running: Compacting) -> int:
    """Tokens of the request for the summary that is under way."""
    inside = agent.conversation.to_summarise(running)
    return (
        sizes.overhead(state, agent) + sum(map(sizes.size_of_entry, inside)) + _asking(state, running.focus)
    ) // sizes.BYTES_PER_TOKEN


def _keep_from(state: State, agent: Agent) -> int | None:
    entries = agent.conversation.entries
    window = state.model_of(agent).window
    room = min(window * KEPT_PERCENT // 100 * CHARACTERS_PER_TOKEN, sum(entry.size for entry in entries) // 2)
    kept = None
    for entry in reversed(entries[1:]):
        room -= entry.size
        if room < 0:
            break
        if not entry.holds_results:
            kept = entry.seq
    return kept


def shorten(state: State, agent: Agent, running: Compacting) -> CompactionStarted | None:
    """After the summary's own request overflowed: half as much to read, of the longest texts first; None: nothing of
    it can be left out any more.
    """
    if knows_sizes(state):
        return _halved(agent, running)
    inside = agent.conversation.between(running.first, running.keep_from)
    rest = inside[(len(inside) + 1) // 2 :]
    while rest and rest[0].holds_results:
        rest = rest[1:]
    if not rest:
        return None
    return CompactionStarted(reason="overflow", first=rest[0].seq, keep_from=running.keep_from)


def _halved(agent: Agent, running: Compacting) -> CompactionStarted | None:
    now = agent.conversation.to_summarise(running)
    size = sum(map(sizes.size_of_entry, now))
    fitting, most = sizes.fitting(agent.conversation.between(running.first, running.keep_from), size // 2)
    left = fitting if most is None else [shortened(entry, most) for entry in fitting]
    if sum(map(sizes.size_of_entry, left)) >= size:
        return None
    # What a person asked for ends with the summary, however often that was asked for.
    reason: Reason = "command" if running.reason == "command" else "overflow"
    return CompactionStarted(
        reason=reason, first=fitting[0].seq, keep_from=running.keep_from, limit=most, focus=running.focus
    )
