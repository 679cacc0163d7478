"""What has been used of the limits: model calls of this turn, money of this run."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from claw.events.agent import AgentFinished, AgentSpawned
from claw.events.base import Envelope
from claw.events.input import InputReceived
from claw.events.model import ModelFailed, ModelFinished, ModelRequested
from claw.events.session import SessionForked, SessionResumed, SessionStarted
from claw.projections.base import Projection


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """`turns`: model calls since the last input, or since another agent has started this one, retries not counted.
    `nusd`: 10⁻⁹ US dollars since the start, resume or fork. `unpriced`: a call used tokens whose price nobody knows.
    """

    turns: int = 0
    nusd: int = 0
    unpriced: bool = False
    counted: bool = False
    """Whether the last model request counted as a turn."""
    share: bool = False
    """Its money is a share of another agent's. No new run and no input renews what it may use."""


def _requested(budget: Budget, envelope: Envelope, event: ModelRequested) -> Budget:
    counts = event.purpose == "turn" and event.attempt == 1
    return replace(budget, turns=budget.turns + counts, counted=counts)


def _ended(budget: Budget, envelope: Envelope, event: ModelFinished | ModelFailed) -> Budget:
    if isinstance(event, ModelFailed) and event.failure == "lost" and budget.counted:
        budget = replace(budget, turns=budget.turns - 1, counted=False)
    unpriced = budget.unpriced or (event.nusd is None and event.usage.context > 0)
    return replace(budget, nusd=budget.nusd + (event.nusd or 0), unpriced=unpriced)


def _run(budget: Budget, envelope: Envelope, event: SessionStarted | SessionResumed | SessionForked) -> Budget:
    return budget if budget.share else replace(budget, nusd=0, unpriced=False)


BUDGET = Projection(
    "budget",
    Budget(),
    {
        InputReceived: lambda budget, _, __: budget if budget.share else replace(budget, turns=0),
        ModelRequested: _requested,
        ModelFinished: _ended,
        ModelFailed: _ended,
        AgentSpawned: lambda budget, _, __: replace(budget, share=True),
        AgentFinished: lambda budget, _, __: replace(budget, share=False),
        SessionStarted: _run,
        SessionResumed: _run,
        SessionForked: lambda budget, envelope, event: _run(replace(budget, share=False), envelope, event),
    },
    owner="agent",
)
