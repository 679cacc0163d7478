"""What each event makes of a conversation: inputs, replies and news here, the rest where its idea is."""

from msgspec.structs import replace

from claw.events.agent import AgentAborted, AgentMessaged, AgentSpawned
from claw.events.base import Envelope
from claw.events.command import Item, Leave
from claw.events.content import ResultBlock, TextBlock, ToolUseBlock
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
from claw.events.control import BudgetExhausted, LoopNoticed, WaitRequested
from claw.events.environment import EnvironmentTold
from claw.events.hook import STOPS, HookRequested, InputRefused, TurnHalted
from claw.events.input import AsideAsked, CommandInvoked, InputInterrupted, InputReceived, InputWithdrawn, ShellEntered
from claw.events.mcp import McpTold
from claw.events.memory import MemoryTold
from claw.events.model import ModelFailed, ModelFellBack, ModelFinished, ModelRequested
from claw.events.output import OutputDemanded
from claw.events.permission import PermissionAnswered, PermissionAsked, PermissionEvaluated
from claw.events.question import PlanAccepted, PlanProposed, PlanReviewed, QuestionAsked
from claw.events.session import SessionForked, TurnFinished
from claw.events.shell import ShellAsked, ShellFinished, ShellNoticed, ShellStarted, ending
from claw.events.skill import SkillRead, SkillsTold
from claw.events.tool import (
    ResolveRequested,
    ToolCompleted,
    ToolFinished,
    ToolInterrupted,
    ToolRequested,
    ToolResolved,
    ToolStarted,
)
from claw.projections import conversation_calls as calls
from claw.projections import conversation_changes as changes
from claw.projections import turn as turns
from claw.projections.base import Projection
from claw.projections.conversation import Conversation, append, first_text, told, typed, with_leave
from claw.projections.entries import chained, make_entry
from claw.projections.kept import Kept
from claw.projections.memory import heading
from claw.projections.turn import AskingModel, Compacting, Interrupting, Ready, ToolCall, Turn
from claw.projections.typed import Line, sent

INTERRUPTED_TEXT = "[interrupted by the user]"
CUT_OFF = "[cut off: the time was over]"


def _received(conversation: Conversation, envelope: Envelope, event: InputReceived) -> Conversation:
    use = event.command
    leave = use.leave if use else Leave()
    if use and use.items:
        return typed(conversation, Line(seq=envelope.seq, items=use.items, parts=use.parts, leave=leave))
    entry = make_entry(envelope.seq, "user", sent(use) if use else (TextBlock(text=event.text),))
    turn = conversation.turn
    waits = event.waits and turn.is_open
    if not turn.is_open:
        conversation = replace(conversation, leave=leave)
    elif waits:
        conversation = replace(conversation, next_leave=with_leave(conversation.next_leave, leave))
    return replace(
        conversation,
        queued=conversation.queued if waits else (*conversation.queued, entry),
        waiting=(*conversation.waiting, entry) if waits else conversation.waiting,
        behind=conversation.behind + _opens_another(turn, envelope),
        turn=turn if turn.is_open else Ready(),
        first_words=conversation.first_words or first_text(entry),
    )


def _withdrawn(conversation: Conversation, envelope: Envelope, event: InputWithdrawn) -> Conversation:
    waiting = tuple(entry for entry in conversation.waiting if entry.seq != event.input)
    if len(waiting) == len(conversation.waiting):
        return conversation
    return replace(conversation, waiting=waiting, behind=max(0, conversation.behind - 1))


def _entered(conversation: Conversation, envelope: Envelope, event: ShellEntered) -> Conversation:
    return typed(conversation, Line(seq=envelope.seq, items=(Item(what="shell", text=event.command),)))


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
    begun = replace(conversation, queued=(entry,), turn=Ready(), first_words=event.prompt, kept=kept)
    return replace(begun, leave=event.leave)


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
    if event.purpose in ("aside", "title"):
        return replace(conversation, asides=(*conversation.asides, envelope.seq))
    if isinstance(turn, Compacting):
        return replace(conversation, turn=replace(turn, attempts=event.attempt))
    asking = AskingModel(key=envelope.seq, attempt=event.attempt)
    kept, inputs = conversation.kept, conversation.inputs
    if inputs:
        kept = replace(kept, said=(*kept.said, *inputs))
    changed = {"kept": kept, "plan_is_answer": False, "queued": (), "behind": len(conversation.waiting)}
    return append(conversation, conversation.queued, asking, **changed)


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
    return append(conversation, (entry,), turn)


def _hooked(conversation: Conversation, envelope: Envelope, event: HookRequested) -> Conversation:
    if event.event in STOPS:
        return replace(conversation, turn=turns.stopping(conversation.turn))
    if event.compaction is not None:
        return replace(conversation, turn=turns.before_compaction(conversation.turn, event.compaction))
    call = conversation.call_of_request(event.subject)
    if call is None or event.event == "TaskCompleted":
        return conversation
    return calls.set_call(conversation, envelope.seq, call, replace(call, stage="hooked"))


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


def _skill_read(conversation: Conversation, envelope: Envelope, event: SkillRead) -> Conversation:
    """What it gives holds for the rest of the turn; of one that is an agent's task, for that agent."""
    if event.fork:
        return conversation
    return replace(conversation, leave=with_leave(conversation.leave, event.leave))


def _skills_told(conversation: Conversation, envelope: Envelope, event: SkillsTold) -> Conversation:
    known = (*conversation.skills_told, *event.names)
    return told(replace(conversation, skills_told=known), envelope.seq, event.text)


def _servers_told(conversation: Conversation, envelope: Envelope, event: McpTold) -> Conversation:
    known = (*conversation.servers_told, *event.servers)
    return told(replace(conversation, servers_told=known), envelope.seq, event.text)


def _shell_started(conversation: Conversation, envelope: Envelope, event: ShellStarted) -> Conversation:
    return replace(conversation, shells={**conversation.shells, event.id: envelope.seq})


def _shell_finished(conversation: Conversation, envelope: Envelope, event: ShellFinished) -> Conversation:
    """That one has ended is told with the next request, and asks for none by itself."""
    if event.id not in conversation.shells:
        return conversation
    shells = {id: seq for id, seq in conversation.shells.items() if id != event.id}
    conversation = replace(conversation, shells=shells)
    if event.reason == "killed":
        return conversation
    if event.id.startswith("bash_"):
        return told(conversation, envelope.seq, f"The background command {event.id} {ending(event)}.")
    gone = f"The interpreter {event.id} {ending(event)}; what its cells had defined is gone."
    return told(conversation, envelope.seq, gone)


def _noticed(conversation: Conversation, envelope: Envelope, event: ShellNoticed) -> Conversation:
    """The agent that the person talks to begins a turn of its own about it; another one is told in the turn it has."""
    news = f"{event.id} ({event.title}) says:]\n{event.text}\n[end of what {event.id} says"
    conversation, turn = told(conversation, envelope.seq, news), conversation.turn
    if envelope.agent:
        return conversation
    behind = conversation.behind + (_opens_another(turn, envelope) and not _is_over(turn))
    return replace(conversation, behind=behind, turn=turn if turn.is_open else Ready())


def _instructed(conversation: Conversation, envelope: Envelope, event: InstructionsFound) -> Conversation:
    """Those that have come, changed or gone since the conversation began are told with the next request."""
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


def _commanded(conversation: Conversation, envelope: Envelope, event: CommandInvoked) -> Conversation:
    return replace(conversation, focus=event.argument) if event.name == "compact" else conversation


CONVERSATION = Projection(
    "conversation",
    Conversation(),
    {
        InputReceived: _received,
        InputWithdrawn: _withdrawn,
        ShellEntered: _entered,
        AsideAsked: lambda conversation, _, event: replace(conversation, aside=event.text),
        InputInterrupted: calls.interrupted,
        ModelRequested: _requested,
        ModelFinished: _finished,
        ModelFailed: _failed,
        ModelFellBack: lambda c, _, __: replace(c, turn=turns.fallen_back(c.turn)),
        LoopNoticed: lambda c, envelope, event: told(c, envelope.seq, event.text),
        ToolRequested: calls.requested,
        ResolveRequested: calls.resolving,
        HookRequested: _hooked,
        ContextAdded: _added,
        InstructionsFound: _instructed,
        InputRefused: _refused,
        TurnHalted: calls.interrupted,
        BudgetExhausted: calls.exhausted,
        ToolResolved: calls.resolved,
        PermissionEvaluated: calls.evaluated,
        PermissionAsked: calls.asked,
        PermissionAnswered: calls.answered,
        QuestionAsked: calls.put,
        PlanProposed: calls.put,
        PlanReviewed: calls.reviewed,
        PlanAccepted: lambda conversation, _, event: replace(conversation, plan=event.plan),
        ToolStarted: lambda c, envelope, event: calls.advance("started", c, envelope, event.request),
        ToolFinished: calls.finished,
        ToolCompleted: calls.finished,
        AgentSpawned: _spawned,
        AgentAborted: calls.interrupted,
        AgentMessaged: _messaged,
        ToolInterrupted: calls.cut_off,
        ShellStarted: _shell_started,
        SkillRead: _skill_read,
        SkillsTold: _skills_told,
        McpTold: _servers_told,
        ShellFinished: _shell_finished,
        ShellNoticed: _noticed,
        ShellAsked: calls.waits,
        WaitRequested: calls.waits,
        EnvironmentTold: lambda c, envelope, event: told(c, envelope.seq, event.text),
        MemoryTold: lambda c, envelope, event: told(c, envelope.seq, event.text),
        OutputDemanded: lambda conversation, envelope, event: told(conversation, envelope.seq, event.text),
        SessionForked: changes.forked,
        CompactionStarted: lambda c, _, event: replace(c, turn=turns.compacting(c.turn, event)),
        ContextCompacted: lambda c, envelope, event: changes.compacted(c, envelope.seq, event),
        ContextRestored: changes.restored,
        ResultsCleared: changes.results_cleared,
        CommandInvoked: _commanded,
        TurnFinished: changes.turn_finished,
        ContextCleared: lambda c, _, __: Conversation(shells=c.shells, asides=c.asides),
    },
    owner="agent",
)
