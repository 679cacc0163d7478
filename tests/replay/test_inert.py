"""Events from which nothing follows are taken together: that must be what their steps come to, one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from claw import log
from claw.decide.step import is_inert, take
from claw.events.kinds import TERMINAL
from claw.events.model import ModelChunk
from claw.events.tool import ToolOutput
from claw.projections.state import INITIAL, fold
from tests.replay.goldens import SESSIONS, title


def test_pieces_are_inert_and_nothing_that_is_the_end_of_a_call_is() -> None:
    assert is_inert(ModelChunk)
    assert is_inert(ToolOutput)
    assert not any(map(is_inert, TERMINAL))


@pytest.mark.parametrize("session", SESSIONS, ids=title)
def test_the_step_of_an_inert_event_is_that_event_alone(session: Path) -> None:
    state = INITIAL
    for envelope in log.read(str(session)):
        if is_inert(type(envelope.data)) and not envelope.derived:
            step = take(state, envelope)
            assert step.envelopes == [envelope]
            assert step.state is state
            assert not step.requests
        state = fold(state, envelope)
