"""Where hooks sit in the flow: whom to ask before something goes on, and what follows from what they said.

A hook is asked once about each thing; what it has said is in the state. So whatever waits for hooks simply asks for the
ones that are `due` each time it is looked at, and goes on when there are none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from claw import prompt
from claw._native import blake3
from claw.decide.agents import last_words
from claw.decide.behaviour import number
from claw.events.base import Event
from claw.events.content import ResultBlock, TextBlock
from claw.events.context import ContextAdded
from claw.events.hook import (
    STOPS,
    CompactionReason,
    Hook,
    HookFinished,
    HookName,
    HookRequested,
    InputRefused,
    Judge,
    call_of,
)
from claw.events.permission import Effect, PermissionEvaluated
from claw.events.session import TurnFinished
from claw.events.tool import ResolveRequested, ToolCompleted, ToolFinished
from claw.projections.hooks import HookResult
from claw.projections.state import Agent, State
from claw.projections.turn import Interrupting, ToolCall, calls

ABOUT_CALLS: tuple[HookName, ...] = ("PreToolUse", "PermissionRequest")
"""In the order in which they are asked."""

MOST_STOPS = 8
"""How often in a row hooks may make a turn go on that would have ended."""

_OF_AGENTS: tuple[HookName, ...] = ("SubagentStart", "SubagentStop")
"""Their matchers are compared with kinds of agent, whose names are the same however they are written."""

_NAMES = re.compile(r"[\w|]*", re.ASCII)
_STRICTEST: tuple[Effect, ...] = ("deny", "ask", "allow")


def matches(matcher: str, name: str, *, any_case: bool) -> bool:
    """Whether a hook with this matcher is meant; a pattern need not match the whole name."""
    if matcher in ("", "*"):
        return True
    flags = re.IGNORECASE if any_case else re.NOFLAG
    if _NAMES.fullmatch(matcher):
        return re.fullmatch(matcher, name, flags) is not None
    return re.search(matcher, name, flags) is not None


def _names_file(matcher: str, name: str) -> bool:
    """Whether a hook about files is meant for those that are called so."""
    return matcher in ("", "*") or name in matcher.split("|")


def due(
    state: State,
    agent: Agent,
    event: HookName,
    fields: dict[str, Any],
    *,
    names: Sequence[str] = (),
    subject: int = -1,
    content: tuple[ResultBlock, ...] | None = None,
    compaction: CompactionReason | None = None,
) -> list[Event]:
    """The hooks that have not been asked about this yet. `names` is what matchers are compared with; none: with
    nothing, and all are meant."""
    asked = {(result.command, result.root) for result in agent.hooks.about(event, subject)}
    found: dict[tuple[str, str], Hook] = {}
    any_case = event in _OF_AGENTS
    for hook in (*agent.hooks.configured, *agent.origin.hooks):
        named = (
            any(_names_file(hook.matcher, name) for name in names)
            if event == "FileChanged"
            else any(matches(hook.matcher, name, any_case=any_case) for name in names)
        )
        meant = hook.event == event and (named or not names)
        if meant and (hook.command, hook.root) not in asked:
            found.setdefault((hook.command, hook.root), hook)
    if not found:
        return []
    given = {
        "session_id": state.session.id,
        "transcript_path": "",
        "cwd": state.workspace_of(agent),
        "permission_mode": state.mode_of(agent),
        "hook_event_name": event,
        **_who(state, agent),
        **fields,
    }
    judge = _judge(state, agent) if any(hook.type == "prompt" for hook in found.values()) else None
    return [
        HookRequested(
            event=event,
            command=hook.command,
            source=hook.source,
            timeout_ms=hook.timeout_ms,
            input=given,
            content=content,
            subject=subject,
            compaction=compaction,
            digest=blake3(call_of(hook.command)),
            workspace=agent.origin.workspace,
            type=hook.type,
            headers=hook.headers,
            variables=hook.variables,
            root=hook.root,
            judge=judge if hook.type == "prompt" else None,
        )
        for hook in found.values()
    ]


def _judge(state: State, agent: Agent) -> Judge:
    """Who is asked by prompts: the small model, where there is one."""
    model, parameters = prompt.asking(state, agent, "title")
    return Judge(
        provider=model.provider, api=model.api, model=model.name, base_url=model.base_url, parameters=parameters
    )


def _who(state: State, agent: Agent) -> dict[str, Any]:
    """What hooks are told of an agent that another one has started."""
    kind = agent.origin.kind
    if kind is None or number(state, "agents") < 2:
        return {}
    return {"agent_id": str(agent.id), "agent_type": kind.name}


def strictest(results: Sequence[HookResult]) -> HookResult | None:
    """The first of the strictest; None when nobody said anything that counts."""
    return next((result for effect in _STRICTEST for result in results if result.verdict == effect), None)


# --- calls -----------------------------------------------------------------------------------------------------------


def _names(call: ToolCall) -> tuple[str, ...]:
    """What matchers may call the tool of this call."""
    return (call.name, *call.traits.like)


def before_call(state: State, agent: Agent, call: ToolCall, event: HookName) -> list[Event]:
    """Those to ask about a call before it starts (PreToolUse), or before a person is asked (PermissionRequest)."""
    fields = {"tool_name": call.name, "tool_input": call.arguments}
    if event == "PreToolUse":
        fields["tool_use_id"] = call.id
    return due(state, agent, event, fields, names=_names(call), subject=call.request)


def heeded(
    agent: Agent, call: ToolCall, event: HookName, evaluated: PermissionEvaluated, *, by_mode: bool
) -> PermissionEvaluated:
    """The verdict after what the hooks said of the call: never a looser one, but where it is an ask and nothing but
    the mode wants one (`by_mode`).
    """
    said = strictest(agent.hooks.about(event, call.request))
    if said is None or said.verdict is None:
        return evaluated
    verdict = said.verdict
    if verdict == "ask" and evaluated.mode == "dontAsk":
        verdict = "deny"
    stricter = _STRICTEST.index(verdict) < _STRICTEST.index(evaluated.verdict)
    if not stricter and not (by_mode and verdict in ("ask", "allow")):
        return evaluated
    does = {"deny": "denies", "ask": "wants to be asked about", "allow": "allows"}[said.verdict]
    reason = f"A {event} hook ({said.source}) {does} this" + (f": {said.reason}" if said.reason else ".")
    return replace(evaluated, verdict=verdict, rule="", source=said.source, part=call.name, reason=reason)


def changed(agent: Agent, call: ToolCall) -> list[Event]:
    """A call whose input a hook has changed is another call: it is looked at from the start. Empty: none has."""
    about = [result for result in agent.hooks.results if result.subject == call.request]
    if any(result.verdict == "deny" for result in about):
        return []
    for result in about:
        if result.updated is not None and not result.applied and result.updated != call.arguments:
            return [
                ResolveRequested(
                    request=call.request,
                    name=call.name,
                    arguments=result.updated,
                    workspace=agent.origin.workspace,
                )
            ]
    return []


def after_call(state: State, agent: Agent, event: ToolFinished | ToolCompleted) -> list[Event]:
    """Those to tell that a call has succeeded, or that it has failed."""
    call, since = agent.conversation.call_of_key(event.call), agent.hooks.since
    if call is None or call.key < since or isinstance(agent.turn, Interrupting):
        return []
    if call.origin == "person":
        return []
    if event.is_error:
        return _failed(state, agent, call, event)
    fields = {
        "tool_name": call.name,
        "tool_input": call.arguments,
        "tool_use_id": call.id if call.request > since else "",
        "tool_response": {"is_error": event.is_error, "exit": event.exit if isinstance(event, ToolFinished) else None},
    }
    used = due(state, agent, "PostToolUse", fields, names=_names(call), subject=call.request, content=event.content)
    return [*used, *_written(state, agent, call)]


def _written(state: State, agent: Agent, call: ToolCall) -> list[Event]:
    """Those to tell of the files that the call was to change."""
    if call.traits.footprint != "write":
        return []
    facts = {fact.canonical: fact for fact in call.paths if fact.parameter in call.traits.paths and not fact.directory}
    found: list[Event] = []
    for path, fact in facts.items():
        whole = f"{state.workspace_of(agent)}/{path}" if fact.inside else path
        found += file_changed(state, agent, whole, "change" if fact.exists else "add")
    return found


def file_changed(state: State, agent: Agent, path: str, how: str) -> list[Event]:
    """Those to tell that the file at this absolute path is another one."""
    fields = {"file_path": path, "event": how}
    return due(state, agent, "FileChanged", fields, names=(path.rpartition("/")[2],))


def files_to_look_at(agent: Agent) -> tuple[str, ...] | None:
    """The names of files that hooks want to be told of; none: of all; None: nobody wants to be told."""
    matchers = [hook.matcher for hook in (*agent.hooks.configured, *agent.origin.hooks) if hook.event == "FileChanged"]
    if not matchers:
        return None
    if any(matcher in ("", "*") for matcher in matchers):
        return ()
    return tuple(dict.fromkeys(name for matcher in matchers for name in matcher.split("|")))


def _failed(state: State, agent: Agent, call: ToolCall, event: ToolFinished | ToolCompleted) -> list[Event]:
    fields = {**_of_call(call), "is_interrupt": False}
    return due(
        state, agent, "PostToolUseFailure", fields, names=_names(call), subject=call.request, content=event.content
    )


def denied(state: State, agent: Agent, event: PermissionEvaluated) -> list[Event]:
    """Those to tell that a call is denied, by a rule, the mode or a hook."""
    call = next((call for call in calls(agent.turn) if call.request == event.request), None)
    if call is None or call.origin == "person" or isinstance(agent.turn, Interrupting):
        return []
    fields = {**_of_call(call), "reason": event.reason}
    return due(state, agent, "PermissionDenied", fields, names=_names(call), subject=call.request)


def _of_call(call: ToolCall) -> dict[str, Any]:
    return {"tool_name": call.name, "tool_input": call.arguments, "tool_use_id": call.id}


# --- inputs, sessions, turns, compactions ----------------------------------------------------------------------------


def before_sending(state: State, agent: Agent) -> list[Event]:
    """Those to ask about inputs that no request has carried yet."""
    found: list[Event] = []
    for entry in agent.conversation.inputs:
        said = entry.blocks[0]
        if isinstance(said, TextBlock):
            found += due(state, agent, "UserPromptSubmit", {}, subject=entry.seq, content=(said,))
    return found


def refused(agent: Agent) -> list[Event]:
    """The first input that hooks keep from the model; the next one follows from it."""
    for entry in agent.conversation.inputs:
        said = _blocked(agent, "UserPromptSubmit", entry.seq)
        if said is not None:
            return [InputRefused(input=entry.seq, reason=said.reason or "a hook blocks it", source=said.source)]
    return []


def begun(state: State, agent: Agent, source: str) -> list[Event]:
    """Those to tell that the session has begun, in this way."""
    model = state.model_of(agent).name
    return due(state, agent, "SessionStart", {"source": source, "model": model}, names=(source,))


def ended(state: State, agent: Agent, reason: str) -> list[Event]:
    """Those to tell that the session is over."""
    said = {"quit": "prompt_input_exit"}.get(reason, "other")
    return due(state, agent, "SessionEnd", {"reason": said}, names=(said,))


def spawned(state: State, agent: Agent) -> list[Event]:
    """Those to tell that an agent begins."""
    kind = agent.origin.kind
    return due(state, agent, "SubagentStart", {}, names=(kind.name,)) if kind else []


def before_stop(state: State, agent: Agent) -> list[Event]:
    """Those to ask before a turn ends because the model has no more to do."""
    kind, active = agent.origin.kind, {"stop_hook_active": agent.hooks.stops > 0}
    if kind is None:
        return due(state, agent, "Stop", active)
    fields = {**active, "agent_transcript_path": ""}
    said = (TextBlock(text=last_words(agent)),)
    return due(state, agent, "SubagentStop", fields, names=(kind.name,), content=said)


def keep_going(agent: Agent) -> bool:
    """Whether hooks want the turn to go on, which they may only so often."""
    return _stop_blocked(agent) is not None and agent.hooks.stops < MOST_STOPS


def stopped(agent: Agent) -> TurnFinished:
    """The end of a turn that hooks let end."""
    blocked = _stop_blocked(agent)
    message = f"{blocked.event} hooks made it go on {MOST_STOPS} times; that is enough." if blocked else ""
    return TurnFinished(reason="done", message=message)


def _stop_blocked(agent: Agent) -> HookResult | None:
    return next((result for result in agent.hooks.results if result.event in STOPS and result.verdict == "deny"), None)


def before_compaction(state: State, agent: Agent, reason: CompactionReason) -> list[Event]:
    """Those to ask before the conversation is made shorter."""
    trigger = "manual" if reason == "command" else "auto"
    focus = agent.conversation.focus if reason == "command" else ""
    fields = {"trigger": trigger, "custom_instructions": focus}
    return due(state, agent, "PreCompact", fields, names=(trigger,), compaction=reason)


def against_compaction(agent: Agent) -> HookResult | None:
    """The hook that does not want it."""
    return _blocked(agent, "PreCompact")


def _blocked(agent: Agent, event: HookName, subject: int = -1) -> HookResult | None:
    return next((result for result in agent.hooks.about(event, subject) if result.verdict == "deny"), None)


# --- what the model is told ------------------------------------------------------------------------------------------


def told(agent: Agent, event: HookFinished) -> list[Event]:
    """What the model gets to read of it. Only what is about an input names its subject, and goes with it."""
    reason = ""
    if event.verdict == "deny" and event.event in ("PostToolUse", "PostToolUseFailure"):
        reason = event.reason
    elif event.verdict == "deny" and event.event in STOPS and agent.hooks.stops < MOST_STOPS:
        reason = event.reason or "You are not done yet. Go on."
    text = "\n".join(filter(None, (reason, event.context)))
    if not text:
        return []
    result = agent.hooks.result_of(event.call) if event.event == "UserPromptSubmit" else None
    subject = result.subject if result else -1
    return [ContextAdded(call=event.call, subject=subject, text=f"[{event.event} hook] {text}")]
