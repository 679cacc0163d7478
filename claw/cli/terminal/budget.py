"""`/budget`: the limits of this session, what is used of them, and how they are set."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from msgspec.structs import replace
from rich.console import RenderableType

from claw.cli.terminal import tables
from claw.cli.terminal.commands.registry import COMMANDS
from claw.cli.terminal.limit_question import amount
from claw.errors import UsageError
from claw.events.session import Limits
from claw.projections.state import State
from claw.settings import amounts

FIELDS = {"turns": "turns", "money": "nusd", "tokens": "tokens", "time": "ms"}
_SPAN = {"turns": "a prompt", "money": "this run", "tokens": "this run", "time": "a prompt"}


def shown(state: State) -> RenderableType:
    """Each limit, and what the main agent and those below it have used."""
    limits, main = state.session.settings.limits, state.main.budget
    everybody = [agent.budget for agent in state.agents.values()]
    used = {
        "turns": main.turns,
        "money": sum(budget.nusd for budget in everybody),
        "tokens": sum(budget.tokens for budget in everybody),
        "time": main.ms,
    }
    rows = []
    for what, field in FIELDS.items():
        limit = getattr(limits, field)
        rows.append((what, amount(what, used[what]), "no limit" if limit is None else amount(what, limit), _SPAN[what]))
    return tables.columns(("what", "used", "limit", "for"), rows)


def changed(limits: Limits, argument: str) -> tuple[Limits, str]:
    """The limits with what was typed, and the field that is another one now. Raises UsageError."""
    what, _, text = argument.partition(" ")
    field, text = FIELDS.get(what), text.strip()
    if field is None or not text:
        raise UsageError(f"/budget cannot {argument!r}", hint=COMMANDS["budget"].usage)
    value = None if text in ("off", "none", "0") else _read(what, text)
    return replace(limits, **{field: value}), field


def _read(what: str, text: str) -> int:
    value: int | None
    match what:
        case "turns":
            value, said = (int(text) if text.isdecimal() and len(text) < 10 else None), "a number of calls"
        case "money":
            value, said = _money(text), "an amount of US dollars above 0"
        case "tokens":
            value, said = amounts.tokens(text), amounts.TOKENS
        case _:
            value, said = amounts.milliseconds(text), amounts.TIME
    if not value:
        raise UsageError(f"/budget {what} takes {said}, not {text!r}")
    return value


def _money(text: str) -> int | None:
    try:
        amount = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        return None
    return int(amount * 10**9) if amount.is_finite() and 0 < amount < 10**9 else None
