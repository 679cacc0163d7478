"""What slash commands show: pairs, costs, permissions, sessions."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from claw.cli.sanitize import clean_line
from claw.cli.terminal import amounts
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUIET, STRONG
from claw.events.agent import AgentKind
from claw.events.tools import ToolSpec
from claw.projections.permissions import Permissions
from claw.projections.shells import Shells
from claw.projections.usage import Spent, UsageTotals
from claw.session.agents import terms, tools_named

STATUSES = {
    "running": "running",
    "exited": "ended",
    "killed": "killed",
    "agent_end": "killed with its agent",
    "session_end": "killed with the session",
    "crash": "ended with claw",
}

GAP = 2
LONG = 26
"""Cells of a word beyond which a column may break it."""


def pairs(rows: Iterable[tuple[str, str]]) -> RenderableType:
    """Two columns; the first in bold."""
    table = Table.grid(padding=(0, 2))
    for left, right in rows:
        table.add_row(Text(clean_line(left), STRONG, overflow="fold"), line(right))
    return table


def columns(names: Iterable[str], rows: Iterable[Iterable[str]]) -> RenderableType:
    """A table, or where there is no room for one, or it is read out, a list of what each row holds."""
    return Columns(tuple(names), tuple(tuple(map(clean_line, row)) for row in rows))


@dataclass(frozen=True, slots=True)
class Columns:
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._listed() if options.ascii_only or self._least() > options.max_width else self._table()

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style=QUIET)
        for name in self.names:
            table.add_column(name, overflow="fold")
        for row in self.rows:
            table.add_row(*(Text(cell, overflow="fold") for cell in row))
        return table

    def _listed(self) -> Text:
        """Each row's cells, those that hold something, with the first as a heading."""
        entries = []
        for first, *others in self.rows:
            named = [f"{name}: {cell}" for name, cell in zip(self.names[1:], others, strict=False) if cell.strip()]
            entries.append(Text.assemble((first or "-", STRONG), "".join(f"\n{one}" for one in named)))
        return Text("\n\n", overflow="fold").join(entries)

    def _least(self) -> int:
        """Cells that it takes to break no word but a long one."""
        cells = zip(self.names, *self.rows, strict=False)
        longest = [
            max(min(LONG, cell_len(word)) for cell in column for word in cell.split() or [""]) for column in cells
        ]
        return sum(longest) + GAP * len(longest)


def cost(usage: UsageTotals) -> RenderableType:
    """Calls, tokens and money by model; a fork's inherited part apart."""
    rows = [_spent(name, spent) for name, spent in sorted(usage.models.items())]
    rows.append(_spent("this session", usage.total))
    if usage.inherited.calls:
        rows.append(_spent("before the fork", usage.inherited))
    return columns(("model", "calls", "input", "cached", "output", "cost"), rows)


def _spent(name: str, spent: Spent) -> tuple[str, ...]:
    tokens = spent.tokens
    money = amounts.money(spent.nusd) + (f" + {spent.unpriced} unpriced" if spent.unpriced else "")
    return (
        name,
        str(spent.calls),
        amounts.tokens(tokens.input + tokens.cache_write),
        amounts.tokens(tokens.cache_read),
        amounts.tokens(tokens.output),
        money,
    )


def permissions(held: Permissions) -> RenderableType:
    """The mode, the rules with their sources, and what was granted in this session."""
    parts: list[RenderableType] = [line(f"mode {held.mode}", STRONG)]
    if held.rules:
        rules = [(rule.effect, rule.rule, rule.source) for rule in held.rules]
        parts.append(columns(("effect", "rule", "from"), rules))
    if held.grants:
        parts.append(columns(("granted", "for"), [(grant.rule, grant.scope) for grant in held.grants]))
    if not held.rules and not held.grants:
        parts.append(line("no rules, and nothing granted", QUIET))
    return Group(*parts)


def shells(held: Shells) -> RenderableType:
    """The commands that ran or run in the background, the last one first."""
    if not held.known:
        return line("nothing runs in the background", QUIET)
    rows = [
        (
            shell.id,
            STATUSES[shell.status] if shell.exit is None else f"exit code {shell.exit}",
            time.strftime("%H:%M:%S", time.localtime(shell.ts // 10**9)),
            shell.command,
        )
        for shell in reversed(held.known)
    ]
    return columns(("id", "status", "since", "command"), rows)


def agents(kinds: Iterable[AgentKind], offered: tuple[ToolSpec, ...]) -> RenderableType:
    """The kinds of agent that can be started, and what each of them may use."""
    rows = [
        (
            kind.name,
            kind.source,
            kind.model.name if kind.model else "",
            terms(kind),
            tools_named(kind, offered),
            kind.description,
        )
        for kind in kinds
    ]
    return columns(("agent", "from", "model", "how", "tools", "what it is for"), rows)
