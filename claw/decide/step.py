"""A step: one observed event and everything derived from it. The runtime, a fork and replay take it the same way."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from msgspec.structs import replace

from claw import prompt
from claw.decide.core import decide, is_decided
from claw.events.base import Envelope, Event
from claw.events.codec import envelop
from claw.events.model import ModelRequested
from claw.events.request import Request
from claw.projections.state import RecordedVerdicts, State, fold, is_folded, is_late

LONGEST = 10_000
"""Events after which a step is taken for endless."""


class Step(NamedTuple):
    """`envelopes` begins with the observed event; `requests` has the canonical request of each model.requested."""

    envelopes: list[Envelope]
    state: State
    requests: dict[int, Request]


def is_inert(kind: type[Event]) -> bool:
    """Whether an event of this kind changes nothing in any state, and nothing is decided about it: its step is just it,
    and the state after it is the one before it.
    """
    return not is_folded(kind) and not is_decided(kind)


def take(state: State, observed: Envelope, verdicts: RecordedVerdicts | None = None) -> Step:
    """Fold and decide, first in, first out; policy is asked, or else these `verdicts` are taken as given. Pure.

    Raises whatever `decide` raises: a fault of claw's own.
    """
    state = replace(state, verdicts=verdicts) if verdicts or state.verdicts else state
    envelopes = [observed]
    requests: dict[int, Request] = {}
    queue = deque(envelopes)
    while queue:
        envelope = queue.popleft()
        if isinstance(envelope.data, ModelRequested):
            requests[envelope.seq] = prompt.build(state, state.agents[envelope.agent], envelope.data)
        if is_late(state, envelope):
            continue
        state = fold(state, envelope)
        for agent, event in decide(state, state.agents[envelope.agent], envelope):
            seq = envelopes[-1].seq + 1
            derived = envelop(event, seq=seq, ts=observed.ts, agent=agent, cause=envelope.seq)
            envelopes.append(derived)
            queue.append(derived)
        if len(envelopes) > LONGEST:
            raise RuntimeError(f"the step of event {observed.seq} does not end")
    return Step(envelopes, state, requests)
