"""What `/context` shows."""

from __future__ import annotations

from rich.console import Group, RenderableType

from claw.cli import account
from claw.cli.terminal import tables
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUIET
from claw.projections.state import State
from claw.session.context import measure


def shown(state: State) -> RenderableType:
    """What takes how much of the window, and what could go."""
    measured = measure(state, state.main)
    table = tables.columns(("part", "", "tokens", "share"), account.rows(measured))
    return Group(table, *(line(said, QUIET) for said in account.sentences(measured)))
