"""A log that claw wrote has nothing to find; each thing that cannot be is found, and at its event."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from claw.cli.offline.invariants import Worktrees, examine
from claw.events.base import Envelope, Event
from claw.events.codec import envelop
from claw.events.input import InputInterrupted, InputReceived
from claw.events.kinds import INTENTS, KINDS, TERMINAL, kind_of
from claw.events.session import SessionEnded
from claw.events.shell import ShellFinished, ShellStarted
from claw.events.worktree import Worktree, WorktreeClosed, WorktreeMade
from tests.cli.offline.sessions import Session, conversation
from tests.replay.histories.tasks import spawn, task, with_agents

Change = Callable[[list[Envelope]], list[Envelope]]


def test_a_real_session_has_nothing_to_find() -> None:
    report = examine(conversation().log)
    assert report.findings == []
    assert report.open_calls == []
    assert report.events == len(conversation().log)


def test_an_open_call_is_no_fault() -> None:
    session = Session()
    session.say()
    report = examine(session.log)
    assert report.findings == []
    assert report.open_calls == [session.open("model.requested")]


def test_every_intent_says_how_it_ends() -> None:
    endless = {cls for cls in KINDS.values() if cls.intent} - set(INTENTS)
    assert {kind_of(cls) for cls in endless} == {"call.cancel_requested"}
    for named in (*TERMINAL, *(intent.pieces for intent in INTENTS if intent.pieces)):
        assert "call" in named.__struct_fields__, named


def nth(kind: str, log: list[Envelope]) -> int:
    return next(position for position, envelope in enumerate(log) if envelope.kind == kind)


def with_header(which: str, **fields: object) -> Change:
    def change(log: list[Envelope]) -> list[Envelope]:
        position = nth(which, log)
        return [*log[:position], msgspec.structs.replace(log[position], **fields), *log[position + 1 :]]

    return change


def with_data(kind: str, **fields: object) -> Change:
    def change(log: list[Envelope]) -> list[Envelope]:
        data: Event = log[nth(kind, log)].data
        return with_header(kind, data=msgspec.structs.replace(data, **fields))(log)

    return change


def without(kind: str) -> Change:
    return lambda log: [envelope for envelope in log if envelope.kind != kind]


def twice(kind: str) -> Change:
    """The event once more, at the end."""
    return lambda log: [*log, msgspec.structs.replace(log[nth(kind, log)], seq=len(log), cause=None)]


def replaced(kind: str, event: Event) -> Change:
    def change(log: list[Envelope]) -> list[Envelope]:
        position = nth(kind, log)
        ended = msgspec.structs.replace(log[position], kind=kind_of(event), data=event, flags=2)
        return [*log[:position], ended, *log[position + 1 :]]

    return change


def followed_by(*events: Event, agent: int = 0) -> Change:
    def change(log: list[Envelope]) -> list[Envelope]:
        return log + [envelop(event, seq=len(log) + n, ts=9, agent=agent, cause=None) for n, event in enumerate(events)]

    return change


LOST = ShellFinished(id="bash_1", reason="killed")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(with_header("turn.finished", seq=99), "comes next", id="a gap"),
        pytest.param(with_header("tool.started", cause=None), "derived from nothing", id="no cause"),
        pytest.param(with_header("tool.started", cause=0), "outside its step", id="a cause of another step"),
        pytest.param(with_header("tool.started", cause=500), "is not before it", id="a cause to come"),
        pytest.param(with_header("tool.started", flags=2), "never observed", id="a decision that says observed"),
        pytest.param(with_header("tool.finished", flags=3), "never derived", id="an observation that says derived"),
        pytest.param(with_header("tool.output", kind="model.chunk"), "its payload is a tool.output", id="two kinds"),
        pytest.param(twice("tool.finished"), "had ended already", id="two ends"),
        pytest.param(with_data("tool.finished", call=0), "0 is no tool.started", id="the end of nothing"),
        pytest.param(with_data("tool.output", call=0), "0 is no tool.started", id="output of nothing"),
        pytest.param(with_data("model.finished", call=0), "0 is no model.requested", id="a reply to nothing"),
        pytest.param(without("permission.granted"), "without an allow or a grant", id="no grant"),
        pytest.param(without("permission.evaluated"), "nobody had to be asked", id="no verdict"),
        pytest.param(with_data("permission.evaluated", verdict="deny"), "nobody had to be asked", id="deny overruled"),
        pytest.param(with_data("tool.started", arguments={"command": "rm"}), "not the call", id="another call"),
        pytest.param(with_data("model.chunk", index=7), "is missing", id="a chunk missing"),
        pytest.param(with_data("model.chunk", block=3), "block", id="a chunk out of place"),
        pytest.param(with_data("model.finished", content=()), "not what the chunks", id="another reply"),
        pytest.param(followed_by(LOST), "bash_1 does not run", id="the end of no command"),
        pytest.param(followed_by(ShellStarted(id="bash_1", call=0, command="x")), "0 is no tool", id="by no call"),
        pytest.param(followed_by(InputReceived(text="x"), agent=1), "agent 1 is not at work", id="said to nobody"),
        pytest.param(followed_by(InputInterrupted(how="user"), agent=1), "agent 1 is not at work", id="nobody stopped"),
        pytest.param(replaced("turn.finished", SessionEnded(reason="quit")), "", id="(nothing wrong)"),
    ],
)
def test_what_cannot_be_is_found(change: Change, expected: str) -> None:
    findings = examine(change(conversation().log)).findings
    if expected:
        assert any(expected in str(finding) for finding in findings), findings
    else:
        assert findings == []


TREE = Worktree(path="/t", workspace="/t", git="/w/.git", top="/w", origin="/w", branch="b", base="c0ffee")


def isolated() -> list[Envelope]:
    """An agent in a worktree of its own, from its parent's call to its end."""
    drive = with_agents()
    spawn(drive, task(isolation="worktree"))
    call = drive.open("worktree.requested")
    drive.feed(WorktreeMade(call=call, agent_call=drive.open("tool.started"), worktree=TREE))
    drive.reply("done", agent=1)
    drive.feed(WorktreeClosed(call=drive.open("worktree.close_requested", agent=1)), agent=1)
    return drive.log


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(with_data("worktree.made", worktree=None, error="x"), "/t was not made for call", id="not made"),
        pytest.param(without("worktree.made"), "/t was not made for call", id="nothing made"),
        pytest.param(with_data("worktree.made", agent_call=3), "/t was not made for call", id="made for another"),
        pytest.param(with_data("agent.spawned", worktree=None), "/t is no open worktree of its agent's", id="not its"),
        pytest.param(without("worktree.close_requested"), "the worktree of agent 1 is not closed", id="not closed"),
        pytest.param(twice("worktree.close_requested"), "/t is no open worktree of its agent's", id="closed twice"),
        pytest.param(with_header("worktree.close_requested", agent=0), "/t is no open worktree", id="by another"),
        pytest.param(followed_by(), "", id="(nothing wrong)"),
    ],
)
def test_what_cannot_be_of_a_worktree_is_found(change: Change, expected: str) -> None:
    checker = Worktrees()
    said = [what for envelope in change(isolated()) for what in checker.see(envelope)]
    assert [what for what in said if expected in what] if expected else said == []
