"""What other rules, or another policy than the recording one, say of the calls that a session has recorded. Only the
log is read, never the disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from claw import log
from claw._native import evaluate
from claw.decide.permission import question
from claw.events.kinds import KINDS
from claw.events.permission import Effect, PermissionEvaluated
from claw.events.tools import Shown
from claw.projections.state import INITIAL, Agent, State, fold
from claw.projections.turn import ToolCall
from claw.settings import Settings

LEFT_OUT = ("model.chunk", "tool.output")
"""Pieces, of which later events hold the whole."""

Answer: TypeAlias = Effect | Literal["unknown"]

_decode = msgspec.msgpack.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class Judgement:
    """One recorded verdict and the other one; `seq` is the recorded `permission.evaluated`.

    `would` is unknown where the log lacks a fact (`missing`) that the rules need.
    """

    seq: int
    name: str
    arguments: dict[str, Any]
    shown: Shown
    was: Effect
    would: Answer
    rule: str
    source: str
    reason: str
    missing: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return self.would != self.was


def backtest(path: str, settings: Settings | None) -> Iterator[Judgement]:
    """Each call of the session under these rules, and this mode where they name one; None: under the rules that were in
    force, by this claw's policy. Grants stay what they were.

    `path` is the session's folder. Raises LogError, EventInvalid.
    """
    kinds = [kind for kind in KINDS if kind not in LEFT_OUT]
    state = INITIAL
    for envelope in log.read(path, kinds=kinds):
        event = envelope.data
        # Without a digest since version 2: it was no rule that decided.
        if isinstance(event, PermissionEvaluated) and (event.digest or envelope.version < 2):
            agent = state.agents[envelope.agent]
            call = agent.conversation.call_of_request(event.request)
            if call is not None:
                yield _judged(_under(state, event, settings), agent, call, envelope.seq, event)
        state = fold(state, envelope)


def _under(state: State, event: PermissionEvaluated, settings: Settings | None) -> State:
    if settings is None:
        return state
    permissions = replace(state.permissions, mode=settings.mode or event.mode, rules=settings.rules)
    return replace(state, permissions=permissions)


def _judged(state: State, agent: Agent, call: ToolCall, seq: int, event: PermissionEvaluated) -> Judgement:
    verdict = _decode(evaluate(question(state, agent, call)))
    missing = tuple(verdict.get("unresolved") or ())
    would: Answer = verdict["verdict"]
    if missing and would != "deny":
        would = "unknown"
    return Judgement(
        seq=seq,
        name=call.name,
        arguments=call.arguments,
        shown=call.traits.shown,
        was=event.verdict,
        would=would,
        rule=verdict.get("rule") or "",
        source=verdict.get("source") or "",
        reason=verdict.get("reason") or "",
        missing=missing,
    )
