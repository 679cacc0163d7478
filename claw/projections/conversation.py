"""What the model is sent: the messages so far, and the calls of its last reply that have no result yet."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from claw._native import blake3
from claw.events.base import Blob, Content, Envelope
from claw.events.content import AnyBlock, ResultBlock, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from claw.events.context import ContextAdded, ContextCleared, ContextCompacted
from claw.events.hook import HookRequested, InputRefused, TurnHalted
from claw.events.input import InputInterrupted, InputReceived
from claw.events.model import ModelFailed, ModelFinished, ModelRequested, Purpose
from claw.events.permission import PermissionAnswered, PermissionAsked, PermissionEvaluated
from claw.events.results import texts, weight
from claw.events.session import SessionForked, TurnFinished
from claw.events.shell import ShellFinished, ShellStarted, ending
from claw.events.tool import (
    PathFact,
    ResolveRequested,
    ToolFinished,
    ToolInterrupted,
    ToolRequested,
    ToolResolved,
    ToolStarted,
)
from claw.projections.base import Projection
from claw.projections.cutting import cut, cut_block

_encode = msgspec.msgpack.Encoder(order="deterministic").encode

SUMMARY_HEADING = "Summary of the conversation so far:\n\n"
INTERRUPTED_TEXT = "[interrupted by the user]"
NOT_RUN = "Interrupted by the user before it ran."
HALTED = "Not run: a hook ended the turn."


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `seq` is the event that completed it; `size` its length in characters, blobs by their bytes, images
    and documents by their weight.
    """

    seq: int
    role: Literal["user", "assistant"]
    blocks: tuple[AnyBlock, ...]
    digest: str
    size: int
    about: int | None = None
    """The subject of the hook that had this to say; None: nobody's hook."""

    @property
    def holds_results(self) -> bool:
        """Whether it answers tool calls, and so must follow the message that made them."""
        return any(isinstance(block, ToolResultBlock) for block in self.blocks)


Stage: TypeAlias = Literal["wanted", "resolving", "resolved", "hooked", "asked", "allowed", "started", "done"]


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One tool call of the last reply, from the model's wish to the result. `call` is the key of its open intent."""

    id: str
    name: str
    stage: Stage = "wanted"
    request: int = -1
    call: int = -1
    arguments: dict[str, Any] = {}
    paths: tuple[PathFact, ...] = ()
    suggestion: str = ""
    wider: tuple[str, ...] = ()
    read_only: bool = False
    """The verdict knows that the call changes nothing."""
    moved: int = 0
    """How often its facts turned out to be others right before it began."""
    called_off: bool = False
    """The user interrupted the turn while it was under way."""
    result: ToolResultBlock | None = None


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    entries: tuple[Entry, ...] = ()
    queued: tuple[Entry, ...] = ()
    """Inputs that no request has carried yet, and news of commands in the background."""
    shells: dict[str, int] = {}
    """Commands that run in the background: id -> seq of the event that began it."""
    slots: tuple[Slot, ...] = ()
    """The calls of the last reply, in its order; empty once all have results."""
    asking: tuple[int, Purpose] | None = None
    """The model call under way: its key and purpose."""
    first_words: Content = ""
    tokens: int = 0
    """Size of the context as the last reply reported it, in tokens; 0 when unknown."""
    unmeasured: int = 0
    """Characters that came after that."""

    def between(self, first: int, keep_from: int | None) -> tuple[Entry, ...]:
        """The entries from the one with seq `first` up to the one with seq `keep_from` (None: to the end).

        Entries stand in the order of the conversation, which is not that of their seqs: an input that was typed while
        a tool ran comes after its result, and a summary before what was kept word for word.
        """
        stop = len(self.entries) if keep_from is None else self.position(keep_from)
        return self.entries[self.position(first) : stop]

    def position(self, seq: int) -> int:
        """Where the entry with this seq stands. Raises StopIteration when there is none."""
        return next(position for position, entry in enumerate(self.entries) if entry.seq == seq)

    def slot_of_request(self, request: int) -> Slot | None:
        return next((slot for slot in self.slots if slot.request == request), None)

    def slot_of_call(self, call: int) -> Slot | None:
        return next((slot for slot in self.slots if slot.call == call), None)


def make_entry(
    seq: int, role: Literal["user", "assistant"], blocks: tuple[AnyBlock, ...], about: int | None = None
) -> Entry:
    """A message with its digest (BLAKE3 over role and blocks in msgpack)."""
    size = sum(map(_size, blocks))
    return Entry(seq=seq, role=role, blocks=blocks, digest=blake3(_encode((role, blocks))), size=size, about=about)


def shortened(entry: Entry, limit: int) -> Entry:
    """The entry with each of its texts cut to so many bytes; itself, where none is longer."""
    blocks = tuple(cut_block(block, limit) for block in entry.blocks)
    return entry if blocks == entry.blocks else make_entry(entry.seq, entry.role, blocks, entry.about)


def _size(block: AnyBlock) -> int:
    if isinstance(block, ToolUseBlock):
        return len(block.name) + len(block.arguments)
    if isinstance(block, ToolResultBlock):
        return sum(_length(part.text) if isinstance(part, TextBlock) else weight(part) for part in block.content)
    extra = len(block.opaque) if isinstance(block, ThinkingBlock) else 0
    return extra + _length(block.text)


def _length(text: Content) -> int:
    return text.size if isinstance(text, Blob) else len(text)


def _append(conversation: Conversation, entry: Entry) -> Conversation:
    return replace(
        conversation,
        entries=(*conversation.entries, entry),
        unmeasured=conversation.unmeasured + entry.size,
    )


# --- inputs and model calls ------------------------------------------------------------------------------------------


def _received(conversation: Conversation, envelope: Envelope, event: InputReceived) -> Conversation:
    entry = make_entry(envelope.seq, "user", (TextBlock(text=event.text),))
    return replace(
        conversation,
        queued=(*conversation.queued, entry),
        first_words=conversation.first_words or event.text,
    )


def _requested(conversation: Conversation, envelope: Envelope, event: ModelRequested) -> Conversation:
    if event.purpose == "turn":
        for entry in conversation.queued:
            conversation = _append(conversation, entry)
        conversation = replace(conversation, queued=())
    return replace(conversation, asking=(envelope.seq, event.purpose))


def _finished(conversation: Conversation, envelope: Envelope, event: ModelFinished) -> Conversation:
    if conversation.asking is None or conversation.asking[0] != event.call:
        return conversation
    purpose = conversation.asking[1]
    conversation = replace(conversation, asking=None)
    if purpose == "compaction":
        return conversation
    if event.content:
        conversation = _append(conversation, make_entry(envelope.seq, "assistant", event.content))
    slots = tuple(Slot(id=block.id, name=block.name) for block in event.content if isinstance(block, ToolUseBlock))
    return replace(conversation, slots=slots, tokens=event.usage.context, unmeasured=0)


def _failed(conversation: Conversation, envelope: Envelope, event: ModelFailed) -> Conversation:
    if conversation.asking is None or conversation.asking[0] != event.call:
        return conversation
    purpose = conversation.asking[1]
    conversation = replace(conversation, asking=None)
    said = tuple(block for block in event.content if isinstance(block, TextBlock) and block.text)
    if event.failure != "interrupted" or purpose != "turn" or not said:
        return conversation
    return _append(conversation, make_entry(envelope.seq, "assistant", (*said, TextBlock(text=INTERRUPTED_TEXT))))


# --- tool calls ------------------------------------------------------------------------------------------------------


def _set(conversation: Conversation, seq: int, slot: Slot, new: Slot) -> Conversation:
    slots = tuple(new if other is slot else other for other in conversation.slots)
    if not all(other.result for other in slots):
        return replace(conversation, slots=slots)
    results = tuple(other.result for other in slots if other.result)
    return _append(replace(conversation, slots=()), make_entry(seq, "user", results))


def _close(
    conversation: Conversation, seq: int, slot: Slot | None, content: str | tuple[ResultBlock, ...], is_error: bool
) -> Conversation:
    if slot is None or slot.result is not None:
        return conversation
    blocks = texts(content) if isinstance(content, str) else content
    result = ToolResultBlock(id=slot.id, content=blocks, is_error=is_error)
    return _set(conversation, seq, slot, replace(slot, stage="done", call=-1, result=result))


def _tool_requested(conversation: Conversation, envelope: Envelope, event: ToolRequested) -> Conversation:
    slot = conversation.slots[event.index]
    named = replace(slot, request=envelope.seq, arguments=event.arguments or {})
    conversation = _set(conversation, envelope.seq, slot, named)
    return _close(conversation, envelope.seq, named, event.error, True) if event.error else conversation


def _advance(stage: Stage, conversation: Conversation, envelope: Envelope, request: int) -> Conversation:
    slot = conversation.slot_of_request(request)
    if slot is None or slot.result is not None:
        return conversation
    return _set(conversation, envelope.seq, slot, replace(slot, stage=stage, call=envelope.seq))


def _resolved(conversation: Conversation, envelope: Envelope, event: ToolResolved) -> Conversation:
    slot = conversation.slot_of_call(event.call)
    if slot is None:
        return conversation
    if event.error:
        return _close(conversation, envelope.seq, slot, event.error, True)
    if slot.called_off:
        return _close(conversation, envelope.seq, slot, NOT_RUN, True)
    moved = slot.moved + (slot.stage == "started")
    resolved = replace(slot, stage="resolved", call=-1, paths=event.paths, moved=moved)
    return _set(conversation, envelope.seq, slot, resolved)


def _evaluated(conversation: Conversation, envelope: Envelope, event: PermissionEvaluated) -> Conversation:
    slot = conversation.slot_of_request(event.request)
    if event.verdict != "deny":
        if slot is None or not event.read_only:
            return conversation
        return _set(conversation, envelope.seq, slot, replace(slot, read_only=True))
    return _close(conversation, envelope.seq, slot, f"Permission denied: {event.reason}", True)


def _asked(conversation: Conversation, envelope: Envelope, event: PermissionAsked) -> Conversation:
    slot = conversation.slot_of_request(event.request)
    if slot is None or slot.result is not None:
        return conversation
    asked = replace(slot, stage="asked", call=envelope.seq, suggestion=event.suggestion, wider=event.wider)
    return _set(conversation, envelope.seq, slot, asked)


def _answered(conversation: Conversation, envelope: Envelope, event: PermissionAnswered) -> Conversation:
    slot = conversation.slot_of_call(event.call)
    if slot is None:
        return conversation
    if event.allowed:
        return _set(conversation, envelope.seq, slot, replace(slot, stage="allowed", call=-1))
    who = "Nobody could be asked for permission" if event.how == "headless" else "The user refused this call"
    content = f"{who}: {event.reason}" if event.reason else f"{who}."
    return _close(conversation, envelope.seq, slot, content, True)


def _tool_finished(conversation: Conversation, envelope: Envelope, event: ToolFinished) -> Conversation:
    slot = conversation.slot_of_call(event.call)
    return _close(conversation, envelope.seq, slot, event.content, event.is_error)


def _tool_interrupted(conversation: Conversation, envelope: Envelope, event: ToolInterrupted) -> Conversation:
    why = {
        "cancelled": "Interrupted before it was done. It may have done part of its work.",
        "crash": "Interrupted: claw stopped while this ran. It may have done part of its work; it was not run again.",
    }[event.reason]
    slot = conversation.slot_of_call(event.call)
    if slot is None:
        return conversation
    return _close(conversation, envelope.seq, slot, _with_reason(why, event.content), True)


def _with_reason(why: str, content: tuple[ResultBlock, ...]) -> tuple[ResultBlock, ...]:
    """What an interrupted call had given, behind the reason. A text that lies in the blob store is not shown."""
    match content:
        case ():
            return texts(why)
        case (TextBlock(text=text),):
            return texts(why if isinstance(text, Blob) else f"{why} Its output so far:\n{text}")
        case _:
            return (*texts(f"{why} What it had given so far:"), *content)


def _interrupted(conversation: Conversation, envelope: Envelope, event: InputInterrupted | TurnHalted) -> Conversation:
    why = NOT_RUN if isinstance(event, InputInterrupted) else HALTED
    for slot in conversation.slots:
        if slot.stage == "started":
            conversation = _set(conversation, envelope.seq, slot, replace(slot, called_off=True))
        else:
            conversation = _close(conversation, envelope.seq, slot, why, True)
    return conversation


# --- hooks -----------------------------------------------------------------------------------------------------------


def _resolving(conversation: Conversation, envelope: Envelope, event: ResolveRequested) -> Conversation:
    """The arguments are the model's, or those that a hook gave the call instead."""
    slot = conversation.slot_of_request(event.request)
    if slot is not None:
        conversation = _set(conversation, envelope.seq, slot, replace(slot, arguments=event.arguments))
    return _advance("resolving", conversation, envelope, event.request)


def _hooked(conversation: Conversation, envelope: Envelope, event: HookRequested) -> Conversation:
    slot = conversation.slot_of_request(event.subject)
    if slot is None or slot.result is not None or event.event not in ("PreToolUse", "PermissionRequest"):
        return conversation
    return _set(conversation, envelope.seq, slot, replace(slot, stage="hooked", call=-1))


def _added(conversation: Conversation, envelope: Envelope, event: ContextAdded) -> Conversation:
    entry = make_entry(envelope.seq, "user", (TextBlock(text=event.text),), event.subject)
    return replace(conversation, queued=(*conversation.queued, entry))


def _refused(conversation: Conversation, envelope: Envelope, event: InputRefused) -> Conversation:
    queued = tuple(entry for entry in conversation.queued if event.input not in (entry.seq, entry.about))
    if conversation.entries:
        return replace(conversation, queued=queued)
    inputs = (entry.blocks[0] for entry in queued if entry.about is None)
    first_words = next((block.text for block in inputs if isinstance(block, TextBlock)), "")
    return replace(conversation, queued=queued, first_words=first_words)


# --- commands in the background: that one has ended is told with the next request, and asks for none by itself -------


def _shell_started(conversation: Conversation, envelope: Envelope, event: ShellStarted) -> Conversation:
    return replace(conversation, shells={**conversation.shells, event.id: envelope.seq})


def _shell_finished(conversation: Conversation, envelope: Envelope, event: ShellFinished) -> Conversation:
    if event.id not in conversation.shells:
        return conversation
    shells = {id: seq for id, seq in conversation.shells.items() if id != event.id}
    conversation = replace(conversation, shells=shells)
    if event.reason == "killed":
        return conversation
    return _told(conversation, envelope.seq, f"The background command {event.id} {ending(event)}.")


def _told(conversation: Conversation, seq: int, news: str) -> Conversation:
    entry = make_entry(seq, "user", (TextBlock(text=f"[claw: {news}]"),), about=seq)
    return replace(conversation, queued=(*conversation.queued, entry))


# --- going back, clearing, compacting --------------------------------------------------------------------------------


def _forked(conversation: Conversation, envelope: Envelope, event: SessionForked) -> Conversation:
    conversation = replace(conversation, asking=None)
    for slot in conversation.slots:
        if slot.stage == "started":
            text = "Unknown: the session was forked while this ran."
            conversation = _close(conversation, envelope.seq, slot, text, True)
        elif slot.result is None:
            conversation = _set(conversation, envelope.seq, slot, replace(slot, stage="wanted", call=-1))
    if conversation.shells:
        news = f"This is a fork; what ran in the background does not run here: {', '.join(conversation.shells)}."
        # Not this event's seq: a message with what became of the calls may have it already.
        first = min(conversation.shells.values())
        conversation = _told(replace(conversation, shells={}), first, news)
    return conversation


def _compacted(conversation: Conversation, envelope: Envelope, event: ContextCompacted) -> Conversation:
    summary = TextBlock(text=SUMMARY_HEADING + event.summary)
    words = conversation.first_words if event.limit is None else cut(conversation.first_words, event.limit)
    blocks = (TextBlock(text=words), summary) if words else (summary,)
    kept = () if event.keep_from is None else conversation.entries[conversation.position(event.keep_from) :]
    entries = (make_entry(envelope.seq, "user", blocks), *kept)
    unmeasured = sum(entry.size for entry in entries)
    return replace(conversation, entries=entries, first_words=words, tokens=0, unmeasured=unmeasured)


def _turn_finished(conversation: Conversation, envelope: Envelope, event: TurnFinished) -> Conversation:
    """What the model could not take is cut, so that the next turn has a chance."""
    limit = event.limit
    if limit is None:
        return conversation
    entries = tuple(shortened(entry, limit) for entry in conversation.entries)
    unmeasured = sum(entry.size for entry in entries)
    words = cut(conversation.first_words, limit)
    return replace(conversation, entries=entries, first_words=words, tokens=0, unmeasured=unmeasured)


CONVERSATION = Projection(
    "conversation",
    Conversation(),
    {
        InputReceived: _received,
        InputInterrupted: _interrupted,
        ModelRequested: _requested,
        ModelFinished: _finished,
        ModelFailed: _failed,
        ToolRequested: _tool_requested,
        ResolveRequested: _resolving,
        HookRequested: _hooked,
        ContextAdded: _added,
        InputRefused: _refused,
        TurnHalted: _interrupted,
        ToolResolved: _resolved,
        PermissionEvaluated: _evaluated,
        PermissionAsked: _asked,
        PermissionAnswered: _answered,
        ToolStarted: lambda c, envelope, event: _advance("started", c, envelope, event.request),
        ToolFinished: _tool_finished,
        ToolInterrupted: _tool_interrupted,
        ShellStarted: _shell_started,
        ShellFinished: _shell_finished,
        SessionForked: _forked,
        ContextCompacted: _compacted,
        TurnFinished: _turn_finished,
        ContextCleared: lambda conversation, _, __: Conversation(shells=conversation.shells),
    },
    owner="agent",
)
