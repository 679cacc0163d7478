"""Whatever the world does, in whatever order: a session never hangs, and a model accepts its conversations."""

from __future__ import annotations

import json
from collections import Counter
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from claw import prompt
from claw.cli.offline.invariants import Worktrees
from claw.decide.behaviour import CURRENT
from claw.decide.limits import time_left
from claw.events import results
from claw.events.agent import AgentFinished, AgentKind, AgentsChanged, AgentSpawned
from claw.events.base import Event, Intent
from claw.events.content import TextBlock, ToolResultBlock, ToolUseBlock, Usage
from claw.events.context import ContextCleared, InstructionsFound
from claw.events.control import BudgetExhausted, CancelRequested, TimerFired, TimerSet
from claw.events.environment import Environment, EnvironmentObserved, FileChange, FilesChanged, GitState
from claw.events.hook import Hook, HookFinished, HookName, HookRequested, InputRefused
from claw.events.input import CommandInvoked, InputInterrupted, InputReceived
from claw.events.model import ModelFailed, ModelFinished, ModelRequested
from claw.events.permission import (
    Mode,
    PermissionAnswered,
    PermissionEvaluated,
    PermissionGranted,
    RuleSaved,
    is_stricter,
)
from claw.events.session import Limits, RecoveryReport, SessionForked, SessionResumed, TurnFinished
from claw.events.shell import ShellFinished, ShellStarted
from claw.events.tool import PathFact, ResolveRequested, ToolFinished, ToolInterrupted, ToolResolved, ToolStarted
from claw.events.worktree import Worktree, WorktreeClosed, WorktreeCloseRequested, WorktreeMade, WorktreeRequested
from claw.projections.state import MAIN, Agent, State, fold
from claw.projections.turn import Interrupting, then
from claw.tools.agent import Agent as AgentTool
from claw.tools.agent_kinds import KINDS
from tests.pure.drive import BASH, EDIT, GREP, READ, Drive, started

TOOLS = ("Read", "Edit", "Bash", "Fly")
KINDS_TOO = tuple(
    AgentKind(name=str(mode), description="d", instructions="i", source="s", mode=mode, without=without, **limits)
    for mode, without, limits in (
        ("default", (), {"hooks": (Hook(event="SubagentStop", command="kind's own", source="s"),)}),
        ("plan", (), {"turns": 3, "ms": 2_000}),
        ("dontAsk", ("Bash",), {"turns": 1}),
        ("acceptEdits", ("Agent",), {"background": True, "ms": 300}),
        ("bypassPermissions", (), {"turns": 2, "tokens": 9_500}),
        (None, ("Read",), {"turns": 4}),
    )
)
TASKS = tuple(
    json.dumps({"description": "d", "prompt": "p"} | ({"subagent_type": name} if name else {}))
    for name in (None, "Explore", "nobody", *(kind.name for kind in KINDS_TOO))
)
ISOLATED = tuple(
    json.dumps({"description": "d", "prompt": "p", "subagent_type": name, "isolation": "worktree"})
    for name in ("general-purpose", "default", "acceptEdits", "bypassPermissions")
)
FAILURES = ("overloaded", "auth", "context_overflow", "malformed_stream", "interrupted", "lost")


def answers(draw: st.DrawFn, drive: Drive, call: int) -> Event:
    """One way in which the world may end this call."""
    agent, kind = drive.state.calls[call]
    good = draw(st.booleans())
    match kind:
        case "model.requested" if good:
            starts = AgentTool().spec in drive.state.tools.offered
            most = 3 if agent == MAIN else draw(st.integers(0, 3))
            names = draw(st.lists(st.sampled_from((*TOOLS, *(["Agent"] * 6 if starts else ()))), max_size=most))
            arguments = draw(st.sampled_from(['{"file_path":"a","command":"make"}', "{", ""]))
            tasks = (*TASKS, *ISOLATED) if len(drive.state.agents) % 3 else ISOLATED
            tools = [
                ToolUseBlock(
                    id=f"t{n}", name=name, arguments=draw(st.sampled_from(tasks)) if name == "Agent" else arguments
                )
                for n, name in enumerate(names)
            ]
            stop = draw(st.sampled_from(("end_turn", "max_tokens", "refusal", "pause_turn")))
            usage = Usage(input=draw(st.sampled_from((10, 9_000))))
            texts = [TextBlock(text=draw(st.sampled_from(("t", "t" * 3_000))))] * draw(st.integers(0, 1))
            return ModelFinished(call=call, content=(*texts, *tools), stop=stop, usage=usage, nusd=1)
        case "model.requested":
            failure = draw(st.sampled_from(FAILURES))
            retryable = failure in ("overloaded", "malformed_stream", "lost")
            return ModelFailed(call=call, failure=failure, message="m", retryable=retryable)  # type: ignore[arg-type]
        case "tool.resolve_requested":
            fact = PathFact(parameter="file_path", given="a", canonical="a", inside=good)
            intent = drive.log[call].data
            assert isinstance(intent, ResolveRequested)
            if intent.name == "Agent":
                return ToolResolved(call=call, error="" if "prompt" in intent.arguments else "a prompt is missing")
            return ToolResolved(call=call, paths=(fact,), error=draw(st.sampled_from(("", "bad"))))
        case "tool.started" if good:
            return ToolFinished(call=call, content=results.texts(draw(st.sampled_from(("ok", "o" * 3_000)))))
        case "tool.started" if draw(st.booleans()):
            fact = PathFact(parameter="file_path", given="a", canonical="b", inside=draw(st.booleans()))
            return ToolResolved(call=call, paths=(fact,), error=draw(st.sampled_from(("", "", "gone"))))
        case "tool.started":
            return ToolInterrupted(call=call, reason="cancelled")
        case "permission.asked":
            scope = draw(st.sampled_from(("once", "session", "always")))
            return PermissionAnswered(call=call, allowed=good, how="person", scope=scope)
        case "permission.save_requested":
            return RuleSaved(call=call)
        case "timer.set":
            timer = drive.log[call].data
            assert isinstance(timer, TimerSet)
            drive.later(timer.delay_ms if good and timer.purpose == "time" else 0)
            return TimerFired(call=call, cancelled=not good)
        case "context.instructions_requested":
            return InstructionsFound(call=call, files=())
        case "environment.requested":
            git = draw(st.sampled_from((None, GitState(branch="b", head="1" * 40, changed=2, changes=("M a",)))))
            return EnvironmentObserved(call=call, environment=Environment(date="2026-01-02", git=git) if good else None)
        case "files.look_requested":
            changes = draw(
                st.sampled_from(((), (FileChange(path="/w/a", how="change"), FileChange(path="/w/b", how="unlink"))))
            )
            return FilesChanged(call=call, changes=changes)
        case "worktree.requested":
            intent = drive.log[call].data
            assert isinstance(intent, WorktreeRequested)
            made = TREE if good else None
            path = f"/trees/{intent.name}"
            made = made and replace(made, path=path, workspace=path, origin=intent.origin, branch=intent.name)
            return WorktreeMade(call=call, agent_call=intent.agent_call, worktree=made, error="" if good else "no git")
        case "worktree.close_requested":
            intent = drive.log[call].data
            assert isinstance(intent, WorktreeCloseRequested)
            branches = draw(st.sampled_from(((), (intent.worktree.branch,))))
            return WorktreeClosed(call=call, agent_call=intent.agent_call, branches=branches)
        case "hook.requested":
            return said(draw, drive.state.agents[agent], call, good)
    raise AssertionError(kind)


def said(draw: st.DrawFn, agent: Agent, call: int, good: bool) -> HookFinished:
    """One way in which a hook may end."""
    event = agent.hooks.open[call].event
    outcome = "answered" if good else draw(st.sampled_from(("failed", "unreadable", "timeout", "cancelled", "lost")))
    verdict = draw(st.sampled_from((None, "allow", "ask", "deny"))) if good else None
    changes = good and event in ("PreToolUse", "PermissionRequest") and draw(st.booleans())
    return HookFinished(
        call=call,
        event=event,
        source="s",
        outcome=outcome,  # type: ignore[arg-type]
        verdict=verdict,  # type: ignore[arg-type]
        reason=draw(st.sampled_from(("", "why"))) if good else "",
        context=draw(st.sampled_from(("", "know this"))) if good else "",
        updated={"file_path": "b", "command": draw(st.sampled_from(("ls", "make all")))} if changes else None,
        halt=draw(st.sampled_from((None, None, None, "", "enough"))) if good else None,
    )


TREE = Worktree(path="", workspace="", git="/w/.git", top="/w", origin="", branch="", base="c0ffee")
LOST = RecoveryReport(clean=False)
HOOKS = tuple(
    Hook(event=event, command=f"{event} {number}", source="s")  # type: ignore[arg-type]
    for event in get_args(HookName)
    for number in range(2)
)


LIMITS = (
    *(Limits(), Limits(), Limits(nusd=40), Limits(turns=3, nusd=9)),
    *(Limits(ms=5_000), Limits(tokens=30_000, ms=900)),
)


def configured(draw: st.DrawFn, *, agents: bool) -> Drive:
    """A session with some mode and some hooks, or none; its agents may start others, or may not."""
    mode = draw(st.sampled_from(get_args(Mode)))
    hooks = draw(st.one_of(st.just(()), st.lists(st.sampled_from(HOOKS), unique_by=repr, max_size=8).map(tuple)))
    if not agents:
        return Drive(mode=mode, hooks=hooks)
    limits = draw(
        st.sampled_from(
            (
                Limits(),
                Limits(),
                Limits(nusd=40),
                Limits(turns=3, nusd=9),
                Limits(ms=5_000),
                Limits(tokens=30_000, ms=900),
            )
        )
    )
    tools = (READ, EDIT, GREP, BASH, AgentTool().spec)
    drive = Drive(mode=mode, hooks=hooks, limits=limits, tools=tools, behaviours=CURRENT)
    drive.feed(AgentsChanged(kinds=(*KINDS, *KINDS_TOO)))
    return drive


def intent_of(drive: Drive, call: int) -> Intent:
    intent = drive.log[call].data
    assert isinstance(intent, Intent)
    return intent


def of_the_world(drive: Drive) -> list[int]:
    """The open calls that the world ends; the others end with an agent."""
    return [call for call in sorted(drive.state.calls) if intent_of(drive, call).resumption != "keep"]


def feed(drive: Drive, call: int, event: Event) -> list[Event]:
    """What ends an open call is its agent's."""
    return drive.feed(event, agent=drive.state.calls[call][0])


def restart(drive: Drive) -> None:
    """claw died and came back: what `claw.session` does then."""
    before = of_the_world(drive)
    kinds = {call: drive.state.calls[call] for call in before}
    drive.feed(
        SessionResumed(runtime=drive.state.session.runtime or started().runtime, recovery=LOST, date="2026-01-02")
    )
    for call, (id, kind) in kinds.items():
        if kind == "model.requested":
            feed(drive, call, ModelFailed(call=call, failure="lost", message="m", retryable=True))
        elif kind == "tool.started":
            feed(drive, call, ToolInterrupted(call=call, reason="crash"))
        elif kind == "timer.set" and intent_of(drive, call).resumption == "report":
            feed(drive, call, TimerFired(call=call, cancelled=True))
        elif kind == "hook.requested":
            event = drive.state.agents[id].hooks.open[call].event
            feed(drive, call, HookFinished(call=call, event=event, source="s", outcome="lost"))
    for shell in drive.state.shells.running:
        drive.feed(ShellFinished(id=shell.id, reason="crash"), agent=shell.agent)


def act(draw: st.DrawFn, drive: Drive) -> None:
    open_calls = of_the_world(drive)
    drive.later(draw(st.sampled_from((0, 0, 0, 200))))
    deeds = ("answer",) * 8 + (
        "say",
        "interrupt",
        "restart",
        "fork",
        "compact",
        "clear",
        "background",
        "ended",
        "uncompact",
    )
    others = [agent.id for agent in drive.state.agents.values() if agent.id != MAIN and not agent.over]
    deeds += ("tell", "stop") * bool(others)
    deed = draw(st.sampled_from(deeds))
    running = drive.state.shells.running
    acting = [call for call in open_calls if drive.state.calls[call][1] == "tool.started"]
    match deed:
        case "background" if acting:
            id = f"bash_{drive.state.shells.started + 1}"
            feed(drive, acting[0], ShellStarted(id=id, call=acting[0], command="serve"))
        case "ended" if running:
            reason = draw(st.sampled_from(("exited", "killed")))
            shell = draw(st.sampled_from(running))
            assert drive.feed(ShellFinished(id=shell.id, reason=reason, exit=0), agent=shell.agent) == []
        case "answer" if open_calls:
            call = draw(st.sampled_from(open_calls))
            feed(drive, call, answers(draw, drive, call))
        case "answer" | "say":
            drive.feed(InputReceived(text=f"hello {drive.last_key()}."))
        case "tell":
            drive.feed(InputReceived(text=f"hello {drive.last_key()}."), agent=draw(st.sampled_from(others)))
        case "stop":
            drive.feed(InputInterrupted(how="user"), agent=draw(st.sampled_from(others)))
        case "interrupt":
            drive.feed(InputInterrupted(how=draw(st.sampled_from(("user", "signal", "quit")))))
        case "restart":
            restart(drive)
        case "fork":
            closed = tuple(sorted(drive.state.calls))
            runtime = drive.state.session.runtime or started().runtime
            fork = SessionForked(
                session="f", parent="s", seq=drive.last_key(), chain="", runtime=runtime, workspace="/w", closed=closed
            )
            drive.feed(fork)
            restart(drive)
        case "compact" | "clear" | "uncompact" if drive.state.quiet:
            drive.feed(CommandInvoked(name=deed))


def check_that_it_goes_on(drive: Drive) -> None:
    """Whoever has a turn waits for the world, or for an agent that does."""
    for agent in drive.state.agents.values():
        assert agent.turn.is_open or agent.pending.deadline is None or timer_is_called_off(drive, agent)
        if agent.origin.end is None:
            assert agent.pending.awaited or not agent.turn.is_open, "a turn is open and nothing is under way"
            assert agent.id == MAIN or agent.turn.is_open or agent.over, "an agent has no turn and has not ended"
            if agent.over:
                tree = agent.origin.worktrees[-1]
                below = [other for other in drive.state.agents.values() if tree in other.origin.worktrees]
                closing = "worktree.close_requested" in agent.pending.calls.values()
                assert closing != any(other.id != agent.id and not other.origin.end for other in below)
        children = drive.state.children_of(agent)
        making = (intent_of(drive, call) for call in agent.pending.calls)
        waited_for = {child.origin.call for child in children if not child.origin.background}
        waited_for |= {getattr(intent, "agent_call", -1) for intent in making} - {-1}
        assert waited_for == {call for call in agent.pending.calls if intent_of(drive, call).resumption == "keep"}


def timer_is_called_off(drive: Drive, agent: Agent) -> bool:
    return any(
        isinstance(envelope.data, CancelRequested) and envelope.data.call == agent.pending.deadline
        for envelope in drive.log
    )


def check_time(drive: Drive) -> None:
    """Whoever works and has a limit of time has a timer, in a fork from its first request on; and nobody has more time
    than whoever has started it.
    """
    ends = {}
    for agent in drive.state.agents.values():
        left = time_left(drive.state, agent)
        if left is None or agent.origin.end or isinstance(agent.turn, Interrupting):
            continue
        ends[agent.id] = agent.budget.seen + left * 1_000_000
        begins = "context.instructions_requested" in agent.pending.calls.values()
        works = then(agent.turn).is_open and not begins
        assert not left or not works or agent.pending.deadline is not None, agent
        if agent.origin.parent in ends:
            # A limit is rounded to milliseconds.
            assert ends[agent.id] < ends[agent.origin.parent] + 1_000_000


def check_ends(drive: Drive) -> None:
    """Whose time is over ends with that, once what is open of it has ended."""
    over: set[int] = set()
    for envelope in drive.log:
        match envelope.data:
            case BudgetExhausted(what="time"):
                assert envelope.agent not in over
                over.add(envelope.agent)
            case TurnFinished(reason=reason):
                assert (reason == "time") == (envelope.agent in over)
                over.discard(envelope.agent)
            case SessionForked():
                over.clear()


def check_worktrees(drive: Drive) -> None:
    """Each that was made is closed once, when nobody works there any more; in a fork none is."""
    asked = Counter(e.data.worktree.path for e in drive.log if isinstance(e.data, WorktreeCloseRequested))
    made = Counter(e.data.worktree.path for e in drive.log if isinstance(e.data, WorktreeMade) and e.data.worktree)
    assert max(asked.values(), default=1) == max(made.values(), default=1) == 1
    assert asked <= made
    used = {agent.origin.worktrees[-1].path: agent for agent in drive.state.agents.values() if agent.origin.isolated}
    assert used.keys() <= made.keys()
    for path, agent in used.items():
        assert agent.origin.end in (None, "forked", "gone") or path in asked
    checker = Worktrees()
    assert [what for envelope in drive.log for what in checker.see(envelope)] == []


def check_agents(drive: Drive) -> None:
    """Each ends once at most, below its parent, and its parent is told so."""
    ends = Counter(envelope.agent for envelope in drive.log if isinstance(envelope.data, AgentFinished))
    begins = Counter(envelope.agent for envelope in drive.log if isinstance(envelope.data, AgentSpawned))
    assert set(begins.values()) <= {1}
    assert ends <= begins
    for agent in drive.state.agents.values():
        if agent.origin.parent is not None:
            parent = drive.state.agents[agent.origin.parent]
            assert agent.origin.depth == parent.origin.depth + 1 <= 3
            stopped = agent.over or isinstance(agent.turn, Interrupting)
            assert stopped or not parent.origin.end, "an agent outlives its parent"
            assert all(tool in drive.state.tools_of(parent) for tool in drive.state.tools_of(agent))
            assert (agent.origin.end not in (None, "forked", "gone")) == (agent.id in ends)
        mode, session = drive.state.mode_of(agent), drive.state.permissions.mode
        assert mode == session or is_stricter(mode, session)


def check_conversation(agent: Agent) -> None:
    """Results follow their calls at once, all of them, in order."""
    conversation = agent.conversation
    entries = conversation.entries
    for entry, after in zip(entries, (*entries[1:], None), strict=False):
        wanted = [block.id for block in entry.blocks if isinstance(block, ToolUseBlock)]
        if not wanted:
            continue
        if after is None:
            assert [call.id for call in conversation.calls] == wanted
        else:
            assert [block.id for block in after.blocks if isinstance(block, ToolResultBlock)] == wanted


def check_requests(drive: Drive, before: State) -> None:
    """What the model is sent is a conversation that an API accepts."""
    for envelope in drive.new:
        if isinstance(envelope.data, ModelRequested):
            messages = prompt.build(before, before.agents[envelope.agent], envelope.data).messages
            open_calls: list[str] = []
            for message in messages:
                assert [b.id for b in message.blocks if isinstance(b, ToolResultBlock)] == open_calls
                open_calls = [b.id for b in message.blocks if isinstance(b, ToolUseBlock)]
            assert not open_calls
            assert messages
        before = fold(before, envelope)


def check_starts(drive: Drive) -> None:
    """No tool started without an allow or a grant for that very request, and none twice for one."""
    may: Counter[int] = Counter()
    for envelope in drive.log:
        match envelope.data:
            case PermissionEvaluated(verdict="allow", request=request) | PermissionGranted(request=request):
                may[request] += 1
            case ToolStarted(request=request):
                may[request] -= 1
                assert may[request] >= 0, envelope


def check_inputs(drive: Drive) -> None:
    """No input is sent that a hook has refused, or that not all hooks have been heard about."""
    wanted = {hook.command for hook in drive.state.main.hooks.configured if hook.event == "UserPromptSubmit"}
    heard: dict[int, set[str]] = {}
    refused: set[int] = set()
    asked: dict[int, HookRequested] = {}
    unsent_by: dict[int, list[int]] = {}
    for envelope in drive.log:
        unsent = unsent_by.setdefault(envelope.agent, [])
        match envelope.data:
            case InputReceived():
                unsent.append(envelope.seq)
            case HookRequested(event="UserPromptSubmit") as event:
                asked[envelope.seq] = event
            case HookFinished(call=call) if call in asked:
                heard.setdefault(asked[call].subject, set()).add(asked[call].command)
            case InputRefused(input=seq):
                refused.add(seq)
                unsent.remove(seq)
            case ModelRequested(purpose="turn"):
                assert all(heard.get(seq, set()) >= wanted for seq in unsent), envelope
                unsent.clear()
            case ContextCleared():
                unsent.clear()
    entries = [entry for agent in drive.state.agents.values() for entry in agent.conversation.entries]
    assert not any(f"hello {seq - 1}." in str(entry) for entry in entries for seq in refused)


def live(draw: st.DrawFn, drive: Drive, deeds: int) -> None:
    """The world acts so often, and all is well after each of its deeds."""
    for _ in range(deeds):
        act(draw, drive)
        check_requests(drive, drive.before)
        check_that_it_goes_on(drive)
        check_time(drive)
        for agent in drive.state.agents.values():
            check_conversation(agent)
    check_starts(drive)
    check_inputs(drive)
    check_agents(drive)
    check_ends(drive)
    check_worktrees(drive)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_session_never_hangs_and_stays_well_formed(data: st.DataObject) -> None:
    drive = configured(data.draw, agents=False)  # type: ignore[arg-type]
    live(data.draw, drive, data.draw(st.integers(1, 40)))  # type: ignore[arg-type]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_neither_does_one_of_many_agents(data: st.DataObject) -> None:
    drive = configured(data.draw, agents=True)  # type: ignore[arg-type]
    drive.say("delegate")
    live(data.draw, drive, data.draw(st.integers(10, 60)))  # type: ignore[arg-type]


@pytest.mark.parametrize("agents", [False, True])
@given(st.data())
@settings(max_examples=150, deadline=None)
def test_every_turn_can_be_brought_to_its_end(agents: bool, data: st.DataObject) -> None:
    drive = configured(data.draw, agents=agents)  # type: ignore[arg-type]
    for _ in range(data.draw(st.integers(1, 25))):
        act(data.draw, drive)  # type: ignore[arg-type]
    drive.feed(InputInterrupted(how="user"))
    for _ in range(200):
        if drive.state.quiet:
            break
        for call in of_the_world(drive):
            if call not in drive.state.calls:
                continue
            if drive.state.calls[call][1] == "model.requested":
                feed(drive, call, ModelFinished(call=call, content=(), stop="end_turn", usage=Usage(input=1), nusd=1))
            else:
                feed(drive, call, answers(data.draw, drive, call))  # type: ignore[arg-type]
    assert drive.state.quiet
    assert all(agent.origin.end for agent in drive.state.agents.values() if agent.id != MAIN)
    here = [agent for agent in drive.state.agents.values() if agent.origin.end not in ("forked", "gone")]
    assert all(agent.conversation.unfinished == () for agent in here)
