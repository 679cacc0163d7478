"""What is remembered of steps is what would be decided again, and never what another event or state leads to."""

from __future__ import annotations

from msgspec.structs import replace

from claw import log
from claw.decide.step import take
from claw.projections.state import INITIAL, RecordedVerdicts
from tests.replay.goldens import golden
from tests.replay.remembering import remembering


def test_only_the_same_event_on_the_same_state_is_remembered() -> None:
    first = next(log.read(str(golden("plain-answer"))))
    again = remembering(take)
    step = again(INITIAL, first, None)
    assert again(INITIAL, first, None) is step
    assert again(INITIAL, replace(first), None) is step
    later = again(INITIAL, replace(first, ts=first.ts + 1), None)
    assert [one.ts for one in later.envelopes] == [one.ts + 1 for one in step.envelopes]
    verdicts = RecordedVerdicts(evaluated={}, asked={}, started={})
    assert again(INITIAL, first, verdicts) is not step
    assert again(replace(INITIAL), first, None) is not step
    assert again(INITIAL, first, None) == take(INITIAL, first, None)
