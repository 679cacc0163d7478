"""What the model is sent: the messages so far, the inputs that wait, and the turn that is being taken.

The turn is a part of it because the results of its calls are a message: each event moves both in one fold
(`conversation_fold`, with `conversation_calls` and `conversation_changes`).
"""

from typing import Any

import msgspec
from msgspec.structs import replace

from claw.events.base import Content
from claw.events.command import Leave
from claw.events.content import TextBlock, ToolUseBlock
from claw.projections import turn as turns
from claw.projections.entries import Entry, chained, make_entry, shortened
from claw.projections.kept import Folded, Kept
from claw.projections.turn import Compacting, Idle, Ready, RunningTyped, ToolCall, Turn
from claw.projections.typed import Line, filled_in, ran


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    entries: tuple[Entry, ...] = ()
    queued: tuple[Entry, ...] = ()
    """Inputs that no request has carried yet, and news of commands in the background."""
    waiting: tuple[Entry, ...] = ()
    """Inputs that wait for the end of the turn."""
    behind: int = 0
    """How many of those inputs came while a turn was open: they open the next one when it ends before it sent them."""
    lines: tuple[Line, ...] = ()
    """Lines of the person's that run commands and wait for the end of the turn."""
    leave: Leave = Leave()
    """What commands and skills give the turn that is open."""
    next_leave: Leave = Leave()
    """The same of the next turn, by commands that wait for it."""
    skills_told: tuple[str, ...] = ()
    """Skills of which the model was told because a file was touched."""
    servers_told: tuple[str, ...] = ()
    """The MCP servers whose words for the model stand in the conversation."""
    turn: Turn = Idle()
    shells: dict[str, int] = {}
    """Commands that run in the background: id -> seq of the event that began it."""
    aside: Content = ""
    """What was asked last beside the conversation."""
    asides: tuple[int, ...] = ()
    """The model's calls that answer such questions, or say what the session is about, by key."""
    first_words: Content = ""
    tokens: int = 0
    """Size of the context as the last reply reported it, in tokens; 0 when unknown."""
    unmeasured: int = 0
    """Characters that came after that."""
    bytes: int = 0
    """What the entries take of a request, together."""
    digest: str = ""
    """Of the entries, one after the other (`chained`)."""
    plan: str = ""
    """The plan that the person has accepted last; empty: none."""
    plan_is_answer: bool = False
    """Nobody was there to accept the plan that the last reply has proposed."""
    just_compacted: bool = False
    """No reply has come since the last compaction."""
    kept: Kept = Kept()
    """What outlives summaries."""
    folded: Folded | None = None
    """The last summary, which may be taken back."""
    focus: str = ""
    """What the person wants the next summary to be about, who asks for one."""

    @property
    def inputs(self) -> tuple[Entry, ...]:
        """Inputs that no request has carried yet."""
        return tuple(entry for entry in self.queued if entry.about is None)

    @property
    def whole(self) -> tuple[Entry, ...]:
        """The messages, but for a last one with calls that have no results yet."""
        if self.entries and any(isinstance(block, ToolUseBlock) for block in self.entries[-1].blocks):
            return self.entries[:-1]
        return self.entries

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The tool calls of the last reply, in its order; empty once the turn went on."""
        return turns.calls(self.turn)

    @property
    def unfinished(self) -> tuple[ToolCall, ...]:
        """Those of them that have no result yet."""
        return tuple([call for call in turns.calls(self.turn) if call.result is None])

    def call_of_request(self, request: int) -> ToolCall | None:
        """The tool call with this `tool.requested`, while it has no result."""
        for call in turns.calls(self.turn):
            if call.request == request and call.result is None:
                return call
        return None

    def call_of_key(self, key: int) -> ToolCall | None:
        """The tool call whose last intent was this one, whether it has a result or not."""
        for call in turns.calls(self.turn):
            if call.key == key:
                return call
        return None

    def call_of_question(self, key: int) -> ToolCall | None:
        """The tool call without a result that this question to the person, or this plan, is for."""
        return next((call for call in self.unfinished if call.question == key), None)

    def between(self, first: int, keep_from: int | None) -> tuple[Entry, ...]:
        """The entries from the one with seq `first` up to the one with seq `keep_from` (None: to the end).

        Entries stand in the order of the conversation, which is not that of their seqs: an input that was typed while
        a tool ran comes after its result, and a summary before what was kept word for word.
        """
        stop = len(self.entries) if keep_from is None else self.position(keep_from)
        return self.entries[self.position(first) : stop]

    def to_summarise(self, compacting: Compacting) -> tuple[Entry, ...]:
        """What the model is shown for this summary, cut as it is there."""
        limit, inside = compacting.limit, self.between(compacting.first, compacting.keep_from)
        return inside if limit is None else tuple(shortened(entry, limit) for entry in inside)

    def position(self, seq: int) -> int:
        """Where the entry with this seq stands. Raises StopIteration when there is none."""
        return next(position for position, entry in enumerate(self.entries) if entry.seq == seq)


def append(conversation: Conversation, added: tuple[Entry, ...], turn: Turn, **changed: Any) -> Conversation:
    """The conversation with more messages, its turn after that, and what else changes."""
    return replace(
        conversation,
        entries=(*conversation.entries, *added),
        bytes=conversation.bytes + sum([entry.bytes for entry in added]),
        digest=chained(conversation.digest, added),
        unmeasured=conversation.unmeasured + sum([entry.size for entry in added]),
        turn=turn,
        **changed,
    )


def told(conversation: Conversation, seq: int, news: str) -> Conversation:
    entry = make_entry(seq, "user", (TextBlock(text=f"[claw: {news}]"),), about=seq)
    return replace(conversation, queued=(*conversation.queued, entry))


def made_of(conversation: Conversation, entries: tuple[Entry, ...]) -> Conversation:
    """The conversation with other messages, which no model has counted."""
    unmeasured, weight = sum(entry.size for entry in entries), sum(entry.bytes for entry in entries)
    conversation = replace(conversation, entries=entries, bytes=weight)
    return replace(conversation, digest=chained("", entries), tokens=0, unmeasured=unmeasured)


def with_waiting(conversation: Conversation) -> Conversation:
    """What waited for the end of the turn goes with the next request, whatever that is for."""
    return replace(conversation, queued=(*conversation.queued, *conversation.waiting), waiting=())


def typed(conversation: Conversation, line: Line) -> Conversation:
    """The conversation once the person has given a line that runs commands."""
    if conversation.turn.is_open:
        return replace(conversation, lines=(*conversation.lines, line))
    turn = RunningTyped(calls=line.begun(), line=line.seq, parts=line.parts)
    return replace(conversation, turn=turn, leave=line.leave)


def next_typed(conversation: Conversation) -> Conversation:
    """The conversation once the first line that waited is due."""
    first, *others = conversation.lines
    return typed(replace(conversation, lines=tuple(others), turn=Idle()), first)


def without_lines(conversation: Conversation) -> Conversation:
    """The conversation once none of the lines that wait is to run: those that are inputs go without what they would
    have had in them.
    """
    inputs = tuple(
        make_entry(line.seq, "user", filled_in(line.parts, line.begun()))
        for line in conversation.lines
        if line.parts is not None
    )
    return replace(conversation, lines=(), waiting=(*conversation.waiting, *inputs))


def first_text(entry: Entry) -> Content:
    """The text that it begins with."""
    first = entry.blocks[0]
    return first.text if isinstance(first, TextBlock) else ""


def with_leave(one: Leave, other: Leave) -> Leave:
    """What both give: all rules, and what the later one says of the rest."""
    rules = (*one.rules, *other.rules)
    return Leave(rules=rules, model=other.model or one.model, skill=other.skill or one.skill)


def after_typed(conversation: Conversation, seq: int, calls: tuple[ToolCall, ...]) -> Conversation:
    """The conversation once the commands of a typed line have their results. A line that is an input is not sent where
    it was called off.
    """
    turn = conversation.turn
    if calls[0].origin == "person":
        (call,) = calls
        entry = make_entry(seq, "user", (TextBlock(text=ran(call)),), about=seq)
    elif isinstance(turn, RunningTyped) and turn.parts is not None:
        entry = make_entry(turn.line, "user", filled_in(turn.parts, calls))
        words = conversation.first_words or first_text(entry)
        conversation = replace(conversation, turn=Ready(), first_words=words)
    else:
        return conversation
    return replace(conversation, queued=(*conversation.queued, entry))
