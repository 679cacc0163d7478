"""`decide`: what claw does about an event. Pure: the same state and event give the same decisions, anywhere, always."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from claw import prompt
from claw.decide import (
    agents,
    configuring,
    effects,
    hooks,
    idling,
    instructions,
    limits,
    loops,
    mcp,
    model,
    permission,
    plans,
    questions,
    remembering,
    schedules,
    scheduling,
    searching,
    skills,
    surroundings,
    titles,
    told,
    waiting,
)
from claw.decide.addressed import Addressed
from claw.decide.flow import ask, compact, go_on
from claw.events.agent import AgentAborted, AgentFinished, AgentMessaged, AgentSpawned
from claw.events.base import Envelope, Event
from claw.events.context import (
    CompactionStarted,
    ContextAdded,
    ContextCleared,
    ContextCompacted,
    ContextRestored,
    InstructionsFound,
    ResultsCleared,
)
from claw.events.control import (
    BudgetExhausted,
    CancelRequested,
    LimitAnswered,
    LimitAsked,
    LoopNoticed,
    TimerFired,
    WaitEnded,
)
from claw.events.environment import EnvironmentObserved, EnvironmentTold, FilesChanged
from claw.events.hook import HookFinished, InputRefused, TurnHalted
from claw.events.input import AsideAsked, CommandInvoked, InputInterrupted, InputReceived, ShellEntered
from claw.events.kinds import INTENTS, kind_of
from claw.events.mcp import McpConfigured, McpDisconnected, McpOffered, McpTold
from claw.events.memory import MemoryChanged, MemoryLoaded, MemoryTold
from claw.events.model import ModelFailed, ModelFellBack, ModelFinished
from claw.events.output import OutputDemanded
from claw.events.permission import (
    PermissionAnswered,
    PermissionAsked,
    PermissionEvaluated,
    PermissionRevoked,
    RuleSaved,
)
from claw.events.question import PlanProposed, PlanReviewed, QuestionAnswered, QuestionAsked
from claw.events.schedule import ScheduleFired, ScheduleSaved, SchedulesMissed
from claw.events.session import ConfigChanged, SessionEnded, SessionForked, SessionResumed, SessionStarted, TurnFinished
from claw.events.setting import SettingSaved
from claw.events.shell import ShellAnswered, ShellFinished, ShellNoticed
from claw.events.skill import SkillRead
from claw.events.tool import ToolCompleted, ToolFinished, ToolInterrupted, ToolRequested, ToolResolved, ToolStarted
from claw.events.tools import ToolsFound
from claw.events.worktree import WorktreeClosed, WorktreeMade
from claw.projections.state import MAIN, Agent, State
from claw.projections.turn import Idle, Interrupting, RunningCalls, RunningTyped

_UNSTOPPABLE = {kind_of(intent) for intent in INTENTS if not intent.cancellable}
"""The kinds of intent that an interrupt does not call off."""


def decide(state: State, agent: Agent, envelope: Envelope) -> list[Addressed]:
    """Derived events that follow from this one, which is one of `agent`'s; `state` has it folded in already.

    Raises nothing on purpose.
    """
    event = envelope.data
    function = _DECISIONS.get(type(event))
    derived = function(state, agent, event) if function else []
    return [one if isinstance(one, Addressed) else Addressed(agent.id, one) for one in derived]


def is_decided(kind: type[Event]) -> bool:
    """Whether anything may follow from an event of this kind."""
    return kind in _DECISIONS


def _started(state: State, agent: Agent, event: SessionStarted) -> list[Event]:
    looks = _looks(state, agent)
    return [*looks, *hooks.begun(state, agent, "startup")]


def _resumed(state: State, agent: Agent, event: SessionResumed) -> list[Event]:
    looks = _looks(state, agent)
    return [*looks, *mcp.resumed(state, agent, event), *hooks.begun(state, agent, "resume")]


def _looks(state: State, agent: Agent) -> list[Event]:
    """What is looked at as a session begins or goes on."""
    return [
        *instructions.on_opening(state, agent),
        *surroundings.look(state, agent),
        *remembering.load(state, agent),
    ]


def _begun(state: State, agent: Agent, event: ToolStarted) -> list[Event | Addressed]:
    touched = [*instructions.on_touch(state, agent, event), *skills.on_touch(state, agent, event)]
    asked = told.before_completion(state, agent, event)
    return [*(asked or effects.perform(state, agent, event)), *touched]


def _go_on(state: State, agent: Agent, event: Event) -> list[Event]:
    return go_on(state, agent)


def _interrupted(
    state: State, agent: Agent, event: InputInterrupted | TurnHalted | AgentAborted | BudgetExhausted
) -> list[Event | Addressed]:
    children = state.children_of(agent)
    below = agents.abort(children)
    asides = [*idling.end(agent)]
    asides += [CancelRequested(call=call) for call in agent.pending.asides]
    if agent.pending.title is not None and isinstance(event, InputInterrupted) and event.how == "quit":
        asides.append(CancelRequested(call=agent.pending.title))
    if not agent.turn.is_open:
        return [*below, *(CancelRequested(call=call) for call in sorted(agent.hooks.open)), *asides]
    kept = {call.key for call in agent.conversation.unfinished if call.traits.performer == "decide"}
    open_calls = [
        call for call, kind in sorted(agent.pending.awaited.items()) if kind not in _UNSTOPPABLE and call not in kept
    ]
    called_off = [*below, *(CancelRequested(call=call) for call in open_calls)] or go_on(state, agent)
    return [*called_off, *asides]


def _aside_asked(state: State, agent: Agent, event: AsideAsked) -> list[Event]:
    """The question to the model, once, whatever the turn does; a failure is told and not tried again."""
    return [] if limits.is_spent(state, agent) else [prompt.intend(state, agent, "aside", 1)]


def _commanded(state: State, agent: Agent, event: CommandInvoked) -> list[Event]:
    return [*idling.end(agent), *_done(state, agent, event)]


def _done(state: State, agent: Agent, event: CommandInvoked) -> list[Event]:
    match event.name:
        case "compact":
            return compact(state, agent, "command") if agent.quiet else []
        case "uncompact":
            return _uncompact(agent)
        case "revoke":
            return [PermissionRevoked(rule=event.argument)]
        case "clear":
            return [ContextCleared()] if agent.quiet else []


def _uncompact(agent: Agent) -> list[Event]:
    folded = agent.conversation.folded
    return [ContextRestored(compacted=folded.summary)] if folded and agent.quiet else []


def _cleared(state: State, agent: Agent, event: ContextCleared) -> list[Event]:
    return hooks.begun(state, agent, "clear")


def _compacted(state: State, agent: Agent, event: ContextCompacted) -> list[Event]:
    hooked = [*told.compacted(state, agent, event), *hooks.begun(state, agent, "compact")]
    if not agent.turn.is_open:
        return [TurnFinished(reason="done"), *hooked]
    return [*limits.set_timer(state, agent), *(hooked or go_on(state, agent))]


def _turn_finished(state: State, agent: Agent, event: TurnFinished) -> Sequence[Event | Addressed]:
    title = titles.ask(state, agent, event)
    hooked = told.failed(state, agent, event) if agent.id == MAIN else []
    if agent.turn.is_open and not isinstance(agent.turn, RunningTyped):
        return [*limits.set_timer(state, agent), *(hooked or go_on(state, agent)), *title]
    timer = agent.pending.deadline
    ends: list[Event] = [*([] if timer is None else [CancelRequested(call=timer)]), *title]
    if agent.id == MAIN and not agent.turn.is_open:
        ends += [*hooked, *idling.begin(state, agent)]
    if agent.turn.is_open:
        return [*ends, *go_on(state, agent)]
    return ends if agent.origin.parent is None else [*ends, *agents.finish(state, agent, event)]


def _with_timer(state: State, agent: Agent, event: Event) -> list[Event]:
    return [*limits.set_timer(state, agent), *go_on(state, agent)]


def _configured(state: State, agent: Agent, event: ConfigChanged) -> list[Event]:
    """A timer of another limit is called off; one for this limit follows then."""
    timer, notes = agent.pending.deadline, remembering.turned_on(state, agent)
    return [*notes, *(limits.set_timer(state, agent) if timer is None else [CancelRequested(call=timer)])]


def _timer_fired(state: State, agent: Agent, event: TimerFired) -> list[Event]:
    if event.call == agent.pending.idle:
        return idling.over(state, agent, event)
    return limits.out_of_time(state, agent) or _with_timer(state, agent, event)


def _limit_answered(state: State, agent: Agent, event: LimitAnswered) -> list[Event]:
    """Where the turn was called off meanwhile, or the limit is lifted by now, it goes on as it would have."""
    if event.more or isinstance(agent.turn, Interrupting):
        return _with_timer(state, agent, event)
    ends = loops.end(agent) if event.what == "loop" else limits.answered(state, agent)
    return ends or _with_timer(state, agent, event)


def _exhausted(state: State, agent: Agent, event: BudgetExhausted) -> list[Event | Addressed]:
    return _interrupted(state, agent, event) if event.what == "time" else []


def _spawned(state: State, agent: Agent, event: AgentSpawned) -> list[Event]:
    return [*limits.set_timer(state, agent), *(hooks.spawned(state, agent) or go_on(state, agent))]


def _agent_finished(state: State, agent: Agent, event: AgentFinished) -> list[Addressed]:
    return [*agents.close_above(state, agent), *agents.tell_parent(state, agent, event)]


def _messaged(state: State, agent: Agent, event: AgentMessaged) -> list[Event | Addressed]:
    woken = waiting.on_message(state, agent, event)
    return [*woken, *(_with_timer(state, agent, event) if event.wakes else [])]


def _forked(state: State, agent: Agent, event: SessionForked) -> list[Addressed]:
    return agents.left_behind(state, agent)


def _received(state: State, agent: Agent, event: InputReceived) -> list[Event | Addressed]:
    woken = waiting.on_input(agent, event, state)
    looks = [
        *surroundings.look_again(state, agent),
        *instructions.on_input(state, agent),
        *remembering.look_again(state, agent),
        *told.look_at_files(agent),
    ]
    woken = [*idling.end(agent), *woken]
    return [*woken, *([*limits.set_timer(state, agent), *looks] if looks else _with_timer(state, agent, event))]


def _entered(state: State, agent: Agent, event: ShellEntered) -> list[Event]:
    return [*idling.end(agent), *(go_on(state, agent) if isinstance(agent.turn, RunningTyped) else [])]


def _tool_requested(state: State, agent: Agent, event: ToolRequested) -> list[Event]:
    if event.error:
        others = agent.conversation.unfinished and not isinstance(agent.turn, RunningTyped)
        return [] if others else go_on(state, agent)
    return scheduling.begin_one(agent, event)


def _resolved(state: State, agent: Agent, event: ToolResolved) -> list[Event]:
    call = agent.conversation.call_of_key(event.call)
    if call is not None and call.stage == "resolved":
        return permission.judge(state, agent, call)
    return _call_ended(state, agent, event)


def _evaluated(state: State, agent: Agent, event: PermissionEvaluated) -> list[Event]:
    if event.verdict != "deny":
        return []
    return hooks.denied(state, agent, event) or _call_ended(state, agent, event)


def _answered(state: State, agent: Agent, event: PermissionAnswered) -> list[Event]:
    call = agent.conversation.call_of_key(event.call)
    if call is not None and call.stage == "allowed":
        return permission.follow(state, agent, call, event)
    return _call_ended(state, agent, event)


def _tool_finished(state: State, agent: Agent, event: ToolFinished | ToolCompleted) -> list[Event]:
    return hooks.after_call(state, agent, event) or _call_ended(state, agent, event)


def _instructed(state: State, agent: Agent, event: InstructionsFound) -> list[Event]:
    hooked = told.instructed(state, agent, event)
    return [*limits.set_timer(state, agent), *hooked] if hooked else _with_timer(state, agent, event)


def _files_changed(state: State, agent: Agent, event: FilesChanged) -> list[Event]:
    hooked = told.files_changed(state, agent, event)
    return [*limits.set_timer(state, agent), *hooked] if hooked else _with_timer(state, agent, event)


def _hook_finished(state: State, agent: Agent, event: HookFinished) -> Sequence[Event | Addressed]:
    if event.halt is not None and not isinstance(agent.turn, Idle | Interrupting):
        return [TurnHalted(call=event.call, reason=event.halt or f"a {event.event} hook ended the turn")]
    done = told.after_hooks(state, agent, event)
    return done if done is not None else hooks.told(agent, event) or _hook_ended(state, agent, event)


def _hook_ended(state: State, agent: Agent, event: HookFinished | ContextAdded) -> list[Event]:
    """When it was the last one about a call, the call goes on; else the session does."""
    result = agent.hooks.result_of(event.call)
    call = agent.conversation.call_of_request(result.subject) if result else None
    if call is not None and call.stage == "hooked" and not agent.hooks.waiting_for(call.request):
        return permission.after_hooks(state, agent, call)
    return _call_ended(state, agent, event)


def _session_ended(state: State, agent: Agent, event: SessionEnded) -> list[Event]:
    return hooks.ended(state, agent, event.reason)


def _call_ended(state: State, agent: Agent, event: Event) -> list[Event]:
    """A call has its result: begin those that waited for it, or go on when it was the last."""
    running = isinstance(agent.turn, RunningCalls) and agent.conversation.unfinished
    return scheduling.begin(agent) if running else go_on(state, agent)


_DECISIONS: dict[type[Event], Callable[[State, Agent, Any], Sequence[Event | Addressed]]] = {
    SessionStarted: _started,
    SessionResumed: _resumed,
    InstructionsFound: _instructed,
    AsideAsked: _aside_asked,
    InputReceived: _received,
    ShellEntered: _entered,
    EnvironmentObserved: _with_timer,
    EnvironmentTold: _go_on,
    FilesChanged: _files_changed,
    LimitAnswered: _limit_answered,
    LoopNoticed: _go_on,
    ModelFellBack: _go_on,
    InputInterrupted: _interrupted,
    CommandInvoked: _commanded,
    ModelFinished: model.finished,
    ModelFailed: model.failed,
    CompactionStarted: lambda state, agent, _: ask(state, agent),
    ContextCompacted: _compacted,
    ResultsCleared: _go_on,
    TimerFired: _timer_fired,
    BudgetExhausted: _exhausted,
    ConfigChanged: _configured,
    TurnFinished: _turn_finished,
    ToolRequested: _tool_requested,
    ToolResolved: _resolved,
    ToolStarted: _begun,
    ToolFinished: _tool_finished,
    ToolCompleted: _tool_finished,
    ToolInterrupted: _call_ended,
    PermissionEvaluated: _evaluated,
    PermissionAsked: told.notified,
    QuestionAsked: told.notified,
    PlanProposed: told.notified,
    LimitAsked: told.notified,
    PermissionAnswered: _answered,
    RuleSaved: _go_on,
    QuestionAnswered: questions.answered,
    PlanReviewed: plans.reviewed,
    HookFinished: _hook_finished,
    ContextAdded: _hook_ended,
    InputRefused: _go_on,
    OutputDemanded: _go_on,
    TurnHalted: _interrupted,
    ContextCleared: _cleared,
    SessionEnded: _session_ended,
    AgentSpawned: _spawned,
    AgentAborted: _interrupted,
    AgentMessaged: _messaged,
    SessionForked: _forked,
    AgentFinished: _agent_finished,
    ToolsFound: searching.found,
    SkillRead: skills.read,
    McpConfigured: mcp.configured,
    McpOffered: mcp.offered,
    McpTold: _go_on,
    McpDisconnected: mcp.parted,
    SettingSaved: configuring.saved,
    WaitEnded: waiting.ended,
    ShellAnswered: waiting.answered,
    ShellFinished: waiting.on_shell_end,
    ShellNoticed: _with_timer,
    ScheduleSaved: schedules.saved,
    ScheduleFired: schedules.fired,
    SchedulesMissed: schedules.missed,
    MemoryLoaded: lambda state, agent, event: (
        remembering.loaded(state, agent, event) or _with_timer(state, agent, event)
    ),
    MemoryTold: _with_timer,
    MemoryChanged: remembering.changed,
    WorktreeMade: agents.made,
    WorktreeClosed: agents.closed,
}
