"""A fork at the end of any step reads the same past, verifies, and stands where its parent stood."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from msgspec.structs import replace

from claw import log, session
from claw._native import LogReader
from claw.cli.offline.verify import judge
from claw.events.base import Envelope
from claw.events.session import SessionForked
from claw.log import Home
from claw.projections.conversation import Conversation
from claw.projections.state import INITIAL, State, fold, fold_all
from claw.projections.turn import RunningTyped, calls
from claw.replay import replay
from claw.session import snapshots
from tests.replay.goldens import SESSIONS, copy_lineage, records, title


def step_ends(session: Path) -> list[int]:
    """Seqs of the last event of each step."""
    envelopes = list(log.read(str(session)))
    following = [envelope.derived for envelope in envelopes[1:]] + [False]
    return [envelope.seq for envelope, goes_on in zip(envelopes, following, strict=True) if not goes_on]


def home_with(session: Path, memory: Path) -> tuple[Home, Path]:
    home = Home(memory)
    home.sessions.mkdir()
    return home, copy_lineage(session, home.sessions)


@pytest.mark.usefixtures("remembered")
@pytest.mark.parametrize("parent", SESSIONS, ids=title)
def test_a_fork_at_any_step_is_its_parent_up_to_there(parent: Path, memory: Path) -> None:
    home, source = home_with(parent, memory)
    past, ends = records(source), set(step_ends(source))
    state: State = INITIAL
    for envelope in log.read(str(source)):
        state = fold(state, envelope)
        if envelope.seq not in ends:
            continue
        path = home.session_path(session.fork(home, str(source), envelope.seq))
        assert records(path)[: envelope.seq + 1] == past[: envelope.seq + 1]
        assert LogReader(str(path)).chain_at(envelope.seq) == LogReader(str(source)).chain_at(envelope.seq)
        assert judge(path).code == 0
        assert replay(str(path)).ok
        own = list(log.read(str(path), envelope.seq + 1))
        assert isinstance(own[0].data, SessionForked)
        assert own[0].data.closed == tuple(sorted(state.calls))
        restored = snapshots.restore(str(path), own[-1].seq).state
        assert restored == fold_all(state, own)
        assert_still_the_same(state, restored)


def assert_still_the_same(before: State, after: State) -> None:
    """A fork keeps what was said, remembered and spent, and loses what was open and what was granted."""
    assert after.main.memory == before.main.memory
    assert after.permissions == replace(before.permissions, grants=())
    assert after.main.pending.calls == {}
    assert said(after.main.conversation)[: len(before.main.conversation.entries)] == said(before.main.conversation)
    waiting = () if after.main.conversation.waiting else before.main.conversation.waiting
    queued = (*before.main.conversation.queued, *waiting)
    kept = len(queued)
    assert after.main.conversation.queued[:kept] == queued
    gone = [agent for agent in before.children_of(before.main) if agent.origin.background]
    turn = before.main.conversation.turn
    over = bool(calls(turn)) and all(call.stage == "started" or call.result is not None for call in calls(turn))
    stopped = over and (isinstance(turn, RunningTyped) or any(call.origin == "person" for call in calls(turn)))
    assert len(after.main.conversation.queued) == kept + stopped + bool(before.shells.running) + len(gone), (
        "it is told what does not run any more"
    )
    assert after.session.config == before.session.config
    spent = before.usage.inherited.nusd + before.usage.total.nusd
    assert (after.usage.inherited.nusd, after.usage.total.calls) == (spent, 0)


def said(conversation: Conversation) -> list[str]:
    return [entry.digest for entry in conversation.entries]


@pytest.mark.parametrize("parent", SESSIONS, ids=title)
def test_a_fork_of_a_fork_reads_through_both(parent: Path, memory: Path) -> None:
    home, source = home_with(parent, memory)
    path, names = source, []
    for _ in range(3):
        at = step_ends(path)[-1]
        path = home.session_path(session.fork(home, str(path), at))
        names.append(path.name)
    assert records(path)[: len(records(source))] == records(source)
    assert replay(str(path)).ok
    assert judge(path).code == 0
    above = LogReader(str(path)).parent
    assert above is not None
    assert str(uuid.UUID(bytes=above[0])) == names[-2]


def test_the_parent_is_not_touched_by_its_forks(memory: Path) -> None:
    home, source = home_with(SESSIONS[0], memory)
    before = {file.name: file.read_bytes() for file in source.iterdir() if file.is_file()}
    session.fork(home, str(source), step_ends(source)[-1])
    after = {file.name: file.read_bytes() for file in source.iterdir() if file.is_file() and file.name in before}
    assert after == before


def test_what_comes_after_the_fork_is_each_ones_own(memory: Path) -> None:
    home, source = home_with(SESSIONS[0], memory)
    at = step_ends(source)[2]
    one, other = (home.session_path(session.fork(home, str(source), at)) for _ in range(2))
    firsts: list[Envelope] = [next(log.read(str(path), at + 1)) for path in (one, other)]
    assert firsts[0].data.session == one.name
    assert firsts[1].data.session == other.name
    assert len(records(one)) == len(records(other)) == at + 2
