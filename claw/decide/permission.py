"""From the facts of a call to its verdict, and from an answer to what follows."""

from __future__ import annotations

from typing import Any

import msgspec

from claw._native import blake3, evaluate
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
    session, permissions = state.session, state.permissions
    question = {
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
    verdict = _decode(evaluate(_encode(question)))
    evaluated = PermissionEvaluated(
        request=slot.request,
        verdict=verdict["verdict"],
        mode=permissions.mode,
        rule=verdict.get("rule") or "",
        source=verdict.get("source") or "",
        part=verdict.get("part") or "",
        reason=verdict.get("reason") or "",
    )
    if evaluated.verdict == "allow":
        return [evaluated, start(slot)]
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


def follow(slot: Slot, answered: PermissionAnswered, suggestion: str) -> list[Event]:
    """What an allowing answer leads to: the grant, the start, and for "always" the rule's way into the settings."""
    rule = suggestion if answered.scope != "once" else ""
    call = _encode([slot.name, slot.arguments, slot.paths])
    granted = PermissionGranted(request=slot.request, scope=answered.scope, digest=blake3(call), rule=rule)
    saved: list[Event] = [RuleSaveRequested(rule=rule)] if answered.scope == "always" and rule else []
    return [granted, start(slot), *saved]


def start(slot: Slot) -> ToolStarted:
    """The intent that lets the call act."""
    return ToolStarted(request=slot.request, name=slot.name, arguments=slot.arguments, paths=slot.paths)
