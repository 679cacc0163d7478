"""What events make of the messages that there are: a summary in their place, results cleared, all of it back."""

from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.command import Leave
from claw.events.content import TextBlock
from claw.events.context import (
    ContextCompacted,
    ContextRestored,
    ResultsCleared,
)
from claw.events.session import SessionForked, TurnFinished
from claw.events.tools import OF_PERSON
from claw.projections import conversation_calls as calls
from claw.projections import turn as turns
from claw.projections.conversation import Conversation, made_of, next_typed, told, with_waiting
from claw.projections.cutting import cut
from claw.projections.entries import make_entry, shortened, with_texts
from claw.projections.kept import SUMMARY_HEADING, Folded, beside
from claw.projections.turn import Idle, Ready

PLAN_HEADING = "The plan that the user has accepted:\n\n"


def forked(conversation: Conversation, envelope: Envelope, event: SessionForked) -> Conversation:
    for call in conversation.calls:
        if call.stage == "started" and call.traits.effect not in OF_PERSON:
            text = "Unknown: the session was forked while this ran."
            conversation = calls.close(conversation, envelope.seq, call, text, True)
        elif call.result is None:
            conversation = calls.set_call(conversation, envelope.seq, call, replace(call, stage="wanted"))
    lines = tuple(line for line in conversation.lines if line.parts is not None)
    conversation = replace(conversation, turn=turns.forked(conversation.turn), lines=lines)
    if lines and not conversation.turn.is_open:
        conversation = next_typed(conversation)
    conversation = conversation if conversation.turn.is_open else with_waiting(conversation)
    if conversation.shells:
        news = f"This is a fork; what ran in the background does not run here: {', '.join(conversation.shells)}."
        # Not this event's seq: a message with what became of the calls may have it already.
        first = min(conversation.shells.values())
        conversation = told(replace(conversation, shells={}), first, news)
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
    conversation = replace(conversation, queued=queued, skills_told=(), servers_told=())
    return made_of(conversation, (entry, *new))


def restored(conversation: Conversation, envelope: Envelope, event: ContextRestored) -> Conversation:
    """What the summary stood for is in its place; what came since follows as it is."""
    folded = conversation.folded
    if folded is None:
        return conversation
    place = conversation.position(folded.summary)
    entries = (*folded.entries, *conversation.entries[place + 1 :])
    return made_of(replace(conversation, folded=None, just_compacted=False), entries)


def results_cleared(conversation: Conversation, envelope: Envelope, event: ResultsCleared) -> Conversation:
    texts_of: dict[int, dict[int, str]] = {}
    for result in event.results:
        texts_of.setdefault(result.entry, {})[result.block] = result.text
    entries = tuple(
        with_texts(entry, texts_of[entry.seq]) if entry.seq in texts_of else entry for entry in conversation.entries
    )
    shorter = made_of(conversation, entries)
    if not conversation.tokens:
        return shorter
    tokens = max(1, conversation.tokens - event.freed)
    return replace(shorter, tokens=tokens, unmeasured=conversation.unmeasured)


def turn_finished(conversation: Conversation, envelope: Envelope, event: TurnFinished) -> Conversation:
    """What the person has typed to run comes first; then inputs that came behind open the next turn. What the model
    could not take is cut for that one.
    """
    limit, turn = event.limit, Ready() if conversation.behind else Idle()
    if conversation.lines:
        conversation = next_typed(with_waiting(conversation))
    else:
        conversation = replace(with_waiting(conversation), turn=turn, behind=0, leave=conversation.next_leave)
        conversation = replace(conversation, next_leave=Leave())
    if limit is None:
        return conversation
    words = cut(conversation.first_words, limit)
    entries = tuple(shortened(entry, limit) for entry in conversation.entries)
    return made_of(replace(conversation, first_words=words), entries)
