"""What hooks were asked and have said, as far as it still matters: until what they were asked about has gone on."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.context import CompactionStarted
from claw.events.hook import CompactionReason, Hook, HookFinished, HookName, HookRequested, InputRefused, TurnHalted
from claw.events.input import InputInterrupted, InputReceived
from claw.events.model import ModelRequested
from claw.events.permission import Effect
from claw.events.session import ConfigChanged, SessionForked, SessionStarted, TurnFinished
from claw.events.tool import ResolveRequested, ToolRequested, ToolStarted
from claw.projections.base import Projection

UNANSWERED = "its hook gave no answer"


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What one hook said about `subject`; `seq` is its `hook.finished`. `applied`: the call has its input by now."""

    seq: int
    event: HookName
    subject: int
    command: str
    source: str
    verdict: Effect | None
    reason: str
    updated: dict[str, Any] | None = None
    applied: bool = False


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A tool call that hooks may be told about once it is over."""

    request: int
    id: str
    name: str
    arguments: dict[str, Any]


class Hooks(msgspec.Struct, frozen=True, kw_only=True):
    configured: tuple[Hook, ...] = ()
    open: dict[int, HookRequested] = {}
    """Hooks that run, by the key of their call."""
    heard: tuple[Heard, ...] = ()
    unsent: tuple[int, ...] = ()
    """Inputs that no request has carried yet, by seq."""
    ids: dict[int, str] = {}
    """Request of a call -> the provider's id of it."""
    running: dict[int, Running] = {}
    """Key of a tool's call -> what was called."""
    asked: bool = False
    """The model was asked in this turn."""
    stopping: bool = False
    """The model had nothing more to do, and nothing was sent since."""
    stops: int = 0
    """How often hooks made this turn go on when it would have ended."""
    compacting: CompactionReason | None = None
    """Why the conversation is to be compacted, while hooks are asked about it."""
    refused: str | None = None
    """Why the last input of this turn was not sent."""
    halted: str | None = None
    """Why a hook wants this turn to end."""

    def about(self, event: HookName, subject: int) -> tuple[Heard, ...]:
        """What was said so far, in the order in which it was said."""
        return tuple(heard for heard in self.heard if (heard.event, heard.subject) == (event, subject))

    def waiting_for(self, subject: int) -> bool:
        """Whether a hook about it still runs."""
        return any(asked.subject == subject for asked in self.open.values())


def _configured(hooks: Hooks, envelope: Envelope, event: SessionStarted | ConfigChanged) -> Hooks:
    return replace(hooks, configured=event.config.hooks)


def _requested(hooks: Hooks, envelope: Envelope, event: HookRequested) -> Hooks:
    hooks = replace(hooks, open={**hooks.open, envelope.seq: event})
    if event.event == "Stop":
        return replace(hooks, stopping=True)
    return replace(hooks, compacting=event.compaction) if event.compaction else hooks


def _finished(hooks: Hooks, envelope: Envelope, event: HookFinished) -> Hooks:
    asked = hooks.open.get(event.call)
    if asked is None:
        return hooks
    hooks = replace(hooks, open={call: other for call, other in hooks.open.items() if call != event.call})
    if asked.event in ("SessionStart", "SessionEnd"):
        return hooks
    verdict = _verdict(event)
    heard = Heard(
        seq=envelope.seq,
        event=asked.event,
        subject=asked.subject,
        command=asked.command,
        source=asked.source,
        verdict=verdict,
        reason=event.reason or (UNANSWERED if event.outcome != "answered" and verdict else ""),
        updated=event.updated,
    )
    return replace(hooks, heard=(*hooks.heard, heard))


def _verdict(event: HookFinished) -> Effect | None:
    """What it said. A hook about a call that gave no answer leaves the call to the person; one about an input that was
    called off or lost keeps it back.
    """
    match event.event, event.outcome:
        case _, "answered":
            return event.verdict
        case "PreToolUse", "unreadable" | "timeout" | "cancelled" | "lost":
            return "ask"
        case "UserPromptSubmit", "cancelled" | "lost":
            return "deny"
    return None


def _resolving(hooks: Hooks, envelope: Envelope, event: ResolveRequested) -> Hooks:
    """The input that a hook gave the call is the call's now: what others said was about another call."""
    kept = []
    changed = False
    for heard in hooks.heard:
        if heard.subject != event.request or heard.applied:
            kept.append(heard)
        elif not changed and heard.updated == event.arguments:
            kept.append(replace(heard, applied=True))
            changed = True
    return replace(hooks, heard=tuple(kept)) if changed else hooks


def _tool_requested(hooks: Hooks, envelope: Envelope, event: ToolRequested) -> Hooks:
    return replace(hooks, ids={**hooks.ids, envelope.seq: event.id}) if hooks.configured else hooks


def _tool_started(hooks: Hooks, envelope: Envelope, event: ToolStarted) -> Hooks:
    if not hooks.configured:
        return hooks
    running = Running(
        request=event.request, id=hooks.ids.get(event.request, ""), name=event.name, arguments=event.arguments
    )
    return replace(hooks, running={**hooks.running, envelope.seq: running})


def _received(hooks: Hooks, envelope: Envelope, event: InputReceived) -> Hooks:
    return replace(hooks, unsent=(*hooks.unsent, envelope.seq)) if hooks.configured else hooks


def _interrupted(hooks: Hooks, envelope: Envelope, event: InputInterrupted) -> Hooks:
    """The turn has nothing to do any more but to end."""
    return replace(hooks, asked=False, stopping=False, compacting=None)


def _halted(hooks: Hooks, envelope: Envelope, event: TurnHalted) -> Hooks:
    return replace(hooks, asked=False, stopping=False, compacting=None, halted=event.reason)


def _sent(hooks: Hooks, envelope: Envelope, event: ModelRequested) -> Hooks:
    if event.purpose != "turn" or not hooks.configured:
        return hooks
    kept_going = hooks.stopping and any(heard.verdict == "deny" for heard in hooks.about("Stop", -1))
    return Hooks(configured=hooks.configured, asked=True, stops=hooks.stops + kept_going)


def _refused(hooks: Hooks, envelope: Envelope, event: InputRefused) -> Hooks:
    unsent = tuple(seq for seq in hooks.unsent if seq != event.input)
    return replace(hooks, unsent=unsent, refused=event.reason)


def _turn_finished(hooks: Hooks, envelope: Envelope, event: TurnFinished) -> Hooks:
    return _of_inputs(hooks) if hooks.configured else hooks


def _forked(hooks: Hooks, envelope: Envelope, event: SessionForked) -> Hooks:
    """Hooks that ran are asked again where they are still needed; what was said of calls is not the fork's."""
    kept = _of_inputs(replace(hooks, open={}))
    return replace(
        kept, ids=hooks.ids, asked=hooks.asked, stopping=hooks.stopping, stops=hooks.stops, compacting=hooks.compacting
    )


def _of_inputs(hooks: Hooks) -> Hooks:
    heard = tuple(heard for heard in hooks.heard if heard.subject in hooks.unsent)
    return Hooks(configured=hooks.configured, open=hooks.open, heard=heard, unsent=hooks.unsent)


HOOKS = Projection(
    "hooks",
    Hooks(),
    {
        SessionStarted: _configured,
        ConfigChanged: _configured,
        HookRequested: _requested,
        HookFinished: _finished,
        ResolveRequested: _resolving,
        ToolRequested: _tool_requested,
        ToolStarted: _tool_started,
        InputReceived: _received,
        InputRefused: _refused,
        InputInterrupted: _interrupted,
        TurnHalted: _halted,
        ModelRequested: _sent,
        CompactionStarted: lambda hooks, _, __: replace(hooks, compacting=None),
        TurnFinished: _turn_finished,
        SessionForked: _forked,
    },
    owner="agent",
)
