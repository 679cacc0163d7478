"""The digest of a conversation goes on from the one before: it must be what its messages come to, one by one."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from claw import log, prompt
from claw.events.model import ModelRequested
from claw.projections.entries import chained
from claw.projections.state import INITIAL, State, fold
from tests.replay.goldens import SESSIONS, title


@pytest.mark.parametrize("session", SESSIONS, ids=title)
def test_a_conversation_s_digest_is_that_of_its_messages(session: Path) -> None:
    state, seen = INITIAL, dict[str, tuple[str, ...]]()
    for envelope in log.read(str(session)):
        state = fold(state, envelope)
        for agent in state.agents.values():
            conversation = agent.conversation
            assert conversation.digest == chained("", conversation.entries)
            messages = tuple(entry.digest for entry in conversation.entries)
            assert seen.setdefault(conversation.digest, messages) == messages


@pytest.mark.parametrize("session", SESSIONS, ids=title)
def test_a_request_s_digest_says_all_of_its_messages_in_their_order(session: Path) -> None:
    before, digests, asked = INITIAL, set[str](), set[tuple[str, ...]]()
    for envelope in log.read(str(session)):
        if isinstance(envelope.data, ModelRequested) and envelope.data.purpose == "turn":
            state = _now(before)
            agent = state.agents[envelope.agent]
            digests.add(prompt.digest_of(state, agent, replace(envelope.data, provider="p", model="m")))
            entries = agent.conversation.entries + agent.conversation.queued
            asked.add(tuple(entry.digest for entry in entries))
            shifted = replace(agent, conversation=replace(agent.conversation, digest=chained("", entries), queued=()))
            assert prompt.digest_of(state, shifted, envelope.data) == prompt.digest_of(state, agent, envelope.data)
        before = fold(before, envelope)
    assert len(digests) >= len(asked)


def _now(state: State) -> State:
    """The state as one whose runtime has the newest behaviours."""
    runtime = state.session.runtime
    assert runtime is not None
    behaviours = {**runtime.behaviours, "prompt": 3}
    return replace(state, session=replace(state.session, runtime=replace(runtime, behaviours=behaviours)))
