"""What the model is sent: the messages so far, the inputs that wait, and the turn that is being taken.

The turn is a part of it because the results of its calls are a message: each event moves both in one fold.
"""

from typing import Any

import msgspec
from msgspec.structs import replace

from claw.events.agent import AgentAborted, AgentMessaged, AgentSpawned
from claw.events.base import Blob, Content, Envelope
from claw.events.content import ResultBlock, TextBlock, ToolResultBlock, ToolUseBlock
from claw.events.context import (
    CompactionStarted,
    ContextAdded,
    ContextCleared,
    ContextCompacted,
    ContextRestored,
    InstructionFile,
    InstructionsFound,
    ResultsCleared,
)
from claw.events.control import BudgetExhausted, LoopNoticed
from claw.events.environment import EnvironmentTold
from claw.events.hook import STOPS, HookRequested, InputRefused, TurnHalted
from claw.events.input import AsideAsked, CommandInvoked, InputInterrupted, InputReceived
from claw.events.model import ModelFailed, ModelFellBack, ModelFinished, ModelRequested
from claw.events.output import OutputDemanded
from claw.events.permission import PermissionAnswered, PermissionAsked, PermissionEvaluated
from claw.events.question import PlanAccepted, PlanProposed, PlanReviewed, QuestionAsked
from claw.events.results import texts
from claw.events.session import SessionForked, TurnFinished
from claw.events.shell import ShellFinished, ShellStarted, ending
from claw.events.tool import (
    ResolveRequested,
    ToolCompleted,
    ToolFinished,
    ToolInterrupted,
    ToolRequested,
    ToolResolved,
    ToolStarted,
)
from claw.events.tools import OF_PERSON
from claw.projections import turn as turns
from claw.projections.base import Projection
from claw.projections.cutting import cut
from claw.projections.entries import Entry, chained, make_entry, shortened, with_texts
from claw.projections.kept import SUMMARY_HEADING, Folded, Kept, after_refusal, after_success, beside
from claw.projections.memory import heading
from claw.projections.turn import AskingModel, Compacting, Idle, Interrupting, Ready, Stage, ToolCall, Turn

PLAN_HEADING = "The plan that the user has accepted:\n\n"
INTERRUPTED_TEXT = "[interrupted by the user]"
CUT_OFF = "[cut off: the time was over]"
NOT_RUN = "Interrupted by the user before it ran."
OUT_OF_TIME = "Not run: the time was over."
HALTED = "Not run: a hook ended the turn."


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    entries: tuple[Entry, ...] = ()
    queued: tuple[Entry, ...] = ()
    """Inputs that no request has carried yet, and news of commands in the background."""
    waiting: tuple[Entry, ...] = ()
    """Inputs that wait for the end of the turn."""
    behind: int = 0
    """How many of those inputs came while a turn was open: they open the next one when it ends before it sent them."""
    turn: Turn = Idle()
    shells: dict[str, int] = {}
    """Commands that run in the background: id -> seq of the event that began it."""
    aside: Content = ""
    """What was asked last beside the conversation."""
    asides: tuple[int, ...] = ()
    """The model's calls that answer such questions, by key."""
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


def not_run(turn: Interrupting) -> str:
    """What the model is told of a call that comes too late."""
    return OUT_OF_TIME if turn.out_of_time else NOT_RUN


def _append(conversation: Conversation, added: tuple[Entry, ...], turn: Turn) -> Conversation:
    """The conversation with more messages, and its turn after that."""
    return replace(
        conversation,
        entries=(*conversation.entries, *added),
        bytes=conversation.bytes + sum([entry.bytes for entry in added]),
        digest=chained(conversation.digest, added),
        unmeasured=conversation.unmeasured + sum([entry.size for entry in added]),
        turn=turn,
    )


# --- inputs and model calls ------------------------------------------------------------------------------------------


def _received(conversation: Conversation, envelope: Envelope, event: InputReceived) -> Conversation:
    entry = make_entry(envelope.seq, "user", (TextBlock(text=event.text),))
    turn = conversation.turn
    waits = event.waits and turn.is_open
    return replace(
        conversation,
        queued=conversation.queued if waits else (*conversation.queued, entry),
        waiting=(*conversation.waiting, entry) if waits else conversation.waiting,
        behind=conversation.behind + _opens_another(turn, envelope),
        turn=turn if turn.is_open else Ready(),
        first_words=conversation.first_words or event.text,
    )


def _opens_another(turn: Turn, envelope: Envelope) -> bool:
    """Whether what comes now opens another turn, where this one ends before it is sent. Who was started by another
    agent, and is called off, has no other turn.
    """
    return turn.is_open and not (envelope.agent and isinstance(turn, Interrupting))


def _is_over(turn: Turn) -> bool:
    """Whether the time is over of which another turn without an input would take."""
    return isinstance(turn, Interrupting) and turn.out_of_time


def _spawned(conversation: Conversation, envelope: Envelope, event: AgentSpawned) -> Conversation:
    """Its task is no input of the person's, and no hook's to keep back."""
    entry = make_entry(envelope.seq, "user", (TextBlock(text=event.prompt),), about=envelope.seq)
    kept = Kept(said=(entry,))
    return replace(conversation, queued=(entry,), turn=Ready(), first_words=event.prompt, kept=kept)


def _messaged(conversation: Conversation, envelope: Envelope, event: AgentMessaged) -> Conversation:
    entry = make_entry(envelope.seq, "user", _texts(event.content), about=envelope.seq)
    turn, wakes = conversation.turn, event.wakes
    return replace(
        conversation,
        queued=(*conversation.queued, entry),
        behind=conversation.behind + (wakes and _opens_another(turn, envelope) and not _is_over(turn)),
        turn=Ready() if wakes and not turn.is_open else turn,
    )


def _texts(content: tuple[ResultBlock, ...]) -> tuple[TextBlock, ...]:
    return tuple(block for block in content if isinstance(block, TextBlock))


def _requested(conversation: Conversation, envelope: Envelope, event: ModelRequested) -> Conversation:
    turn = conversation.turn
    if event.purpose == "aside":
        return replace(conversation, asides=(*conversation.asides, envelope.seq))
    if isinstance(turn, Compacting):
        return replace(conversation, turn=replace(turn, attempts=event.attempt))
    asking = AskingModel(key=envelope.seq, attempt=event.attempt)
    kept, inputs = conversation.kept, conversation.inputs
    if inputs:
        kept = replace(kept, said=(*kept.said, *inputs))
    conversation, queued = replace(conversation, kept=kept, plan_is_answer=False), conversation.queued
    return _append(replace(conversation, queued=(), behind=len(conversation.waiting)), queued, asking)


def _finished(conversation: Conversation, envelope: Envelope, event: ModelFinished) -> Conversation:
    if not turns.awaits(conversation.turn, event.call):
        return conversation
    made = tuple([ToolCall(id=block.id, name=block.name) for block in event.content if isinstance(block, ToolUseBlock)])
    said = (make_entry(envelope.seq, "assistant", event.content),) if event.content else ()
    return replace(
        conversation,
        entries=(*conversation.entries, *said),
        bytes=conversation.bytes + (said[0].bytes if said else 0),
        digest=chained(conversation.digest, said),
        turn=turns.replied(conversation.turn, made),
        tokens=event.usage.context,
        unmeasured=0,
        just_compacted=False,
    )


def _failed(conversation: Conversation, envelope: Envelope, event: ModelFailed) -> Conversation:
    """What of the reply had come when it was interrupted is kept."""
    if event.call in conversation.asides:
        return conversation
    belongs = turns.awaits(conversation.turn, event.call)
    turn = turns.failed(conversation.turn, lost=event.failure == "lost")
    said = tuple(block for block in event.content if isinstance(block, TextBlock) and block.text)
    if event.failure != "interrupted" or not belongs or not said:
        return replace(conversation, turn=turn)
    why = CUT_OFF if _is_over(turn) else INTERRUPTED_TEXT
    entry = make_entry(envelope.seq, "assistant", (*said, TextBlock(text=why)))
    return _append(conversation, (entry,), turn)


# --- tool calls ------------------------------------------------------------------------------------------------------


def _set(conversation: Conversation, seq: int, call: ToolCall, new: ToolCall) -> Conversation:
    """The conversation with `new` for a call that has no result; when it was the last one, their results are told."""
    known = turns.calls(conversation.turn)
    calls = (new,) if len(known) == 1 else tuple([new if other is call else other for other in known])
    turn = replace(conversation.turn, calls=calls)
    if new.result is not None:
        results = tuple([other.result for other in calls if other.result is not None])
        if len(results) == len(calls):
            return _append(conversation, (make_entry(seq, "user", results),), turn)
    return replace(conversation, turn=turn)


def _close(
    conversation: Conversation, seq: int, call: ToolCall | None, content: str | tuple[ResultBlock, ...], is_error: bool
) -> Conversation:
    if call is None or call.result is not None:
        return conversation
    blocks = texts(content) if isinstance(content, str) else content
    result = ToolResultBlock(id=call.id, content=blocks, is_error=is_error)
    return _set(conversation, seq, call, replace(call, stage="done", result=result))


def _tool_requested(conversation: Conversation, envelope: Envelope, event: ToolRequested) -> Conversation:
    call = conversation.calls[event.index]
    named = replace(call, request=envelope.seq, arguments=event.arguments or {}, traits=event.traits)
    conversation = _set(conversation, envelope.seq, call, named)
    return _close(conversation, envelope.seq, named, event.error, True) if event.error else conversation


def _advance(stage: Stage, conversation: Conversation, envelope: Envelope, request: int, **data: Any) -> Conversation:
    """The conversation once this intent takes the call to that stage."""
    call = conversation.call_of_request(request)
    if call is None:
        return conversation
    return _set(conversation, envelope.seq, call, replace(call, stage=stage, key=envelope.seq, **data))


def _resolved(conversation: Conversation, envelope: Envelope, event: ToolResolved) -> Conversation:
    call = conversation.call_of_key(event.call)
    if call is None:
        return conversation
    if event.error:
        return _close(conversation, envelope.seq, call, event.error, True)
    if isinstance(conversation.turn, Interrupting):
        return _close(conversation, envelope.seq, call, not_run(conversation.turn), True)
    moved = call.moved + (call.stage == "started")
    resolved = replace(call, stage="resolved", paths=event.paths, moved=moved)
    return _set(conversation, envelope.seq, call, resolved)


def _evaluated(conversation: Conversation, envelope: Envelope, event: PermissionEvaluated) -> Conversation:
    call = conversation.call_of_request(event.request)
    if event.verdict != "deny":
        if call is None or not event.read_only:
            return conversation
        return _set(conversation, envelope.seq, call, replace(call, read_only=True))
    told = f"Permission denied: {event.reason}"
    if event.mode == "plan" and not event.rule:  # It may be made once the plan is.
        return _close(conversation, envelope.seq, call, told, True)
    return _refuse(conversation, envelope.seq, call, told)


def _asked(conversation: Conversation, envelope: Envelope, event: PermissionAsked) -> Conversation:
    offered = {"suggestion": event.suggestion, "wider": event.wider}
    return _advance("asked", conversation, envelope, event.request, **offered)


def _answered(conversation: Conversation, envelope: Envelope, event: PermissionAnswered) -> Conversation:
    call = conversation.call_of_key(event.call)
    if call is None or call.result is not None:
        return conversation
    if event.allowed:
        return _set(conversation, envelope.seq, call, replace(call, stage="allowed"))
    who = "Nobody could be asked for permission" if event.how == "headless" else "The user refused this call"
    content = f"{who}: {event.reason}" if event.reason else f"{who}."
    if event.how == "withdrawn":
        return _close(conversation, envelope.seq, call, content, True)
    return _refuse(conversation, envelope.seq, call, content)


def _refuse(conversation: Conversation, seq: int, call: ToolCall | None, told: str) -> Conversation:
    """It ends with what was said against it, which is remembered."""
    if call is None:
        return conversation
    kept = after_refusal(conversation.kept, call, told)
    return _close(replace(conversation, kept=kept), seq, call, told, True)


def _put(conversation: Conversation, envelope: Envelope, event: QuestionAsked | PlanProposed) -> Conversation:
    call = conversation.call_of_key(event.tool_call)
    if call is None:
        return conversation
    return _set(conversation, envelope.seq, call, replace(call, question=envelope.seq))


def _reviewed(conversation: Conversation, envelope: Envelope, event: PlanReviewed) -> Conversation:
    return replace(conversation, plan_is_answer=event.how == "headless")


def _tool_finished(conversation: Conversation, envelope: Envelope, event: ToolFinished | ToolCompleted) -> Conversation:
    call = conversation.call_of_key(event.call)
    if call is not None and not event.is_error:
        kept = after_success(conversation.kept, call)
        if kept is not conversation.kept:
            conversation = replace(conversation, kept=kept)
    return _close(conversation, envelope.seq, call, event.content, event.is_error)


def _tool_interrupted(conversation: Conversation, envelope: Envelope, event: ToolInterrupted) -> Conversation:
    why = {
        "cancelled": "Interrupted before it was done. It may have done part of its work.",
        "crash": "Interrupted: claw stopped while this ran. It may have done part of its work; it was not run again.",
    }[event.reason]
    call = conversation.call_of_key(event.call)
    if call is None:
        return conversation
    return _close(conversation, envelope.seq, call, _with_reason(why, event.content), True)


def _with_reason(why: str, content: tuple[ResultBlock, ...]) -> tuple[ResultBlock, ...]:
    """What an interrupted call had given, behind the reason. A text that lies in the blob store is not shown."""
    match content:
        case ():
            return (TextBlock(text=why),)
        case (TextBlock(text=text),):
            return texts(why if isinstance(text, Blob) else f"{why} Its output so far:\n{text}")
        case _:
            return (*texts(f"{why} What it had given so far:"), *content)


def _interrupted(
    conversation: Conversation,
    envelope: Envelope,
    event: InputInterrupted | TurnHalted | AgentAborted | BudgetExhausted,
) -> Conversation:
    halted, stopped, why, behind = None, False, NOT_RUN, 0
    over = isinstance(event, BudgetExhausted)
    if isinstance(event, TurnHalted):
        halted, why, behind = event.reason, HALTED, conversation.behind
    elif over:
        why = OUT_OF_TIME
    elif isinstance(event, InputInterrupted) and envelope.agent:
        stopped = True
    elif isinstance(event, InputInterrupted) and event.how == "user":
        behind = conversation.behind
    turn = turns.interrupting(conversation.turn, halted, stopped=stopped, out_of_time=over)
    conversation = replace(conversation, behind=behind, turn=turn)
    for call in conversation.unfinished:
        if call.stage != "started":
            conversation = _close(conversation, envelope.seq, call, why, True)
    return conversation


def _exhausted(conversation: Conversation, envelope: Envelope, event: BudgetExhausted) -> Conversation:
    return _interrupted(conversation, envelope, event) if event.what == "time" else conversation


# --- hooks -----------------------------------------------------------------------------------------------------------


def _resolving(conversation: Conversation, envelope: Envelope, event: ResolveRequested) -> Conversation:
    """The arguments are the model's, or those that a hook gave the call instead."""
    return _advance("resolving", conversation, envelope, event.request, arguments=event.arguments)


def _hooked(conversation: Conversation, envelope: Envelope, event: HookRequested) -> Conversation:
    if event.event in STOPS:
        return replace(conversation, turn=turns.stopping(conversation.turn))
    if event.compaction is not None:
        return replace(conversation, turn=turns.before_compaction(conversation.turn, event.compaction))
    call = conversation.call_of_request(event.subject)
    if call is None:
        return conversation
    return _set(conversation, envelope.seq, call, replace(call, stage="hooked"))


def _added(conversation: Conversation, envelope: Envelope, event: ContextAdded) -> Conversation:
    entry = make_entry(envelope.seq, "user", (TextBlock(text=event.text),), event.subject)
    return replace(conversation, queued=(*conversation.queued, entry))


def _refused(conversation: Conversation, envelope: Envelope, event: InputRefused) -> Conversation:
    queued = tuple(entry for entry in conversation.queued if event.input not in (entry.seq, entry.about))
    conversation = replace(conversation, queued=queued, turn=turns.refused(conversation.turn, event.reason))
    conversation = replace(
        conversation, behind=min(conversation.behind, len(conversation.inputs) + len(conversation.waiting))
    )
    if conversation.entries:
        return conversation
    inputs = (entry.blocks[0] for entry in conversation.inputs)
    first_words = next((block.text for block in inputs if isinstance(block, TextBlock)), "")
    return replace(conversation, first_words=first_words)


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


# --- instructions that have come, changed or gone since the conversation began, told with the next request -----------


def _instructed(conversation: Conversation, envelope: Envelope, event: InstructionsFound) -> Conversation:
    if not event.behind or not (event.files or event.gone):
        return conversation
    blocks = [block for file in event.files for block in _told_of(file)]
    if event.gone:
        blocks.append(TextBlock(text=f"[claw: instructions that do not count any more: {', '.join(event.gone)}]"))
    entry = make_entry(envelope.seq, "user", tuple(blocks), about=envelope.seq, instructions=True)
    return replace(conversation, queued=(*conversation.queued, entry))


def _told_of(file: InstructionFile) -> tuple[TextBlock, ...]:
    before = heading(file, ", changed since they were told" if file.replaces else "")
    if isinstance(file.text, str):
        return (TextBlock(text=before + file.text),)
    return TextBlock(text=before), TextBlock(text=file.text)


# --- going back, clearing, compacting --------------------------------------------------------------------------------


def _forked(conversation: Conversation, envelope: Envelope, event: SessionForked) -> Conversation:
    for call in conversation.calls:
        if call.stage == "started" and call.traits.effect not in OF_PERSON:
            text = "Unknown: the session was forked while this ran."
            conversation = _close(conversation, envelope.seq, call, text, True)
        elif call.result is None:
            conversation = _set(conversation, envelope.seq, call, replace(call, stage="wanted"))
    conversation = replace(conversation, turn=turns.forked(conversation.turn))
    conversation = conversation if conversation.turn.is_open else _waited(conversation)
    if conversation.shells:
        news = f"This is a fork; what ran in the background does not run here: {', '.join(conversation.shells)}."
        # Not this event's seq: a message with what became of the calls may have it already.
        first = min(conversation.shells.values())
        conversation = _told(replace(conversation, shells={}), first, news)
    return conversation


def compacted(conversation: Conversation, seq: int, event: ContextCompacted) -> Conversation:
    """The conversation once the summary is in the place of what it stands for."""
    position = len(conversation.entries) if event.keep_from is None else conversation.position(event.keep_from)
    old, new = conversation.entries[:position], conversation.entries[position:]
    words = conversation.first_words if event.limit is None else cut(conversation.first_words, event.limit)
    plan = (TextBlock(text=PLAN_HEADING + conversation.plan),) if conversation.plan else ()
    if event.inputs is None:
        summary = TextBlock(text=SUMMARY_HEADING + event.summary)
        entry = make_entry(seq, "user", (*([TextBlock(text=words)] if words else []), summary, *plan))
    else:
        entry = make_entry(seq, "user", (*beside(event, conversation.kept.said), *plan))
    # What was said of instructions in between is before the conversation now.
    old, new, queued = (
        tuple([one for one in some if not one.instructions]) for some in (old, new, conversation.queued)
    )
    then = turns.then(conversation.turn)
    turn = then if then.is_open or not conversation.inputs else Ready()
    folded = Folded(summary=seq, entries=old)
    conversation = replace(conversation, turn=turn, just_compacted=True, first_words=words, folded=folded)
    conversation = replace(conversation, queued=queued)
    return _made_of(conversation, (entry, *new))


def _made_of(conversation: Conversation, entries: tuple[Entry, ...]) -> Conversation:
    """The conversation with other messages, which no model has counted."""
    unmeasured, weight = sum(entry.size for entry in entries), sum(entry.bytes for entry in entries)
    conversation = replace(conversation, entries=entries, bytes=weight)
    return replace(conversation, digest=chained("", entries), tokens=0, unmeasured=unmeasured)


def _restored(conversation: Conversation, envelope: Envelope, event: ContextRestored) -> Conversation:
    """What the summary stood for is in its place; what came since follows as it is."""
    folded = conversation.folded
    if folded is None:
        return conversation
    place = conversation.position(folded.summary)
    entries = (*folded.entries, *conversation.entries[place + 1 :])
    return _made_of(replace(conversation, folded=None, just_compacted=False), entries)


def _results_cleared(conversation: Conversation, envelope: Envelope, event: ResultsCleared) -> Conversation:
    texts_of: dict[int, dict[int, str]] = {}
    for result in event.results:
        texts_of.setdefault(result.entry, {})[result.block] = result.text
    entries = tuple(
        with_texts(entry, texts_of[entry.seq]) if entry.seq in texts_of else entry for entry in conversation.entries
    )
    shorter = _made_of(conversation, entries)
    if not conversation.tokens:
        return shorter
    tokens = max(1, conversation.tokens - event.freed)
    return replace(shorter, tokens=tokens, unmeasured=conversation.unmeasured)


def _commanded(conversation: Conversation, envelope: Envelope, event: CommandInvoked) -> Conversation:
    return replace(conversation, focus=event.argument) if event.name == "compact" else conversation


def _waited(conversation: Conversation) -> Conversation:
    """What waited for the end of the turn goes with the next request, whatever that is for."""
    return replace(conversation, queued=(*conversation.queued, *conversation.waiting), waiting=())


def _turn_finished(conversation: Conversation, envelope: Envelope, event: TurnFinished) -> Conversation:
    """Inputs that came behind it open the next turn. What the model could not take is cut for that one."""
    limit, turn = event.limit, Ready() if conversation.behind else Idle()
    conversation = replace(_waited(conversation), turn=turn, behind=0)
    if limit is None:
        return conversation
    words = cut(conversation.first_words, limit)
    entries = tuple(shortened(entry, limit) for entry in conversation.entries)
    return _made_of(replace(conversation, first_words=words), entries)


CONVERSATION = Projection(
    "conversation",
    Conversation(),
    {
        InputReceived: _received,
        AsideAsked: lambda conversation, _, event: replace(conversation, aside=event.text),
        InputInterrupted: _interrupted,
        ModelRequested: _requested,
        ModelFinished: _finished,
        ModelFailed: _failed,
        ModelFellBack: lambda c, _, __: replace(c, turn=turns.fallen_back(c.turn)),
        LoopNoticed: lambda c, envelope, event: _told(c, envelope.seq, event.text),
        ToolRequested: _tool_requested,
        ResolveRequested: _resolving,
        HookRequested: _hooked,
        ContextAdded: _added,
        InstructionsFound: _instructed,
        InputRefused: _refused,
        TurnHalted: _interrupted,
        BudgetExhausted: _exhausted,
        ToolResolved: _resolved,
        PermissionEvaluated: _evaluated,
        PermissionAsked: _asked,
        PermissionAnswered: _answered,
        QuestionAsked: _put,
        PlanProposed: _put,
        PlanReviewed: _reviewed,
        PlanAccepted: lambda conversation, _, event: replace(conversation, plan=event.plan),
        ToolStarted: lambda c, envelope, event: _advance("started", c, envelope, event.request),
        ToolFinished: _tool_finished,
        ToolCompleted: _tool_finished,
        AgentSpawned: _spawned,
        AgentAborted: _interrupted,
        AgentMessaged: _messaged,
        ToolInterrupted: _tool_interrupted,
        ShellStarted: _shell_started,
        ShellFinished: _shell_finished,
        EnvironmentTold: lambda c, envelope, event: _told(c, envelope.seq, event.text),
        OutputDemanded: lambda conversation, envelope, event: _told(conversation, envelope.seq, event.text),
        SessionForked: _forked,
        CompactionStarted: lambda c, _, event: replace(c, turn=turns.compacting(c.turn, event)),
        ContextCompacted: lambda c, envelope, event: compacted(c, envelope.seq, event),
        ContextRestored: _restored,
        ResultsCleared: _results_cleared,
        CommandInvoked: _commanded,
        TurnFinished: _turn_finished,
        ContextCleared: lambda conversation, _, __: Conversation(shells=conversation.shells),
    },
    owner="agent",
)
