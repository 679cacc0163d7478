"""From the facts of a call to its verdict, and from an answer to what follows."""

from __future__ import annotations

from typing import Any

import msgspec

from claw._native import blake3, evaluate, exclusions
from claw.decide.scheduling import footprint_of
from claw.events.base import Event
from claw.events.permission import (
    PermissionAnswered,
    PermissionAsked,
    PermissionEvaluated,
    PermissionGranted,
    RuleSaveRequested,
)
from claw.events.tool import ToolStarted
from claw.projections.conversation import Slot
from claw.projections.state import State

_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(dict[str, Any]).decode


def judge(state: State, slot: Slot) -> list[Event]:
    """The verdict on a resolved call, and its start or the question about it."""
    mode = state.permissions.mode
    verdict = _decode(evaluate(_question(state, slot)))
    evaluated = PermissionEvaluated(
        request=slot.request,
        verdict=verdict["verdict"],
        mode=mode,
        rule=verdict.get("rule") or "",
        source=verdict.get("source") or "",
        part=verdict.get("part") or "",
        reason=verdict.get("reason") or "",
    )
    if evaluated.verdict == "allow":
        return [evaluated, start(state, slot)]
    if evaluated.verdict == "deny":
        return [evaluated]
    asked = PermissionAsked(
        request=slot.request,
        name=slot.name,
        arguments=slot.arguments,
        reason=evaluated.reason,
        part=evaluated.part,
        suggestion=verdict.get("suggestion") or "",
    )
    return [evaluated, asked]


def _question(state: State, slot: Slot) -> bytes:
    session, permissions = state.session, state.permissions
    return _encode(
        {
            "tool": slot.name,
            "arguments": slot.arguments,
            "mode": permissions.mode,
            "footprint": footprint_of(session, slot.name),
            "facts": {"paths": slot.paths},
            "rules": permissions.rules,
            "grants": [{"rule": grant.rule, "source": f"granted in event {grant.seq}"} for grant in permissions.grants],
            "cwd": session.workspace,
            "home": session.home,
        }
    )


def follow(state: State, slot: Slot, answered: PermissionAnswered) -> list[Event]:
    """What an allowing answer leads to: the grant, the start, and for "always" the rule's way into the settings."""
    rule = slot.suggestion if answered.scope != "once" else ""
    call = _encode([slot.name, slot.arguments, slot.paths])
    granted = PermissionGranted(request=slot.request, scope=answered.scope, digest=blake3(call), rule=rule)
    saved: list[Event] = [RuleSaveRequested(rule=rule)] if answered.scope == "always" and rule else []
    return [granted, start(state, slot), *saved]


def start(state: State, slot: Slot) -> ToolStarted:
    """The intent that lets the call act, without what deny rules keep from it."""
    exclude = tuple(exclusions(_question(state, slot)))
    return ToolStarted(
        request=slot.request, name=slot.name, arguments=slot.arguments, paths=slot.paths, exclude=exclude
    )
