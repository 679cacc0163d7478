"""Tokens and money: by model and agent, and how often each tool ran."""

from collections.abc import Iterable
from functools import reduce
from typing import Any

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.content import Usage
from claw.events.hook import HookFinished
from claw.events.model import ModelFailed, ModelFinished, ModelRequested
from claw.events.session import SessionForked
from claw.events.tool import Charge, ToolCompleted, ToolFinished, ToolInterrupted, ToolStarted
from claw.projections.base import Projection


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of some model calls. `unpriced` counts those with tokens but no known price."""

    calls: int = 0
    tokens: Usage = Usage()
    nusd: int = 0
    unpriced: int = 0

    def together(self, other: "Spent") -> "Spent":
        """What both come to."""
        mine, tokens = self.tokens, other.tokens
        return Spent(
            calls=self.calls + other.calls,
            tokens=Usage(
                input=mine.input + tokens.input,
                output=mine.output + tokens.output,
                cache_read=mine.cache_read + tokens.cache_read,
                cache_write=mine.cache_write + tokens.cache_write,
                reasoning=mine.reasoning + tokens.reasoning,
            ),
            nusd=self.nusd + other.nusd,
            unpriced=self.unpriced + other.unpriced,
        )


NOTHING = Spent()


def in_all(several: Iterable[Spent]) -> Spent:
    """What they all come to."""
    return reduce(Spent.together, several, NOTHING)


def spent_by(event: ModelFinished | ModelFailed | Charge) -> Spent:
    """What this one call cost."""
    unpriced = event.nusd is None and event.usage.context > 0
    return Spent(calls=1, tokens=event.usage, nusd=event.nusd or 0, unpriced=int(unpriced))


class ToolUse(msgspec.Struct, frozen=True, kw_only=True):
    """`ns` is the sum of the durations."""

    calls: int = 0
    errors: int = 0
    ns: int = 0


class UsageTotals(msgspec.Struct, frozen=True, kw_only=True):
    """This session's own spending, by provider/model and by agent; a fork starts from nothing and keeps what its parent
    had spent until then in `inherited`.
    """

    models: dict[str, Spent] = {}
    agents: dict[int, Spent] = {}
    """Of an agent what it has spent itself, and not those below it."""
    tools: dict[str, ToolUse] = {}
    inherited: Spent = NOTHING
    open_models: dict[int, str] = {}
    open_tools: dict[int, str] = {}

    @property
    def total(self) -> Spent:
        """All that this session has spent itself."""
        return in_all(self.models.values())


def _requested(totals: UsageTotals, envelope: Envelope, event: ModelRequested) -> UsageTotals:
    name = f"{event.provider}/{event.model}"
    return replace(totals, open_models={**totals.open_models, envelope.seq: name})


def _ended(totals: UsageTotals, envelope: Envelope, event: ModelFinished | ModelFailed) -> UsageTotals:
    name = totals.open_models.get(event.call)
    if name is None:
        return totals
    left = _without(totals.open_models, event.call)
    return _with(totals, name, envelope.agent, spent_by(event), open_models=left)


def _with(totals: UsageTotals, name: str, agent: int, spent: Spent, **changed: Any) -> UsageTotals:
    """With what this agent has spent on this model, and what else changes."""
    return replace(
        totals,
        models={**totals.models, name: totals.models.get(name, NOTHING).together(spent)},
        agents={**totals.agents, agent: totals.agents.get(agent, NOTHING).together(spent)},
        **changed,
    )


def _tool_started(totals: UsageTotals, envelope: Envelope, event: ToolStarted) -> UsageTotals:
    return replace(totals, open_tools={**totals.open_tools, envelope.seq: event.name})


def _tool_finished(
    totals: UsageTotals, envelope: Envelope, event: ToolFinished | ToolCompleted | ToolInterrupted
) -> UsageTotals:
    name = totals.open_tools.get(event.call)
    if name is None:
        return totals
    use = totals.tools.get(name, ToolUse())
    failed = isinstance(event, ToolInterrupted) or event.is_error
    ns = event.duration_ns if isinstance(event, ToolFinished) else 0
    use = ToolUse(calls=use.calls + 1, errors=use.errors + failed, ns=use.ns + ns)
    if isinstance(event, ToolFinished) and event.charge is not None:
        totals = _with(totals, f"{event.charge.provider}/{event.charge.model}", envelope.agent, spent_by(event.charge))
    return replace(
        totals,
        tools={**totals.tools, name: use},
        open_tools=_without(totals.open_tools, event.call),
    )


def _hooked(totals: UsageTotals, envelope: Envelope, event: HookFinished) -> UsageTotals:
    """What a model has used that a hook asked."""
    if event.charge is None:
        return totals
    return _with(totals, f"{event.charge.provider}/{event.charge.model}", envelope.agent, spent_by(event.charge))


def _without(names: dict[int, str], call: int) -> dict[int, str]:
    names = names.copy()
    del names[call]
    return names


def _forked(totals: UsageTotals, envelope: Envelope, event: SessionForked) -> UsageTotals:
    return UsageTotals(inherited=totals.inherited.together(totals.total))


USAGE = Projection(
    "usage",
    UsageTotals(),
    {
        ModelRequested: _requested,
        ModelFinished: _ended,
        ModelFailed: _ended,
        ToolStarted: _tool_started,
        ToolFinished: _tool_finished,
        ToolCompleted: _tool_finished,
        ToolInterrupted: _tool_finished,
        HookFinished: _hooked,
        SessionForked: _forked,
    },
)
