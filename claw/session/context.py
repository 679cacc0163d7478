"""What a conversation takes of its model's window, part by part: from the state alone."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from claw import prompt
from claw.decide import clearing, compaction, sizes
from claw.events.content import AnyBlock, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claw.events.results import size_of
from claw.projections.cutting import size_of_block
from claw.projections.entries import Entry
from claw.projections.long_term import HEADING
from claw.projections.state import Agent, State

SYSTEM, ENVIRONMENT, INSTRUCTIONS, TOOLS = "system prompt", "environment", "instruction files", "tools"
MEMORY = "long-term memory"
SUMMARY, YOURS, NOTES, REPLIES, THINKING, CALLS = (
    "summary",
    "your messages",
    "notes of claw and hooks",
    "replies",
    "thinking",
    "calls",
)
_INSTRUCTIONS = "Instructions from "


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """`count` are tools, messages or results; `tokens` the part's share of all, by its bytes."""

    name: str
    count: int
    bytes: int
    tokens: int


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes are in tokens. `total` is what the next request takes, `counted` what the provider reported with the last
    reply (0: nothing), `estimated` how much of `total` that leaves to estimate; `compacts_at`: from there on room is
    made; `reply`: what of the window is kept for an answer; `clearable` may be cleared of old results.
    """

    model: str
    window: int
    reply: int
    total: int
    counted: int
    estimated: int
    compacts_at: int
    clearable: int
    clearable_results: int
    parts: tuple[Part, ...]

    @property
    def free(self) -> int:
        """What is left for the conversation to grow, and for the reply."""
        return max(0, self.window - self.total)


def measure(state: State, agent: Agent) -> Context:
    """How full the agent's window would be with the next request."""
    model = state.model_of(agent)
    found: dict[str, list[int]] = {}
    for name, size in (*_beside(state, agent), *_messages(agent)):
        found.setdefault(name, []).append(size)
    total = sizes.request_tokens(state, agent)
    counts = _shares([sum(some) for some in found.values()], total)
    parts = [
        Part(name=name, count=len(some), bytes=sum(some), tokens=tokens)
        for (name, some), tokens in zip(found.items(), counts, strict=True)
    ]
    clearable = clearing.clearable(state, agent)
    counted = agent.conversation.tokens
    return Context(
        model=model.name,
        window=model.window,
        reply=model.max_output,
        total=total,
        counted=counted,
        estimated=total - counted,
        compacts_at=compaction.limit(state, agent),
        clearable=sum(saved for saved, _ in clearable),
        clearable_results=len(clearable),
        parts=tuple(parts),
    )


def _beside(state: State, agent: Agent) -> Iterable[tuple[str, int]]:
    """What is sent beside the conversation."""
    name = SYSTEM
    for place, part in enumerate(prompt.system(state, agent)):
        if place and isinstance(part, str):
            is_file, is_notes = part.startswith(_INSTRUCTIONS), part.startswith(HEADING)
            name = INSTRUCTIONS if is_file else MEMORY if is_notes else ENVIRONMENT
        yield name, size_of(part)
    for tool in state.tools_of(agent):
        yield TOOLS, sum(map(size_of, (tool.description, tool.schema, tool.grammar)))


def _messages(agent: Agent) -> Iterable[tuple[str, int]]:
    conversation = agent.conversation
    names: dict[str, str] = {}
    for entry in (*conversation.entries, *conversation.queued):
        for block in entry.blocks:
            if isinstance(block, ToolUseBlock):
                names[block.id] = block.name
            yield _kind(block, entry, names, agent), size_of_block(block)


def _kind(block: AnyBlock, entry: Entry, names: dict[str, str], agent: Agent) -> str:
    match block:
        case ToolResultBlock():
            return f"results of {names.get(block.id, 'calls')}"
        case ToolUseBlock():
            return CALLS
        case ThinkingBlock():
            return THINKING
        case TextBlock() if entry.role == "assistant":
            return REPLIES
    folded = agent.conversation.folded
    if folded and folded.summary == entry.seq:
        return SUMMARY
    return YOURS if entry.about is None else NOTES


def _shares(weights: list[int], total: int) -> list[int]:
    """The total, divided as these weights are; the greatest one takes what rounding leaves."""
    whole = sum(weights)
    if not whole:
        return [0 for _ in weights]
    shares = [total * weight // whole for weight in weights]
    shares[weights.index(max(weights))] += total - sum(shares)
    return shares
