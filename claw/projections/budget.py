"""What has been used of the limits: model calls and time of this prompt, money and tokens of this run."""

import msgspec
from msgspec.structs import replace

from claw.events.agent import AgentFinished, AgentMessaged, AgentSpawned
from claw.events.base import Envelope, Event
from claw.events.control import LimitAnswered, LimitAsked, LoopNoticed, TimerFired, WaitEnded
from claw.events.hook import HookFinished
from claw.events.input import CommandInvoked, InputReceived
from claw.events.model import ModelFailed, ModelFinished, ModelRequested
from claw.events.session import SessionForked, SessionResumed, SessionStarted
from claw.events.shell import ShellNoticed
from claw.events.tool import ToolFinished, ToolStarted
from claw.events.worktree import WorktreeMade
from claw.projections.base import Projection

MORE = 2
"""How often the same calls may have the same results again once the model was told so, until the person is asked."""


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """`turns`: model calls since the last input, or since another agent has started this one, retries not counted.
    `nusd`, `tokens`: 10⁻⁹ US dollars and `Usage.context` since the start, resume or fork. `unpriced`: a call used
    tokens whose price nobody knows. Time is recorded time, in ns, since the same as turns; that in which claw did not
    run does not count.
    """

    turns: int = 0
    nusd: int = 0
    tokens: int = 0
    before: int = 0
    """Time in earlier runs of the session, as far as they have recorded something of this agent."""
    since: int = 0
    """When the time of this run began."""
    seen: int = 0
    """When something was recorded last that counts it."""
    unpriced: bool = False
    counted: bool = False
    """Whether the last model request counted as a turn."""
    asked: int = 0
    """When the person was asked whether to go on: until the answer no time counts."""
    loop: int = -1
    """The first reply of the loop that the model was told of last."""
    loop_most: int = 0
    """How often the same may come again before the person is asked."""
    share: bool = False
    """Its money is a share of another agent's. No new run and no input renews what it may use."""

    @property
    def ms(self) -> int:
        """Its time until what was recorded last."""
        return (self.before + self.seen - self.since) // 1_000_000


def _begun(budget: Budget, envelope: Envelope) -> Budget:
    """From here on its time counts."""
    return replace(budget, since=envelope.ts, seen=envelope.ts)


def _passed(budget: Budget, envelope: Envelope, event: Event) -> Budget:
    return replace(budget, seen=envelope.ts)


def _requested(budget: Budget, envelope: Envelope, event: ModelRequested) -> Budget:
    if event.purpose in ("aside", "title"):
        return budget
    counts = event.purpose == "turn" and event.attempt == 1
    return replace(budget, turns=budget.turns + counts, counted=counts, seen=envelope.ts)


def _ended(budget: Budget, envelope: Envelope, event: ModelFinished | ModelFailed) -> Budget:
    if isinstance(event, ModelFailed) and event.failure == "lost" and budget.counted:
        budget = replace(budget, turns=budget.turns - 1, counted=False)
    unpriced = budget.unpriced or (event.nusd is None and event.usage.context > 0)
    return replace(
        budget,
        nusd=budget.nusd + (event.nusd or 0),
        tokens=budget.tokens + event.usage.context,
        unpriced=unpriced,
        seen=envelope.ts,
    )


def _charged(budget: Budget, envelope: Envelope, event: ToolFinished | HookFinished) -> Budget:
    if event.charge is None:
        return budget
    return replace(
        budget,
        nusd=budget.nusd + (event.charge.nusd or 0),
        tokens=budget.tokens + event.charge.usage.context,
        unpriced=budget.unpriced or event.charge.nusd is None,
    )


def _received(budget: Budget, envelope: Envelope, event: InputReceived) -> Budget:
    return _passed(budget, envelope, event) if budget.share else replace(_begun(budget, envelope), turns=0)


def _commanded(budget: Budget, envelope: Envelope, event: CommandInvoked) -> Budget:
    return _begun(budget, envelope) if event.name == "compact" else budget


def _run(budget: Budget, envelope: Envelope, event: SessionStarted | SessionResumed | SessionForked) -> Budget:
    if budget.share:
        used = budget.before + budget.seen - budget.since
        return replace(_begun(budget, envelope), before=used)
    return replace(_begun(budget, envelope), nusd=0, tokens=0, unpriced=False)


def _answered(budget: Budget, envelope: Envelope, event: LimitAnswered) -> Budget:
    waited = envelope.ts - budget.asked
    more = event.more if event.what == "loop" else 0
    return replace(budget, since=budget.since + waited, seen=envelope.ts, loop_most=budget.loop_most + more)


def _noticed(budget: Budget, envelope: Envelope, event: LoopNoticed) -> Budget:
    return replace(budget, loop=event.first, loop_most=event.count + MORE)


BUDGET = Projection(
    "budget",
    Budget(),
    {
        InputReceived: _received,
        CommandInvoked: _commanded,
        ModelRequested: _requested,
        ModelFinished: _ended,
        ModelFailed: _ended,
        ToolStarted: _passed,
        ToolFinished: _charged,
        HookFinished: _charged,
        TimerFired: _passed,
        LimitAsked: lambda budget, envelope, _: replace(budget, asked=envelope.ts),
        LimitAnswered: _answered,
        LoopNoticed: _noticed,
        AgentMessaged: _passed,
        ShellNoticed: _passed,
        WaitEnded: _passed,
        WorktreeMade: _passed,
        AgentSpawned: lambda budget, envelope, _: replace(_begun(budget, envelope), share=True),
        AgentFinished: lambda budget, _, __: replace(budget, share=False),
        SessionStarted: _run,
        SessionResumed: _run,
        SessionForked: lambda budget, envelope, event: _run(replace(budget, share=False), envelope, event),
    },
    owner="agent",
)
