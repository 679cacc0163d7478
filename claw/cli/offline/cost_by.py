"""`claw cost --by`: tokens and money of one session or of all, by day, model, agent, tool or session."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

import msgspec

from claw import log
from claw.cli.offline.survey import price
from claw.cli.offline.table import Column, Table
from claw.cli.output import Output
from claw.errors import ClawError, UsageError
from claw.events.agent import AgentSpawned
from claw.events.base import Envelope
from claw.events.content import ToolUseBlock, Usage
from claw.events.hook import HookFinished
from claw.events.kinds import kind_of
from claw.events.model import ModelFailed, ModelFinished, ModelRequested
from claw.events.session import SessionForked
from claw.events.tool import Charge
from claw.projections.state import MAIN
from claw.projections.usage import NOTHING, Spent, in_all, spent_by

By: TypeAlias = Literal["day", "model", "agent", "tool", "session"]
ANSWERS = "(answers)"
"""Stands for replies that call no tool."""
HOOKS = "(hooks)"
"""Stands for models that hooks have asked."""
_KINDS = [
    kind_of(cls) for cls in (ModelRequested, ModelFinished, ModelFailed, HookFinished, SessionForked, AgentSpawned)
]


def by_named(text: str) -> By:
    """Raises UsageError."""
    if text not in get_args(By):
        raise UsageError(f"cost is not told by {text!r}", hint=f"--by {' | '.join(get_args(By))}")
    return cast(By, text)


def totals(paths: list[Path], by: By, output: Output) -> dict[str, Spent]:
    """What was spent, by the wanted thing. What a fork has inherited is its parent's; a session that cannot be read is
    named and left out.
    """
    found: dict[str, Spent] = {}
    for path in paths:
        try:
            own = _of(path, by)
        except ClawError as error:
            output.note(f"{path.name} is not counted: {error.message}")
            continue
        for name, spent in own.items():
            found[name] = found.get(name, NOTHING).together(spent)
    return found


def _of(path: Path, by: By) -> dict[str, Spent]:
    found: dict[str, Spent] = {}
    models: dict[int, str] = {}
    agents = {MAIN: "main"}
    for envelope in log.read(str(path), kinds=_KINDS):
        match envelope.data:
            case SessionForked():
                found = {}
            case AgentSpawned() as event:
                agents[envelope.agent] = event.definition.name
            case ModelRequested() as event:
                models[envelope.seq] = f"{event.provider}/{event.model}"
            case HookFinished(charge=Charge() as charge):
                names = _names(envelope, f"{charge.provider}/{charge.model}", agents, path)
                _add(found, [HOOKS if by == "tool" else names[by]], spent_by(charge))
            case ModelFinished() | ModelFailed() as event if event.call in models:
                names = _names(envelope, models[event.call], agents, path)
                _add(found, list(_tools(event)) if by == "tool" else [names[by]], spent_by(event))
    return found


def _names(envelope: Envelope, model: str, agents: dict[int, str], path: Path) -> dict[str, str]:
    return {
        "day": time.strftime("%Y-%m-%d", time.localtime(envelope.ts // 10**9)),
        "model": model,
        "agent": agents.get(envelope.agent, "unknown"),
        "session": path.name,
    }


def _add(found: dict[str, Spent], several: list[str], spent: Spent) -> None:
    for name, share in zip(several, _shares(spent, len(several)), strict=True):
        found[name] = found.get(name, NOTHING).together(share)


def _tools(event: ModelFinished | ModelFailed) -> dict[str, None]:
    """The tools that a reply calls, each once."""
    return dict.fromkeys(block.name for block in event.content if isinstance(block, ToolUseBlock)) or {ANSWERS: None}


def _shares(spent: Spent, count: int) -> Iterator[Spent]:
    """Equal parts, which come to all of it; each counts the call."""
    for place in range(count):
        tokens = {
            name: getattr(spent.tokens, name) // count + (getattr(spent.tokens, name) % count if place == 0 else 0)
            for name in Usage.__struct_fields__
        }
        nusd = spent.nusd // count + (spent.nusd % count if place == 0 else 0)
        yield Spent(calls=spent.calls, tokens=Usage(**tokens), nusd=nusd, unpriced=spent.unpriced)


def show(found: dict[str, Spent], by: By, amounts: tuple[Column, ...], output: Output, *, json: bool) -> None:
    """The dearest first; days and sessions in their order."""
    dearest = sorted(found, key=lambda name: (-found[name].nusd, -found[name].tokens.context, name))
    names = sorted(found) if by in ("day", "session") else dearest
    if json:
        for name in names:
            output.answer_json(msgspec.json.encode({by: name, **msgspec.structs.asdict(found[name])}))
        return
    table = Table((Column(by, shrinks=True), *amounts))
    for name in names:
        table.add(name, *cells(found[name]))
    if by != "tool":
        table.add("in all", *cells(in_all(found.values())))
    table.show(output)


def cells(spent: Spent) -> list[str]:
    """Calls, tokens and money."""
    tokens = spent.tokens
    counts = (spent.calls, tokens.input, tokens.cache_read, tokens.cache_write, tokens.output)
    return [*map(str, counts), price(spent)]
