"""Which reply a request gets: read from the request alone.

A request whose conversation holds n assistant messages gets the n-th reply (from 0) of those `for` a turn. So the same
conversation gets the same reply at any time: after a retry, a restart of claw, a resume or a fork.

A request that forbids tools asks for a summary: it gets the first reply `for` a compaction whose summary it does not
hold yet. Once a conversation holds the summary of a compaction, its replies go on behind that one in the scenario;
assistant messages are counted from the summary on, less the `kept` ones.

A request whose last message says that it is asked beside the conversation gets a reply `for` an aside, one that asks
what a session is about the one `for` a title.

A conversation whose first user message contains the `when` of a thread gets that thread's replies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from claw.events.request import ASIDE_NOTE, JUDGE_MARK, TITLE_MARK
from claw.providers.scripted.request import Turn, Wire, forbids_tools, turns_of
from claw.providers.scripted.scenario import Reply, Scenario


class NoReply(Exception):
    """The scenario has nothing to say to this request."""


def choose(scenario: Scenario, wire: Wire, body: dict[str, Any]) -> tuple[int, int, Reply]:
    """(thread, position, reply); thread 0 is the scenario itself. Raises NoReply."""
    turns = turns_of(wire, body)
    thread, replies = _thread(scenario, turns)
    summaries = [n for n, reply in enumerate(replies) if reply.purpose == "compaction"]
    held = [n for n in summaries if _holder(turns, replies[n].text) is not None]
    if turns and any(ASIDE_NOTE in text for text in turns[-1].texts):
        return thread, *_beside(replies, "aside", "\n".join(turns[-1].texts))
    if turns and any(JUDGE_MARK in text for text in turns[-1].texts):
        return thread, *_beside(replies, "hook", "\n".join(turns[-1].texts))
    if turns and any(TITLE_MARK in text for text in turns[-1].texts):
        return thread, *_title(replies)
    if forbids_tools(body):
        position = next((n for n in summaries if n not in held), None)
        if position is None:
            raise NoReply("the scenario has no (further) reply for a compaction")
        return thread, position, replies[position]
    position = _position(replies, turns, held[-1] if held else None)
    return thread, position, replies[position]


def _beside(replies: Sequence[Reply], purpose: str, asked: str) -> tuple[int, Reply]:
    for position, reply in enumerate(replies):
        if reply.purpose == purpose and all(words in asked for words in reply.expect):
            return position, reply
    raise NoReply(f"the scenario has no reply for this question beside the conversation ({purpose})")


def _title(replies: Sequence[Reply]) -> tuple[int, Reply]:
    found = next(((n, reply) for n, reply in enumerate(replies) if reply.purpose == "title"), None)
    if found is None:
        raise NoReply("the scenario has no reply for who wants a title")
    return found


def _thread(scenario: Scenario, turns: list[Turn]) -> tuple[int, Sequence[Reply]]:
    first = next(("\n".join(turn.texts) for turn in turns if turn.role == "user"), "")
    for number, thread in enumerate(scenario.threads, start=1):
        if thread.when in first:
            return number, thread.replies
    return 0, scenario.replies


def _holder(turns: list[Turn], text: str) -> int | None:
    """Where a user message holds the summary."""
    places = (n for n, turn in enumerate(turns) if turn.role == "user" and text in "\n".join(turn.texts))
    return next(places, None)


def _position(replies: Sequence[Reply], turns: list[Turn], summary: int | None) -> int:
    start, skipped, kept = 0, 0, 0
    if summary is not None:
        holder = _holder(turns, replies[summary].text)
        assert holder is not None
        start, skipped, kept = holder, summary + 1, replies[summary].kept
    asked = sum(turn.role == "assistant" for turn in turns[start:]) - kept
    places = [n for n, reply in enumerate(replies) if n >= skipped and reply.purpose == "turn"]
    if not 0 <= asked < len(places):
        raise NoReply(f"the scenario has {len(places)} replies here; this request asks for number {asked}, from 0")
    return places[asked]
