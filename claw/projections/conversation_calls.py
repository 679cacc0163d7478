"""What events make of the tool calls of the last reply, and of the turn that they stop: once the last call has its
result, all of them are a message.
"""

from typing import Any

from msgspec.structs import replace

from claw.events.agent import AgentAborted
from claw.events.base import Blob, Envelope
from claw.events.content import ResultBlock, TextBlock, ToolResultBlock
from claw.events.control import BudgetExhausted, WaitRequested
from claw.events.hook import TurnHalted
from claw.events.input import InputInterrupted
from claw.events.permission import PermissionAnswered, PermissionAsked, PermissionEvaluated
from claw.events.question import PlanProposed, PlanReviewed, QuestionAsked
from claw.events.results import texts
from claw.events.shell import ShellAsked
from claw.events.tool import (
    ResolveRequested,
    ToolCompleted,
    ToolFinished,
    ToolInterrupted,
    ToolRequested,
    ToolResolved,
)
from claw.projections import turn as turns
from claw.projections.conversation import Conversation, after_typed, append, without_lines
from claw.projections.entries import make_entry
from claw.projections.kept import after_refusal, after_success
from claw.projections.turn import Interrupting, Stage, ToolCall

NOT_RUN = "Interrupted by the user before it ran."
OUT_OF_TIME = "Not run: the time was over."
HALTED = "Not run: a hook ended the turn."


def not_run(turn: Interrupting) -> str:
    """What the model is told of a call that comes too late."""
    return OUT_OF_TIME if turn.out_of_time else NOT_RUN


def set_call(conversation: Conversation, seq: int, call: ToolCall, new: ToolCall) -> Conversation:
    """The conversation with `new` for a call that has no result; when it was the last one, their results are told."""
    known = turns.calls(conversation.turn)
    calls = (new,) if len(known) == 1 else tuple([new if other is call else other for other in known])
    turn = replace(conversation.turn, calls=calls)
    if new.result is not None:
        results = tuple([other.result for other in calls if other.result is not None])
        if len(results) == len(calls) and new.origin != "model":
            return after_typed(replace(conversation, turn=turn), seq, calls)
        if len(results) == len(calls):
            return append(conversation, (make_entry(seq, "user", results),), turn)
    return replace(conversation, turn=turn)


def close(
    conversation: Conversation, seq: int, call: ToolCall | None, content: str | tuple[ResultBlock, ...], is_error: bool
) -> Conversation:
    if call is None or call.result is not None:
        return conversation
    blocks = texts(content) if isinstance(content, str) else content
    result = ToolResultBlock(id=call.id, content=blocks, is_error=is_error)
    return set_call(conversation, seq, call, replace(call, stage="done", result=result))


def requested(conversation: Conversation, envelope: Envelope, event: ToolRequested) -> Conversation:
    call = conversation.calls[event.index]
    named = replace(call, name=event.name, request=envelope.seq, arguments=event.arguments or {}, traits=event.traits)
    conversation = set_call(conversation, envelope.seq, call, named)
    return close(conversation, envelope.seq, named, event.error, True) if event.error else conversation


def advance(stage: Stage, conversation: Conversation, envelope: Envelope, request: int, **data: Any) -> Conversation:
    """The conversation once this intent takes the call to that stage."""
    call = conversation.call_of_request(request)
    if call is None:
        return conversation
    return set_call(conversation, envelope.seq, call, replace(call, stage=stage, key=envelope.seq, **data))


def resolved(conversation: Conversation, envelope: Envelope, event: ToolResolved) -> Conversation:
    call = conversation.call_of_key(event.call)
    if call is None:
        return conversation
    if event.error:
        return close(conversation, envelope.seq, call, event.error, True)
    if isinstance(conversation.turn, Interrupting):
        return close(conversation, envelope.seq, call, not_run(conversation.turn), True)
    moved = call.moved + (call.stage == "started")
    resolved = replace(call, stage="resolved", paths=event.paths, moved=moved)
    return set_call(conversation, envelope.seq, call, resolved)


def evaluated(conversation: Conversation, envelope: Envelope, event: PermissionEvaluated) -> Conversation:
    call = conversation.call_of_request(event.request)
    if event.verdict != "deny":
        if call is None or not event.read_only:
            return conversation
        return set_call(conversation, envelope.seq, call, replace(call, read_only=True))
    told = f"Permission denied: {event.reason}"
    if event.mode == "plan" and not event.rule:  # It may be made once the plan is.
        return close(conversation, envelope.seq, call, told, True)
    return _refuse(conversation, envelope.seq, call, told)


def asked(conversation: Conversation, envelope: Envelope, event: PermissionAsked) -> Conversation:
    offered = {"suggestion": event.suggestion, "wider": event.wider}
    return advance("asked", conversation, envelope, event.request, **offered)


def answered(conversation: Conversation, envelope: Envelope, event: PermissionAnswered) -> Conversation:
    call = conversation.call_of_key(event.call)
    if call is None or call.result is not None:
        return conversation
    if event.allowed:
        return set_call(conversation, envelope.seq, call, replace(call, stage="allowed"))
    whose = {"headless": "Nobody could be asked for permission", "program": "The program in front refused this call"}
    who = whose.get(event.how, "The user refused this call")
    content = f"{who}: {event.reason}" if event.reason else f"{who}."
    if event.how == "withdrawn":
        return close(conversation, envelope.seq, call, content, True)
    return _refuse(conversation, envelope.seq, call, content)


def _refuse(conversation: Conversation, seq: int, call: ToolCall | None, told: str) -> Conversation:
    """It ends with what was said against it, which is remembered."""
    if call is None:
        return conversation
    if call.origin == "person":
        return close(conversation, seq, call, told, True)
    kept = after_refusal(conversation.kept, call, told)
    return close(replace(conversation, kept=kept), seq, call, told, True)


def put(conversation: Conversation, envelope: Envelope, event: QuestionAsked | PlanProposed) -> Conversation:
    call = conversation.call_of_key(event.tool_call)
    if call is None:
        return conversation
    return set_call(conversation, envelope.seq, call, replace(call, question=envelope.seq))


def waits(conversation: Conversation, envelope: Envelope, event: WaitRequested | ShellAsked) -> Conversation:
    """The call waits, or for what is asked of a command in the background."""
    call = conversation.call_of_key(event.tool_call)
    if call is None:
        return conversation
    waiting = replace(call, question=envelope.seq, since=envelope.ts)
    return set_call(conversation, envelope.seq, call, waiting)


def reviewed(conversation: Conversation, envelope: Envelope, event: PlanReviewed) -> Conversation:
    return replace(conversation, plan_is_answer=event.how == "headless")


def finished(conversation: Conversation, envelope: Envelope, event: ToolFinished | ToolCompleted) -> Conversation:
    call = conversation.call_of_key(event.call)
    if call is not None and not event.is_error:
        kept = after_success(conversation.kept, call)
        if kept is not conversation.kept:
            conversation = replace(conversation, kept=kept)
    return close(conversation, envelope.seq, call, event.content, event.is_error)


def cut_off(conversation: Conversation, envelope: Envelope, event: ToolInterrupted) -> Conversation:
    why = {
        "cancelled": "Interrupted before it was done. It may have done part of its work.",
        "crash": "Interrupted: claw stopped while this ran. It may have done part of its work; it was not run again.",
    }[event.reason]
    call = conversation.call_of_key(event.call)
    if call is None:
        return conversation
    return close(conversation, envelope.seq, call, _with_reason(why, event.content), True)


def _with_reason(why: str, content: tuple[ResultBlock, ...]) -> tuple[ResultBlock, ...]:
    """What an interrupted call had given, behind the reason. A text that lies in the blob store is not shown."""
    match content:
        case ():
            return (TextBlock(text=why),)
        case (TextBlock(text=text),):
            return texts(why if isinstance(text, Blob) else f"{why} Its output so far:\n{text}")
        case _:
            return (*texts(f"{why} What it had given so far:"), *content)


def interrupted(
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
    elif isinstance(event, InputInterrupted):
        conversation = without_lines(conversation)
    turn = turns.interrupting(conversation.turn, halted, stopped=stopped, out_of_time=over)
    conversation = replace(conversation, behind=behind, turn=turn)
    for call in conversation.unfinished:
        if call.stage != "started":
            conversation = close(conversation, envelope.seq, call, why, True)
    return conversation


def exhausted(conversation: Conversation, envelope: Envelope, event: BudgetExhausted) -> Conversation:
    return interrupted(conversation, envelope, event) if event.what == "time" else conversation


def resolving(conversation: Conversation, envelope: Envelope, event: ResolveRequested) -> Conversation:
    """The arguments are the model's, or those that a hook gave the call instead."""
    return advance("resolving", conversation, envelope, event.request, arguments=event.arguments)
