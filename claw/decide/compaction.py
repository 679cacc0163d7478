"""When a conversation is too long for the window, and what of it to summarise."""

from __future__ import annotations

from typing import Literal, TypeAlias

from claw.events.context import CompactionStarted
from claw.projections.conversation import Conversation
from claw.projections.state import State

Reason: TypeAlias = Literal["window", "overflow", "command"]

CHARACTERS_PER_TOKEN = 4
"""Rule of thumb for text that no model has counted yet; rounds towards too many tokens for prose and code."""

KEPT_PERCENT = 10
"""Share of the window that stays word for word after the summary; never more than half of the conversation."""


def context_tokens(conversation: Conversation) -> int:
    """Size of the next request in tokens: what the last reply reported plus an estimate of what came since."""
    queued = sum(entry.size for entry in conversation.queued)
    return conversation.tokens + (conversation.unmeasured + queued) // CHARACTERS_PER_TOKEN


def is_due(state: State) -> bool:
    """Whether the next request would take more of the window than the settings allow."""
    settings = state.session.settings
    if state.pending.just_compacted or len(state.conversation.entries) < 2:
        return False
    limit = min(
        settings.model.window * settings.compact_at // 100, max(1, settings.model.window - settings.model.max_output)
    )
    return context_tokens(state.conversation) >= limit


def plan(state: State, reason: Reason) -> CompactionStarted | None:
    """What to summarise; None when there is nothing that a summary would shorten.

    What is kept begins at a message that is not the answer to tool calls, so a call and its result stay together.
    """
    entries = state.conversation.entries
    if len(entries) < 2:
        return None
    keep_from = None if reason == "command" else _keep_from(state)
    return CompactionStarted(reason=reason, first=entries[0].seq, keep_from=keep_from)


def _keep_from(state: State) -> int | None:
    entries = state.conversation.entries
    window = state.session.settings.model.window
    room = min(window * KEPT_PERCENT // 100 * CHARACTERS_PER_TOKEN, sum(entry.size for entry in entries) // 2)
    kept = None
    for entry in reversed(entries[1:]):
        room -= entry.size
        if room < 0:
            break
        if not entry.holds_results:
            kept = entry.seq
    return kept


def shorten(state: State) -> CompactionStarted | None:
    """After the summary's own request overflowed: leave out the older half of what it was to read."""
    running = state.pending.compaction
    assert running is not None
    inside = state.conversation.between(running.first, running.keep_from)
    rest = inside[(len(inside) + 1) // 2 :]
    while rest and rest[0].holds_results:
        rest = rest[1:]
    if not rest:
        return None
    return CompactionStarted(reason="overflow", first=rest[0].seq, keep_from=running.keep_from)
