"""Whatever the world does, in whatever order: a session never hangs, and its conversation stays one a model accepts."""

from __future__ import annotations

from collections import Counter
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from claw import prompt
from claw.events import results
from claw.events.base import Event
from claw.events.content import TextBlock, ToolResultBlock, ToolUseBlock, Usage
from claw.events.context import ContextCleared, InstructionsFound
from claw.events.control import TimerFired
from claw.events.hook import Hook, HookFinished, HookName, HookRequested, InputRefused
from claw.events.input import CommandInvoked, InputInterrupted, InputReceived
from claw.events.model import ModelFailed, ModelFinished, ModelRequested
from claw.events.permission import Mode, PermissionAnswered, PermissionEvaluated, PermissionGranted, RuleSaved
from claw.events.session import RecoveryReport, SessionForked, SessionResumed
from claw.events.shell import ShellFinished, ShellStarted
from claw.events.tool import PathFact, ToolFinished, ToolInterrupted, ToolResolved, ToolStarted
from claw.projections.state import State, fold
from tests.pure.drive import Drive, started

TOOLS = ("Read", "Edit", "Bash", "Fly")
FAILURES = ("overloaded", "auth", "context_overflow", "malformed_stream", "interrupted", "lost")


def answers(draw: st.DrawFn, drive: Drive, call: int) -> Event:
    """One way in which the world may end this call."""
    kind = drive.state.main.pending.calls[call]
    good = draw(st.booleans())
    match kind:
        case "model.requested" if good:
            names = draw(st.lists(st.sampled_from(TOOLS), max_size=3))
            arguments = draw(st.sampled_from(['{"file_path":"a","command":"make"}', "{", ""]))
            tools = [ToolUseBlock(id=f"t{n}", name=name, arguments=arguments) for n, name in enumerate(names)]
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
            return TimerFired(call=call, cancelled=not good)
        case "context.instructions_requested":
            return InstructionsFound(call=call, files=())
        case "hook.requested":
            return said(draw, drive, call, good)
    raise AssertionError(kind)


def said(draw: st.DrawFn, drive: Drive, call: int, good: bool) -> HookFinished:
    """One way in which a hook may end."""
    event = drive.state.main.hooks.open[call].event
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


HOOKS = tuple(
    Hook(event=event, command=f"{event} {number}", source="s")  # type: ignore[arg-type]
    for event in get_args(HookName)
    for number in range(2)
)


def configured(draw: st.DrawFn) -> Drive:
    """A session with some mode and some hooks, or none."""
    mode = draw(st.sampled_from(get_args(Mode)))
    hooks = draw(st.one_of(st.just(()), st.lists(st.sampled_from(HOOKS), unique=True, max_size=8).map(tuple)))
    return Drive(mode=mode, hooks=hooks)


def restart(drive: Drive) -> None:
    """claw died and came back: what `claw.session` does then."""
    before = dict(drive.state.main.pending.calls)
    drive.feed(SessionResumed(runtime=started().runtime, recovery=RecoveryReport(clean=False), date="2026-01-02"))
    for call, kind in sorted(before.items()):
        if kind == "model.requested":
            drive.feed(ModelFailed(call=call, failure="lost", message="m", retryable=True))
        elif kind == "tool.started":
            drive.feed(ToolInterrupted(call=call, reason="crash"))
        elif kind == "hook.requested":
            event = drive.state.main.hooks.open[call].event
            drive.feed(HookFinished(call=call, event=event, source="s", outcome="lost"))
    for shell in drive.state.shells.running:
        drive.feed(ShellFinished(id=shell.id, reason="crash"))


def act(draw: st.DrawFn, drive: Drive) -> None:
    open_calls = sorted(drive.state.main.pending.calls)
    deeds = ("answer",) * 8 + ("say", "interrupt", "restart", "fork", "compact", "clear", "background", "ended")
    deed = draw(st.sampled_from(deeds))
    running = drive.state.shells.running
    match deed:
        case "background" if "tool.started" in drive.state.main.pending.calls.values():
            id = f"bash_{drive.state.shells.started + 1}"
            drive.feed(ShellStarted(id=id, call=drive.open("tool.started"), command="serve"))
        case "ended" if running:
            reason = draw(st.sampled_from(("exited", "killed")))
            assert drive.feed(ShellFinished(id=draw(st.sampled_from(running)).id, reason=reason, exit=0)) == []
        case "answer" if open_calls:
            drive.feed(answers(draw, drive, draw(st.sampled_from(open_calls))))
        case "answer" | "say":
            drive.feed(InputReceived(text=f"hello {drive.last_key()}."))
        case "interrupt":
            drive.feed(InputInterrupted(how=draw(st.sampled_from(("user", "signal", "quit")))))
        case "restart":
            restart(drive)
        case "fork":
            closed = tuple(open_calls)
            runtime = started().runtime
            fork = SessionForked(
                session="f", parent="s", seq=drive.last_key(), chain="", runtime=runtime, workspace="/w", closed=closed
            )
            drive.feed(fork)
            restart(drive)
        case "compact" | "clear" if drive.state.main.quiet:
            drive.feed(CommandInvoked(name=deed))


def check_conversation(drive: Drive) -> None:
    """Results follow their calls at once, all of them, in order."""
    conversation = drive.state.main.conversation
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
            messages = prompt.build(before, before.main, envelope.data).messages
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
    unsent: list[int] = []
    for envelope in drive.log:
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
    assert not any(
        f"hello {seq - 1}." in str(entry) for entry in drive.state.main.conversation.entries for seq in refused
    )


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_session_never_hangs_and_stays_well_formed(data: st.DataObject) -> None:
    drive = configured(data.draw)  # type: ignore[arg-type]
    for _ in range(data.draw(st.integers(1, 40))):
        act(data.draw, drive)  # type: ignore[arg-type]
        check_requests(drive, drive.before)
        main = drive.state.main
        assert main.pending.calls or not main.turn.is_open, "a turn is open and nothing is under way"
        check_conversation(drive)
    check_starts(drive)
    check_inputs(drive)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_every_turn_can_be_brought_to_its_end(data: st.DataObject) -> None:
    drive = configured(data.draw)  # type: ignore[arg-type]
    for _ in range(data.draw(st.integers(1, 25))):
        act(data.draw, drive)  # type: ignore[arg-type]
    drive.feed(InputInterrupted(how="user"))
    for _ in range(200):
        if drive.state.main.quiet:
            break
        for call in sorted(drive.state.main.pending.calls):
            if call not in drive.state.main.pending.calls:
                continue
            kind = drive.state.main.pending.calls[call]
            if kind == "model.requested":
                drive.feed(ModelFinished(call=call, content=(), stop="end_turn", usage=Usage(input=1), nusd=1))
            else:
                drive.feed(answers(data.draw, drive, call))  # type: ignore[arg-type]
    assert drive.state.main.quiet
    assert drive.state.main.conversation.unfinished == ()
