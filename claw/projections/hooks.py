"""What hooks were asked and have said, as far as it still matters: until what they were asked about has gone on."""

from typing import Any

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.hook import STOPS, TOLD, Hook, HookFinished, HookName, HookRequested
from claw.events.model import ModelRequested
from claw.events.permission import Effect
from claw.events.session import ConfigChanged, SessionForked, SessionStarted, TurnFinished
from claw.events.tool import ResolveRequested
from claw.projections.base import Projection

UNANSWERED = "its hook gave no answer"


class HookResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the hook of this `call` said about `subject`. `applied`: the tool call has its input by now."""

    call: int
    event: HookName
    subject: int
    command: str
    source: str
    verdict: Effect | None
    reason: str
    updated: dict[str, Any] | None = None
    applied: bool = False
    root: str
    """The folder of the plugin that brings the hook."""


class Hooks(msgspec.Struct, frozen=True, kw_only=True):
    configured: tuple[Hook, ...] = ()
    since: int = -1
    """The event that configured the first of them: what was under way by then goes on without."""
    open: dict[int, HookRequested] = {}
    """Hooks that run, by the key of their call."""
    results: tuple[HookResult, ...] = ()
    """In the order in which they came."""
    stops: int = 0
    """How often hooks made this turn go on when it would have ended."""

    def about(self, event: HookName, subject: int) -> tuple[HookResult, ...]:
        """What was said so far, in the order in which it was said."""
        return tuple(result for result in self.results if (result.event, result.subject) == (event, subject))

    def result_of(self, call: int) -> HookResult | None:
        """What the hook of this call said, as long as it still matters."""
        return next((result for result in self.results if result.call == call), None)

    def waiting_for(self, subject: int) -> bool:
        """Whether a hook about it still runs."""
        return any(asked.subject == subject for asked in self.open.values())


def _configured(hooks: Hooks, envelope: Envelope, event: SessionStarted | ConfigChanged) -> Hooks:
    if hooks.configured and event.config.hooks:
        return replace(hooks, configured=event.config.hooks)
    return replace(hooks, configured=event.config.hooks, since=envelope.seq)


def _requested(hooks: Hooks, envelope: Envelope, event: HookRequested) -> Hooks:
    return replace(hooks, open={**hooks.open, envelope.seq: event})


def _finished(hooks: Hooks, envelope: Envelope, event: HookFinished) -> Hooks:
    asked = hooks.open.get(event.call)
    if asked is None:
        return hooks
    hooks = replace(hooks, open={call: other for call, other in hooks.open.items() if call != event.call})
    if asked.event in TOLD:
        return hooks
    verdict = _verdict(event)
    result = HookResult(
        call=event.call,
        event=asked.event,
        subject=asked.subject,
        command=asked.command,
        source=asked.source,
        verdict=verdict,
        reason=event.reason or (UNANSWERED if event.outcome != "answered" and verdict else ""),
        updated=event.updated,
        root=asked.root,
    )
    return replace(hooks, results=(*hooks.results, result))


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
    for result in hooks.results:
        if result.subject != event.request or result.applied:
            kept.append(result)
        elif not changed and result.updated == event.arguments:
            kept.append(replace(result, applied=True))
            changed = True
    return replace(hooks, results=tuple(kept)) if changed else hooks


def _sent(hooks: Hooks, envelope: Envelope, event: ModelRequested) -> Hooks:
    if event.purpose != "turn" or not hooks.results:
        return hooks
    kept_going = any(result.verdict == "deny" and result.event in STOPS for result in hooks.results)
    return replace(hooks, results=(), stops=hooks.stops + kept_going)


def _turn_finished(hooks: Hooks, envelope: Envelope, event: TurnFinished) -> Hooks:
    return replace(hooks, results=_of_inputs(hooks), stops=0)


def _forked(hooks: Hooks, envelope: Envelope, event: SessionForked) -> Hooks:
    """Hooks that ran are asked again where they are still needed; what was said of calls is not the fork's."""
    return replace(hooks, open={}, results=_of_inputs(hooks))


def _of_inputs(hooks: Hooks) -> tuple[HookResult, ...]:
    """What was said about inputs, which may still wait."""
    return tuple([result for result in hooks.results if result.event == "UserPromptSubmit"])


HOOKS = Projection(
    "hooks",
    Hooks(),
    {
        SessionStarted: _configured,
        ConfigChanged: _configured,
        HookRequested: _requested,
        HookFinished: _finished,
        ResolveRequested: _resolving,
        ModelRequested: _sent,
        TurnFinished: _turn_finished,
        SessionForked: _forked,
    },
    owner="agent",
)
