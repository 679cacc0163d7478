"""How much of the model's window a request takes, and how long its texts may be so that it fits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from claw import prompt
from claw.events.base import Content
from claw.events.content import TextBlock, ToolResultBlock
from claw.events.results import BYTES_PER_TOKEN as BYTES_PER_TOKEN
from claw.events.results import level, size_of
from claw.late import pattern
from claw.projections.cutting import is_cut, size_of_block
from claw.projections.entries import Entry
from claw.projections.state import Agent, State

FEW_WORDS = 1_000
"""Words below which nothing is concluded."""
COUNTED_PERCENT = 60
"""Tokens for each hundred words below which the server has cut."""
_WORD = pattern(r"\w+")

LEAST = 1_000
"""Bytes below which no text is cut."""
LEAST_ROOM = 2_000
"""Bytes that a result gets however full the window is."""
SHARE_PERCENT = 25
"""Share of the window that one result may take."""


def request_tokens(state: State, agent: Agent) -> int:
    """Tokens of the next request: what the last reply reported and what came since, but never less than half of what
    its bytes amount to: some servers report nothing, or only what they did not cut.
    """
    conversation = agent.conversation
    queued = sum(map(size_of_entry, conversation.queued))
    estimated = (overhead(state, agent) + conversation.bytes + queued) // BYTES_PER_TOKEN
    if not conversation.tokens:
        return estimated
    new = sum(map(size_of_entry, since_the_last_reply(conversation.entries))) + queued
    return max(conversation.tokens + new // BYTES_PER_TOKEN, estimated // 2)


def overhead(state: State, agent: Agent) -> int:
    """Bytes of what is sent beside the conversation: instructions and tools."""
    told = state.told_of(agent, state.model_of(agent).name)
    tools = sum(map(size_of, (text for tool in told for text in (tool.description, tool.schema, tool.grammar))))
    return tools + sum(map(size_of, prompt.system(state, agent)))


def size_of_entry(entry: Entry) -> int:
    return entry.bytes


def room_for_request(state: State, agent: Agent) -> int:
    """Bytes that the conversation may take of one request, beside instructions, tools and the reply."""
    model = state.model_of(agent)
    return max(0, (model.window - model.max_output) * BYTES_PER_TOKEN - overhead(state, agent))


def room_for_result(state: State, agent: Agent) -> int:
    """Bytes that each result of the last reply may have that has none yet: they share what is free of the window."""
    model = state.model_of(agent)
    free = (model.window - model.max_output - request_tokens(state, agent)) * BYTES_PER_TOKEN
    waiting = sum(call.result is None for call in agent.conversation.calls)
    most = model.window * BYTES_PER_TOKEN * SHARE_PERCENT // 100
    return max(LEAST_ROOM, min(free // max(1, waiting), most))


def fitting(entries: Sequence[Entry], room: int) -> tuple[Sequence[Entry], int | None]:
    """Entries that fit into so many bytes, and what their texts are cut to for it (None: nothing is cut).

    The longest texts are cut first, alike; if that is not enough the older half is left out, again and again. One
    entry is always left.
    """
    while True:
        texts = [size_of_block(block) for entry in entries for block in entry.blocks if is_cut(block)]
        room_for_texts = room - (sum(map(size_of_entry, entries)) - sum(texts))
        if sum(texts) <= room_for_texts:
            return entries, None
        limit = level(texts, room_for_texts)
        if limit >= LEAST:
            return entries, limit
        fewer = newer_half(entries)
        if not fewer:
            return entries, LEAST
        entries = fewer


def newer_half(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Without the older half and without results whose calls went with it; empty where that leaves nothing."""
    rest = entries[(len(entries) + 1) // 2 :]
    while rest and rest[0].holds_results:
        rest = rest[1:]
    return rest


def longest(entries: Iterable[Entry]) -> int:
    """Bytes of the longest text that may be cut."""
    return max((size_of_block(block) for entry in entries for block in entry.blocks if is_cut(block)), default=0)


def cut_by_server(state: State, agent: Agent) -> str:
    """A sentence where a server of one's own counted far fewer tokens than there are words, as servers do that cut what
    is longer than the window they were started with; a word is a token at least. Empty where it did not.
    """
    conversation = agent.conversation
    if not state.model_of(agent).base_url or not conversation.tokens:
        return ""
    texts = [*prompt.system(state, agent), *(text for entry in conversation.entries for text in _texts(entry))]
    words = sum(len(_WORD.findall(text)) for text in texts if isinstance(text, str))
    if words < FEW_WORDS or conversation.tokens * 100 >= words * COUNTED_PERCENT:
        return ""
    return (
        f"The server counted {conversation.tokens} tokens of a conversation of {words} words: it seems to have cut it "
        "without saying so. Start it with a larger window (Ollama: num_ctx, or OLLAMA_CONTEXT_LENGTH), or let "
        "CLAW_CONTEXT_WINDOW say how large its window is."
    )


def _texts(entry: Entry) -> list[Content]:
    parts = (block.content if isinstance(block, ToolResultBlock) else (block,) for block in entry.blocks)
    return [part.text for some in parts for part in some if isinstance(part, TextBlock)]


def since_the_last_reply(entries: Sequence[Entry]) -> Sequence[Entry]:
    """What the model has not read yet; all, where it has said nothing."""
    for index in range(len(entries), 0, -1):
        if entries[index - 1].role == "assistant":
            return entries[index:]
    return entries
