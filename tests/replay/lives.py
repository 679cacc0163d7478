"""Made-up sessions: whatever an open call may be answered with, in any order, with a person who interferes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from claw._native import POLICY_DIGEST
from claw.events.base import Blob, Event
from claw.events.content import (
    DocumentBlock,
    ImageBlock,
    ResourceLinkBlock,
    TextBlock,
    ThinkingBlock,
    ToolUseBlock,
    Usage,
)
from claw.events.context import InstructionsFound
from claw.events.control import TimerFired
from claw.events.input import CommandInvoked, InputInterrupted, InputReceived
from claw.events.model import ModelFailed, ModelFinished
from claw.events.permission import PermissionAnswered, RuleSaved
from claw.events.session import RecoveryReport, Runtime, SessionForked, SessionRenamed, SessionResumed, SessionTagged
from claw.events.tool import PathFact, ToolFinished, ToolInterrupted, ToolOutput, ToolResolved
from tests.pure.drive import Drive

RUNTIME = Runtime(claw="0", python="3", platform="Linux", seed=11, policy=POLICY_DIGEST)

texts = st.text("abc é\n", max_size=8) | st.just("long " * 600)
media = st.sampled_from(
    (
        ImageBlock(media_type="image/png", data="AAAA", width=300, height=200),
        ImageBlock(media_type="image/webp", data=Blob(digest="ab" * 32, size=70_000)),
        DocumentBlock(media_type="application/pdf", data="JVBERi0=", title="a.pdf", pages=2),
        ResourceLinkBlock(uri="file:///a", name="a"),
    )
)
results = st.lists(st.builds(TextBlock, text=texts) | media, max_size=3).map(tuple)
usages = st.builds(Usage, input=st.integers(0, 9_000), output=st.integers(0, 900), cache_read=st.integers(0, 50))
blocks = st.one_of(
    st.builds(TextBlock, text=texts),
    st.builds(ThinkingBlock, text=texts, api=st.just("anthropic"), opaque=st.sampled_from(["", '{"signature":"s"}'])),
    st.builds(
        ToolUseBlock,
        id=st.sampled_from(["t1", "t2", "t3"]),
        name=st.sampled_from(["Read", "Edit", "Bash", "Nowhere"]),
        arguments=st.sampled_from(["{}", '{"file_path":"a"}', '{"command":"ls"}', "{", '{"a":1,"a":2}']),
    ),
)
contents = st.lists(blocks, max_size=4).map(tuple)


def facts(inside: bool) -> tuple[PathFact, ...]:
    return (PathFact(parameter="file_path", given="a", canonical="a" if inside else "/etc/a", inside=inside),)


def ending(call: int, kind: str) -> st.SearchStrategy[Event]:
    """How a call of this kind may end."""
    key: Any = st.just(call)
    match kind:
        case "model.requested":
            stops = st.sampled_from(["end_turn", "tool_use", "max_tokens", "refusal", "pause_turn"])
            failures = st.sampled_from(["overloaded", "auth", "context_overflow", "interrupted", "lost", "connection"])
            return st.one_of(
                st.builds(
                    ModelFinished, call=key, content=contents, stop=stops, usage=usages, nusd=st.none() | st.just(7)
                ),
                st.builds(
                    ModelFailed, call=key, failure=failures, message=texts, retryable=st.booleans(), content=contents
                ),
            )
        case "tool.resolve_requested":
            paths = st.builds(facts, st.booleans())
            return st.builds(ToolResolved, call=key, paths=paths, error=st.sampled_from(["", "", "", "wrong"]))
        case "tool.started":
            return st.one_of(
                st.builds(
                    ToolFinished, call=key, content=results, is_error=st.booleans(), duration_ns=st.integers(0, 9)
                ),
                st.builds(ToolInterrupted, call=key, reason=st.sampled_from(["cancelled", "crash"]), content=results),
            )
        case "permission.asked":
            return st.builds(
                PermissionAnswered,
                call=key,
                allowed=st.booleans(),
                how=st.just("person"),
                scope=st.sampled_from(["once", "session", "always"]),
                reason=texts,
            )
        case "permission.save_requested":
            return st.builds(RuleSaved, call=key)
        case "timer.set":
            return st.builds(TimerFired, call=key, cancelled=st.booleans())
    return st.builds(InstructionsFound, call=key, files=st.just(()))


interference: st.SearchStrategy[Event] = st.one_of(
    st.builds(InputReceived, text=texts, id=st.sampled_from(["", "i1", "i2"])),
    st.builds(InputInterrupted, how=st.just("user")),
    st.builds(CommandInvoked, name=st.sampled_from(["compact", "clear", "revoke"]), argument=st.just("Bash(ls)")),
    st.builds(SessionRenamed, name=st.just("other")),
    st.builds(SessionTagged, added=st.just(("one", "two")), removed=st.just(("three",))),
    st.builds(ToolOutput, call=st.integers(0, 40), index=st.just(0), text=texts),
    st.builds(TimerFired, call=st.integers(0, 40)),
    st.builds(ToolFinished, call=st.integers(0, 40), content=results),
    st.builds(
        SessionResumed,
        runtime=st.just(RUNTIME),
        recovery=st.just(RecoveryReport(clean=False)),
        date=st.just("2026-01-02"),
    ),
    st.builds(
        SessionForked,
        session=st.just("f"),
        parent=st.just("s"),
        seq=st.just(1),
        chain=st.just("00"),
        runtime=st.just(RUNTIME),
        workspace=st.just("/w"),
    ),
)


@st.composite
def lives(draw: st.DrawFn) -> Drive:
    """A session after up to 24 observed events. Commands come only when it is quiet, as a session sees to."""
    drive = Drive()
    drive.feed(InputReceived(text=draw(texts)))
    for _ in range(draw(st.integers(0, 24))):
        calls = sorted(drive.state.main.pending.calls.items())
        if calls and draw(st.integers(0, 3)):
            event = draw(ending(*draw(st.sampled_from(calls))))
        else:
            event = draw(interference)
            if isinstance(event, CommandInvoked) and event.name != "revoke" and not drive.state.main.quiet:
                continue
        drive.feed(event)
    return drive
