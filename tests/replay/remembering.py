"""Steps that have been taken are not taken again: `take` is pure, which tests/pure holds.

Some tests replay thousands of logs that differ in one record, or in where they end, and are the same before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from claw.decide.step import Step
from claw.events.base import Envelope
from claw.projections.state import RecordedVerdicts, State

Take = Callable[[State, Envelope, RecordedVerdicts | None], Step]


def remembering(take: Take) -> Take:
    """The same function; equal events and verdicts on the very same state give the step that they gave before."""
    taken: defaultdict[tuple[int, int], list[tuple[State, Envelope, RecordedVerdicts | None, Step]]] = defaultdict(list)

    def again(state: State, observed: Envelope, verdicts: RecordedVerdicts | None = None) -> Step:
        # The state is kept, so that no other one has its id.
        known = taken[id(state), observed.seq]
        for _, event, given, step in known:
            if event == observed and given == verdicts:
                return step
        step = take(state, observed, verdicts)
        known.append((state, observed, verdicts, step))
        return step

    return again
