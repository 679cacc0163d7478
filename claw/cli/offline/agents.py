"""`claw agents`: the kinds of agent that a session here can start."""

from __future__ import annotations

import os
from typing import Any

import msgspec

from claw.cli.live import flags
from claw.cli.offline import lookup
from claw.cli.offline.style import YELLOW, paint, put
from claw.cli.offline.table import Column, Table
from claw.cli.output import standard
from claw.cli.sanitize import clean_line
from claw.events.agent import AgentKind
from claw.events.tools import ToolSpec
from claw.session.agents import agents_here, terms, tools_named, tools_of
from claw.tools import every


def agents(
    folder: str | None = None,
    json: bool = False,
) -> None:
    """List the kinds of agent: claw's, yours in ~/.claude/agents, and this folder's in .claude/agents, once trusted."""
    offered = tuple(tool.spec for tool in every())
    known, waiting = agents_here(lookup.home(), flags.understood(flags.Raw(folder=folder), os.environ))
    if json:
        plain = {
            "agents": [_plain(kind, offered) for kind in known.kinds],
            "not_trusted": waiting,
            "left_out": known.left_out,
            "notes": known.notes,
        }
        standard().answer_json(msgspec.json.encode(plain))
        return
    columns = ("agent", "from", "model", "how", "tools")
    table = Table([*map(Column, columns), Column("what it is for", shrinks=True)])
    for kind in known.kinds:
        model = kind.model.name if kind.model else ""
        table.add(kind.name, kind.source, model, terms(kind), tools_named(kind, offered), kind.description)
    table.show(standard())
    notes = (*waiting, *known.left_out, *known.notes)
    if notes:
        put(["", *(paint(clean_line(note), YELLOW) for note in notes)])


def _plain(kind: AgentKind, offered: tuple[ToolSpec, ...]) -> dict[str, Any]:
    return {
        "name": kind.name,
        "description": kind.description,
        "source": kind.source,
        "model": kind.model.name if kind.model else None,
        "mode": kind.mode,
        "turns": kind.turns,
        "tokens": kind.tokens,
        "ms": kind.ms,
        "background": kind.background,
        "isolation": kind.isolation,
        "hooks": [{"event": hook.event, "matcher": hook.matcher, "command": hook.command} for hook in kind.hooks],
        "tools": tools_of(kind, offered),
    }
