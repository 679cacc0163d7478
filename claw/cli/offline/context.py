"""`claw context`: what takes how much of the model's window, now or at any event."""

from __future__ import annotations

import msgspec

from claw import log
from claw.cli import account
from claw.cli.offline import lookup
from claw.cli.offline.style import put
from claw.cli.offline.table import Column, Table
from claw.cli.output import standard
from claw.decide.behaviour import unsupported
from claw.errors import ClawError, UsageError
from claw.projections.state import INITIAL, MAIN, fold_all
from claw.session.context import measure


def context(session: str, agent: int | None = None, json: bool = False) -> int | None:
    """Show what takes how much of the window. Raises UsageError, ClawError (a session of another claw), LogError."""
    path, address = lookup.locate(session)
    if address.seq is not None:
        log.event_at(str(path), address.seq)
    end = None if address.seq is None else address.seq + (not address.before)
    state = fold_all(INITIAL, log.read(str(path), 0, end)) if end != 0 else INITIAL
    if state.session.prompts is None:
        raise UsageError(f"nothing had begun yet at {session}", hint=f"claw log {address.ref} lists the events")
    runtime = state.session.runtime
    needed = unsupported(runtime.behaviours) if runtime else []
    if needed:
        raise ClawError(f"this session was written by claw {runtime.claw if runtime else ''}, and needs {needed}")
    agent = MAIN if agent is None else agent
    if agent not in state.agents:
        raise UsageError(f"there is no agent {agent} in {session}", hint=f"claw show {address.ref} has them")
    measured = measure(state, state.agents[agent])
    output = standard()
    if json:
        plain = {"session": path.name, "agent": agent, **msgspec.to_builtins(measured), "free": measured.free}
        output.answer_json(msgspec.json.encode(plain))
        return None
    table = Table((Column("part", shrinks=True), Column("", right=True), Column("tokens", right=True), _SHARE))
    for row in account.rows(measured):
        table.add(*row)
    table.show(output)
    put(["", *account.sentences(measured)])
    return None


_SHARE = Column("share", right=True)
