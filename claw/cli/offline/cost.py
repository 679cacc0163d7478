"""`claw cost`: tokens and money."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from msgspec.structs import replace

from claw import log
from claw.cli.offline import lookup
from claw.cli.offline.survey import price, short_ids, survey
from claw.cli.offline.table import Column, Table
from claw.cli.output import Output, standard
from claw.events.kinds import kind_of
from claw.projections.usage import USAGE, Spent, UsageTotals

AMOUNTS = (
    Column("calls", right=True),
    Column("input", right=True),
    Column("cache read", right=True),
    Column("cache write", right=True),
    Column("output", right=True),
    Column("cost", right=True),
)
SESSION = typer.Argument(metavar="S", show_default=False, help="Id prefix, name or @last; none: all sessions.")


def cost(
    session: Annotated[str | None, SESSION] = None,
    json: Annotated[bool, typer.Option("--json", help="One line of JSON per session.")] = False,
) -> int | None:
    """Show tokens and money: of the session S by model, or of all sessions.

    What a fork inherited was spent by its parent: it is shown apart and counted once. A cost marked +? has calls
    whose price is not known.
    """
    output = standard()
    if session is None:
        return _all(output, json)
    path = lookup.session(session)
    totals = _totals(path)
    if json:
        output.answer_json(_plain(path, totals))
    else:
        _table(totals).show(output)
    return None


def _totals(path: Path) -> UsageTotals:
    totals = USAGE.initial
    for envelope in log.read(str(path), kinds=[kind_of(kind) for kind in USAGE.folds]):
        totals = USAGE.fold(totals, envelope)
    return totals


def _table(totals: UsageTotals) -> Table:
    table = Table((Column("model"), *AMOUNTS))
    for model, spent in sorted(totals.models.items()):
        table.add(model, *_amounts(spent))
    table.add("in all", *_amounts(totals.total))
    if totals.inherited.calls:
        table.add("inherited, not counted", *_amounts(totals.inherited))
    return table


def _amounts(spent: Spent) -> list[str]:
    tokens = spent.tokens
    counts = (spent.calls, tokens.input, tokens.cache_read, tokens.cache_write, tokens.output)
    return [*map(str, counts), price(spent)]


def _sum(spents: Iterable[Spent]) -> Spent:
    total = Spent()
    for spent in spents:
        added = total.plus(spent.tokens, spent.nusd)
        total = replace(added, calls=total.calls + spent.calls, unpriced=total.unpriced + spent.unpriced)
    return total


def _plain(path: Path, totals: UsageTotals) -> bytes:
    own = {"session": path.name, "models": totals.models, "total": totals.total, "inherited": totals.inherited}
    return msgspec.json.encode(own)


def _all(output: Output, json: bool) -> int:
    lines = [survey(path) for path in log.session_paths(lookup.home())]
    short = short_ids([line.id for line in lines])
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
        table.add(short[line.id], line.entry.name if line.entry else "", *_amounts(line.spent))
    table.add("in all", "", *_amounts(_sum(line.spent for line in readable)))
    table.show(output)
    return 0
