"""`claw cost`: tokens and money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from claw import log
from claw.cli.offline import cost_by, lookup
from claw.cli.offline.style import put
from claw.cli.offline.survey import price, short_ids, survey
from claw.cli.offline.table import Column, Table
from claw.cli.offline.words import exhausted
from claw.cli.output import Output, standard
from claw.events.agent import AgentSpawned
from claw.events.base import Envelope
from claw.events.control import BudgetExhausted
from claw.events.kinds import kind_of
from claw.projections.state import MAIN
from claw.projections.usage import USAGE, Spent, UsageTotals, in_all

AMOUNTS = (
    Column("calls", right=True),
    Column("input", right=True),
    Column("cache read", right=True),
    Column("cache write", right=True),
    Column("output", right=True),
    Column("cost", right=True),
)


def cost(
    session: str | None = None,
    by: str | None = None,
    json: bool = False,
) -> int | None:
    """Show tokens and money: of the session S by model and by agent, or of all sessions; or by something else."""
    output = standard()
    if by is not None:
        wanted = cost_by.by_named(by)
        paths = [lookup.session(session)] if session else log.session_paths(lookup.home())
        cost_by.show(cost_by.totals(paths, wanted, output), wanted, AMOUNTS, output, json=json)
        return None
    if session is None:
        return _all(output, json)
    path = lookup.session(session)
    totals = _totals(path)
    if json:
        output.answer_json(_plain(path, totals))
        return None
    _table(totals.usage).show(output)
    if totals.usage.agents.keys() - {MAIN}:
        output.answer("\n")
        _table_of_agents(totals).show(output)
    if totals.reached:
        put(["", *totals.reached])
    return None


@dataclass(slots=True)
class _Totals:
    """What a session has spent, which agent was started by whom, as what, and a line for each limit that was met."""

    usage: UsageTotals = USAGE.initial
    parents: dict[int, int] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=lambda: {MAIN: "main"})
    reached: list[str] = field(default_factory=list)

    def take(self, envelope: Envelope) -> None:
        if isinstance(envelope.data, AgentSpawned):
            self.parents[envelope.agent] = envelope.data.parent
            self.titles[envelope.agent] = f"{envelope.data.definition.name}: {envelope.data.description}"
        if isinstance(envelope.data, BudgetExhausted):
            who = f"agent {envelope.agent}" if envelope.agent else "the main agent"
            self.reached.append(f"{who} reached its limit of {exhausted(envelope.data)}")
        self.usage = USAGE.fold(self.usage, envelope)

    def tree(self, top: int = MAIN, depth: int = 0) -> Iterator[tuple[int, int]]:
        """Each agent that has spent something, or has one below it that has, and how many stand above it."""
        if self.spent(top).calls:
            yield top, depth
        for id, parent in self.parents.items():
            if parent == top:
                yield from self.tree(id, depth + 1)

    def spent(self, agent: int) -> Spent:
        """With all below it."""
        below = (self.spent(id) for id, parent in self.parents.items() if parent == agent)
        return in_all((self.usage.agents.get(agent, Spent()), *below))


def _totals(path: Path) -> _Totals:
    totals = _Totals()
    kinds = [*map(kind_of, USAGE.folds), kind_of(AgentSpawned), kind_of(BudgetExhausted)]
    for envelope in log.read(str(path), kinds=kinds):
        totals.take(envelope)
    return totals


def _table(totals: UsageTotals) -> Table:
    table = Table((Column("model"), *AMOUNTS))
    for model, spent in sorted(totals.models.items()):
        table.add(model, *cost_by.cells(spent))
    table.add("in all", *cost_by.cells(totals.total))
    if totals.inherited.calls:
        table.add("inherited, not counted", *cost_by.cells(totals.inherited))
    return table


def _table_of_agents(totals: _Totals) -> Table:
    """The parts of a parent stand below it, and are counted in what it has spent with them."""
    table = Table((Column("agent", shrinks=True), *AMOUNTS, Column("with those below", right=True)))
    for agent, depth in totals.tree():
        own = totals.usage.agents.get(agent, Spent())
        name = f"{'  ' * depth}{agent} {totals.titles[agent]}"
        table.add(name, *cost_by.cells(own), price(totals.spent(agent)))
    return table


def _plain(path: Path, totals: _Totals) -> bytes:
    usage = totals.usage
    agents = [
        {
            "agent": agent,
            "parent": totals.parents.get(agent),
            "title": totals.titles[agent],
            "own": usage.agents.get(agent, Spent()),
            "with_those_below": totals.spent(agent),
        }
        for agent, _ in totals.tree()
    ]
    own = {"session": path.name, "models": usage.models, "total": usage.total, "inherited": usage.inherited}
    return msgspec.json.encode({**own, "agents": agents})


def _all(output: Output, json: bool) -> int:
    catalogue = log.Catalogue(lookup.home())
    lines = [survey(path, catalogue) for path in log.session_paths(lookup.home())]
    catalogue.keep()
    short = short_ids([line.id for line in lines], catalogue.ids)
    readable = [line for line in lines if line.entry is not None]
    for line in lines:
        if line.entry is None:
            output.note(f"{short[line.id]} is not counted: {line.problem}")
    if json:
        for line in readable:
            path = lookup.home().session_path(line.id)
            output.answer_json(_plain(path, _totals(path)))
        return 0
    table = Table((Column("session"), Column("name"), *AMOUNTS))
    for line in readable:
        table.add(short[line.id], line.entry.name if line.entry else "", *cost_by.cells(line.spent))
    table.add("in all", "", *cost_by.cells(in_all(line.spent for line in readable)))
    table.show(output)
    return 0
