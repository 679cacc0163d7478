"""From the facts of a call to its verdict, and from an answer to what follows."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from claw._native import blake3, denials, evaluate, exclusions, kept_from_processes
from claw.decide import agents, configuring, hooks, interpreters, mcp, remembering, schedules, sizes, typed, worktrees
from claw.decide.behaviour import number
from claw.errors import ClawError
from claw.events.base import Event
from claw.events.permission import (
    PermissionAnswered,
    PermissionAsked,
    PermissionEvaluated,
    PermissionGranted,
    RuleSaveRequested,
    Segment,
    directories,
    is_in,
)
from claw.events.tool import PROBE, PROGRAM, DeniedCommand, PathFact, Sandbox, ToolStarted, call_bytes
from claw.projections.state import Agent, State
from claw.projections.turn import ToolCall

EVERYWHERE = "*"
"""Stands for every domain."""

MOST_MOVES = 3
"""How often a call whose facts have changed right before it began is judged anew."""

RESTLESS = "What its paths lead to was another thing each time the call was about to begin."

GRANTED = "granted in event"
"""How the source of a rule begins that an answer in this session added."""

FAILED = "Policy failed on this call, so it is not known what it may do."
"""The reason of a verdict that policy did not come to."""

_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(dict[str, Any]).decode


def judge(state: State, agent: Agent, call: ToolCall) -> list[Event]:
    """The verdict on a resolved call, and its start or the question about it."""
    if call.moved > MOST_MOVES:
        return [_denied_by_builtin(state, agent, call, RESTLESS)]
    given = _given(state, call)
    verdict = given or _stricter(state, agent, call, _verdict(state, agent, call))
    evaluated = PermissionEvaluated(
        request=call.request,
        verdict=verdict["verdict"],
        mode=state.mode_of(agent),
        rule=verdict.get("rule") or "",
        source=verdict.get("source") or "",
        part=verdict.get("part") or "",
        reason=verdict.get("reason") or "",
        segments=msgspec.convert(verdict["segments"], tuple[Segment, ...]),
        read_only=verdict["read_only"],
        digest=_digest(call),
    )
    evaluated = typed.judged(call, evaluated, verdict)
    for event in hooks.ABOUT_CALLS if call.origin != "person" else ():
        if evaluated.verdict != "deny" and (event == "PreToolUse" or evaluated.verdict == "ask"):
            first = hooks.before_call(state, agent, call, event)
            if first:
                return [evaluated, *first]
            if given is None:
                by_mode = _by_mode(state, evaluated, call, verdict)
                evaluated = hooks.heeded(agent, call, event, evaluated, by_mode=by_mode)
    if evaluated.verdict == "allow":
        in_sight = evaluated.read_only or evaluated.source.startswith(GRANTED)
        started = _begin(state, agent, replace(call, read_only=evaluated.read_only), in_sight=in_sight)
        return [evaluated, started] if isinstance(started, ToolStarted) else [started]
    if evaluated.verdict == "deny":
        return [evaluated]
    return [evaluated, _asked(state, agent, call, evaluated, verdict)]


def _stricter(state: State, agent: Agent, call: ToolCall, verdict: dict[str, Any]) -> dict[str, Any]:
    """The verdict, where what the call does is asked about whatever the rules say."""
    for rule in (configuring.judged, schedules.judged, remembering.judged, interpreters.judged, mcp.judged):
        verdict = rule(state, agent, call, verdict)
    return verdict


def _verdict(state: State, agent: Agent, call: ToolCall) -> dict[str, Any]:
    """What policy says of the call, as `evaluate` gives it. Where it fails, the person is asked, if the mode asks."""
    try:
        return _decode(evaluate(question(state, agent, call)))
    except ClawError:
        verdict = "deny" if state.mode_of(agent) in ("dontAsk", "plan") else "ask"
        return {"verdict": verdict, "source": "builtin", "reason": FAILED, "segments": (), "read_only": False}


def _given(state: State, call: ToolCall) -> dict[str, Any] | None:
    """What another policy said of the call, as `evaluate` gives it, where that is taken as given. What hooks made of
    the verdict is in it.
    """
    if state.verdicts is None or call.request not in state.verdicts.evaluated:
        return None
    asked = state.verdicts.asked.get(call.request)
    suggested = {"suggestion": asked.suggestion, "wider": asked.wider} if asked else {}
    return msgspec.structs.asdict(state.verdicts.evaluated[call.request]) | suggested


def after_hooks(state: State, agent: Agent, call: ToolCall) -> list[Event]:
    """What follows once the hooks have spoken about a call: it is judged, or, with another input, resolved again."""
    return hooks.changed(agent, call) or judge(state, agent, call)


def _by_mode(state: State, evaluated: PermissionEvaluated, call: ToolCall, verdict: dict[str, Any]) -> bool:
    """Whether only the mode wants the person to be asked: no rule, no protected path, nothing that is not known, no
    command that nothing would confine.
    """
    asking = [segment for segment in evaluated.segments if segment.verdict == "ask"]
    harmless = evaluated.read_only or call.traits.footprint != "execute"
    return (
        (harmless or state.session.confinement.namespaces)
        and (evaluated.verdict, evaluated.source) == ("ask", "mode")
        and all(segment.source == "mode" for segment in asking)
        and not verdict.get("unresolved")
        and not any(path.protected for path in call.paths)
    )


def _denied_by_builtin(state: State, agent: Agent, call: ToolCall, reason: str) -> PermissionEvaluated:
    return PermissionEvaluated(
        request=call.request, verdict="deny", mode=state.mode_of(agent), source="builtin", reason=reason
    )


def _asked(
    state: State, agent: Agent, call: ToolCall, evaluated: PermissionEvaluated, verdict: dict[str, Any]
) -> PermissionAsked:
    lacks_network = _is_confined(state, agent, call) and EVERYWHERE not in state.session.settings.domains
    return PermissionAsked(
        request=call.request,
        name=call.name,
        arguments=call.arguments,
        reason=evaluated.reason,
        part=evaluated.part,
        suggestion=verdict.get("suggestion") or "",
        segments=evaluated.segments,
        network=lacks_network and state.session.confinement.namespaces,
        wider=tuple(verdict.get("wider") or ()),
        traits=call.traits,
        agent=agent.origin.title,
    )


def question(state: State, agent: Agent, call: ToolCall, granted: str = "") -> bytes:
    """What policy is asked about the call, with one more rule `granted`."""
    session, permissions = state.session, state.permissions
    grants = [
        {"rule": grant.rule, "source": f"{GRANTED} {grant.seq}"}
        for grant in permissions.grants
        if grant.agent == agent.id
    ]
    return _encode(
        {
            "tool": call.name,
            "arguments": agents.judged(state, call),
            "mode": typed.mode_of(state, agent, call),
            "footprint": call.traits.footprint,
            "traits": call.traits,
            "facts": {"paths": call.paths},
            "rules": (*permissions.rules, *agent.conversation.leave.rules),
            "grants": [*grants, {"rule": granted, "source": GRANTED}] if granted else grants,
            "cwd": state.workspace_of(agent),
            "home": session.home,
            "sandboxed": session.confinement.namespaces,
            **worktrees.of_question(state, agent),
        }
    )


def follow(state: State, agent: Agent, call: ToolCall, answered: PermissionAnswered) -> list[Event]:
    """What an allowing answer leads to: the grant, the start, and for "always" the rule's way into the settings. Only a
    rule that was offered is granted."""
    chosen = answered.rule or call.suggestion
    offered = chosen in (call.suggestion, *call.wider)
    rule = chosen if answered.scope != "once" and offered else ""
    started = _begin(state, agent, call, network=answered.network, in_sight=True, rule=rule)
    if not isinstance(started, ToolStarted):
        return [started]
    granted = PermissionGranted(request=call.request, scope=answered.scope, digest=_digest(call), rule=rule)
    saved: list[Event] = [RuleSaveRequested(rule=rule)] if answered.scope == "always" and rule else []
    return [granted, started, *saved]


def _begin(state: State, agent: Agent, call: ToolCall, **how: Any) -> ToolStarted | PermissionEvaluated:
    """The call's start; where policy cannot say what is kept from it, its end."""
    given = state.verdicts.evaluated.get(call.request) if state.verdicts else None
    if given and given.verdict == "deny":
        return given
    try:
        return _start(state, agent, call, **how)
    except ClawError:
        return _denied_by_builtin(state, agent, call, FAILED)


def _start(
    state: State, agent: Agent, call: ToolCall, *, in_sight: bool, network: bool = False, rule: str = ""
) -> ToolStarted:
    """The intent that lets the call act, confined, without what deny rules keep from it.

    `in_sight`: whoever allowed it knew its paths, so it may reach them wherever they lie. `rule` is what this
    step grants.
    """
    return ToolStarted(
        request=call.request,
        name=call.name,
        arguments=call.arguments,
        paths=call.paths,
        exclude=_excluded(state, agent, call),
        digest=_digest(call),
        sandbox=_sandbox(state, agent, call, network=network, in_sight=in_sight),
        room=_room(state, agent, call),
        denied=_denied(state, agent, call, rule),
        traits=call.traits,
        workspace=agent.origin.workspace,
    )


def _room(state: State, agent: Agent, call: ToolCall) -> int | None:
    """Bytes of its result that the model may be told: as its window has room for, and as the tool declares."""
    if number(state, "tools") < 3:
        return None
    room = sizes.room_for_result(state, agent)
    if call.origin != "model":
        return min(room, typed.MOST_ROOM)
    return room if call.traits.limit is None else min(room, call.traits.limit)


def _denied(state: State, agent: Agent, call: ToolCall, granted: str) -> tuple[DeniedCommand, ...]:
    """The rules that are held against every program that the call's process starts."""
    started = state.verdicts.started.get(call.request) if state.verdicts else None
    if started:
        return started.denied
    if not state.session.confinement.traced or call.traits.footprint != "execute":
        return ()
    rules = denials(question(state, agent, call, granted=granted))
    return tuple(DeniedCommand(rule=rule, source=source) for rule, source in rules)


def _excluded(state: State, agent: Agent, call: ToolCall) -> tuple[str, ...]:
    """The paths that deny rules keep from the call's tool."""
    started = state.verdicts.started.get(call.request) if state.verdicts else None
    return started.exclude if started else tuple(exclusions(question(state, agent, call)))


def _kept_from_process(state: State, agent: Agent, call: ToolCall) -> dict[str, tuple[str, ...]]:
    """The paths that deny rules keep the call's process from reading, and from writing."""
    started = state.verdicts.started.get(call.request) if state.verdicts else None
    if started and started.sandbox:
        return {"hidden": started.sandbox.hidden, "kept": started.sandbox.kept}
    hidden, kept = kept_from_processes(question(state, agent, call))
    return {"hidden": tuple(hidden), "kept": tuple(kept)}


def _digest(call: ToolCall) -> str:
    """What a grant is bound to: the tool, its arguments, and the facts they were judged by."""
    return blake3(call_bytes(call.name, call.arguments, call.paths))


def _is_opened(path: PathFact, parts: tuple[str, ...]) -> bool:
    """Whether a call that names this path, and is allowed with it in sight, may reach it only for that."""
    inside = path.inside or is_in(path.canonical, parts)
    return path.parameter not in (PROBE, PROGRAM) and not path.scratch and (path.protected or not inside)


def _is_confined(state: State, agent: Agent, call: ToolCall) -> bool:
    """Whether the call starts a process, the kernel can confine it, and the user did not take all of that away, nor has
    typed the command themselves.
    """
    confinement = state.session.confinement
    possible = confinement.namespaces or confinement.landlock > 0
    if call.origin == "person":
        return False
    return possible and state.mode_of(agent) != "bypassPermissions" and call.traits.footprint == "execute"


def _sandbox(state: State, agent: Agent, call: ToolCall, *, network: bool, in_sight: bool) -> Sandbox | None:
    """How the call's process is confined; None: not at all."""
    if not _is_confined(state, agent, call):
        return None
    parts = directories(state.permissions.rules)
    return Sandbox(
        writable=not call.read_only,
        namespaces=state.session.confinement.namespaces,
        opened=tuple(path.canonical for path in call.paths if in_sight and _is_opened(path, parts)),
        directories=parts,
        network=(EVERYWHERE,) if network else state.session.settings.domains,
        **_kept_from_process(state, agent, call),
    )
