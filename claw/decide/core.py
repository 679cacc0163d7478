"""`decide`: what claw does about an event. Pure: the same state and event give the same decisions, anywhere, always."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from claw.decide import hooks, model, permission, scheduling
from claw.decide.flow import ask, compact, go_on
from claw.events.base import Envelope, Event
from claw.events.context import (
    CompactionStarted,
    ContextAdded,
    ContextCleared,
    ContextCompacted,
    InstructionsFound,
    InstructionsRequested,
)
from claw.events.control import CancelRequested, TimerFired
from claw.events.hook import HookFinished, InputRefused, TurnHalted
from claw.events.input import CommandInvoked, InputInterrupted, InputReceived
from claw.events.kinds import TERMINAL, kind_of
from claw.events.model import ModelFailed, ModelFinished
from claw.events.permission import PermissionAnswered, PermissionEvaluated, PermissionRevoked, RuleSaved
from claw.events.session import SessionEnded, SessionResumed, SessionStarted, TurnFinished
from claw.events.tool import ToolFinished, ToolInterrupted, ToolRequested, ToolResolved
from claw.projections.state import State


def decide(state: State, envelope: Envelope) -> list[Event]:
    """Derived events that follow from this one; `state` has it folded in already. Raises nothing on purpose."""
    event = envelope.data
    if isinstance(event, TERMINAL) and state.pending.ended != event.call:
        return []
    function = _DECISIONS.get(type(event))
    return [] if function is None else function(state, event)


def _started(state: State, event: SessionStarted) -> list[Event]:
    return [InstructionsRequested(), *hooks.begun(state, "startup")]


def _resumed(state: State, event: SessionResumed) -> list[Event]:
    waiting = kind_of(InstructionsRequested) in state.pending.calls.values()
    return [*([] if waiting else [InstructionsRequested()]), *hooks.begun(state, "resume")]


def _go_on(state: State, event: Event) -> list[Event]:
    return go_on(state)


def _interrupted(state: State, event: InputInterrupted | TurnHalted) -> list[Event]:
    if not state.pending.turn_open:
        return [CancelRequested(call=call) for call in sorted(state.hooks.open)]
    unstoppable = {"context.instructions_requested", "permission.save_requested"}
    open_calls = [call for call, kind in sorted(state.pending.calls.items()) if kind not in unstoppable]
    return [CancelRequested(call=call) for call in open_calls] or go_on(state)


def _commanded(state: State, event: CommandInvoked) -> list[Event]:
    match event.name:
        case "compact":
            accepted = state.pending.turn_open and not state.pending.calls
            return compact(state, "command") if accepted else []
        case "revoke":
            return [PermissionRevoked(rule=event.argument)]
        case "clear":
            return [ContextCleared()] if state.pending.quiet else []


def _cleared(state: State, event: ContextCleared) -> list[Event]:
    return hooks.begun(state, "clear")


def _compacted(state: State, event: ContextCompacted) -> list[Event]:
    asked_for = state.pending.compacted_on_command and not state.pending.inputs
    told = hooks.begun(state, "compact")
    return [TurnFinished(reason="done"), *told] if asked_for else told or go_on(state)


def _turn_finished(state: State, event: TurnFinished) -> list[Event]:
    return go_on(state)


def _tool_requested(state: State, event: ToolRequested) -> list[Event]:
    if event.error:
        return [] if state.conversation.slots else go_on(state)
    return scheduling.begin_one(state, event)


def _resolved(state: State, event: ToolResolved) -> list[Event]:
    if event.error or state.pending.interrupting:
        return _call_ended(state, event)
    slot = next((slot for slot in state.conversation.slots if slot.stage == "resolved"), None)
    return permission.judge(state, slot) if slot else _call_ended(state, event)


def _evaluated(state: State, event: PermissionEvaluated) -> list[Event]:
    return _call_ended(state, event) if event.verdict == "deny" else []


def _answered(state: State, event: PermissionAnswered) -> list[Event]:
    slot = next((slot for slot in state.conversation.slots if slot.stage == "allowed"), None)
    if event.allowed and slot is not None:
        return permission.follow(state, slot, event)
    return _call_ended(state, event)


def _tool_finished(state: State, event: ToolFinished) -> list[Event]:
    return hooks.after_call(state, event) or _call_ended(state, event)


def _hook_finished(state: State, event: HookFinished) -> list[Event]:
    if event.halt is not None and state.pending.turn_open and not state.pending.interrupting:
        return [TurnHalted(call=event.call, reason=event.halt or f"a {event.event} hook ended the turn")]
    subject = state.hooks.heard[-1].subject if event.event == "UserPromptSubmit" else -1
    return hooks.told(state, event, subject) or _hook_ended(state, event)


def _hook_ended(state: State, event: Event) -> list[Event]:
    """When it was the last one about a call, the call goes on; else the session does."""
    hooked = (slot for slot in state.conversation.slots if slot.stage == "hooked")
    slot = next((slot for slot in hooked if not state.hooks.waiting_for(slot.request)), None)
    return permission.heard(state, slot) if slot else _call_ended(state, event)


def _session_ended(state: State, event: SessionEnded) -> list[Event]:
    return hooks.ended(state, event.reason)


def _call_ended(state: State, event: Event) -> list[Event]:
    """A call has its result: begin those that waited for it, or go on when it was the last."""
    if state.conversation.slots and not state.pending.interrupting:
        return scheduling.begin(state)
    return go_on(state)


_DECISIONS: dict[type[Event], Callable[[State, Any], list[Event]]] = {
    SessionStarted: _started,
    SessionResumed: _resumed,
    InstructionsFound: _go_on,
    InputReceived: _go_on,
    InputInterrupted: _interrupted,
    CommandInvoked: _commanded,
    ModelFinished: model.finished,
    ModelFailed: model.failed,
    CompactionStarted: lambda state, _: ask(state),
    ContextCompacted: _compacted,
    TimerFired: _go_on,
    TurnFinished: _turn_finished,
    ToolRequested: _tool_requested,
    ToolResolved: _resolved,
    ToolFinished: _tool_finished,
    ToolInterrupted: _call_ended,
    PermissionEvaluated: _evaluated,
    PermissionAnswered: _answered,
    RuleSaved: _go_on,
    HookFinished: _hook_finished,
    ContextAdded: _hook_ended,
    InputRefused: _go_on,
    TurnHalted: _interrupted,
    ContextCleared: _cleared,
    SessionEnded: _session_ended,
}
