"""What was allowed in a session, taken back while it does not run."""

from __future__ import annotations

import time
from collections.abc import Sequence

from claw import log
from claw.decide.step import take
from claw.errors import EventInvalid, LogError, UsageError
from claw.events.base import Envelope
from claw.events.codec import envelop
from claw.events.input import CommandInvoked
from claw.events.kinds import kind_of
from claw.events.permission import PermissionGranted, PermissionRevoked
from claw.events.session import SessionForked
from claw.log import Home
from claw.projections.permissions import PERMISSIONS, Grant
from claw.projections.state import State
from claw.session.unattended import opened

_ABOUT_GRANTS = tuple(kind_of(kind) for kind in (PermissionGranted, PermissionRevoked, SessionForked))


def revoke(path: str, rule: str = "") -> tuple[Grant, ...]:
    """Take back a rule that an answer added, or every one; those taken back. Recorded as `/permissions revoke` is.

    Raises UsageError (there is no such grant; the last write broke off), LogLocked (it runs), other ClawErrors.
    """
    with opened(path, "/permissions revoke RULE") as (writer, state):
        grants = _meant(state, rule)
        log.append(writer, _steps(state, writer.next_seq, grants), durable=True)
    return grants


def holders(home: Home, rule: str) -> list[str]:
    """The sessions that an answer of "always" gave this rule, and that hold it still. Raises UsageError."""
    return [path.name for path in log.session_paths(home) if _holds(str(path), rule)]


def _holds(path: str, rule: str) -> bool:
    held = PERMISSIONS.initial
    try:
        for envelope in log.read(path, kinds=_ABOUT_GRANTS):
            held = PERMISSIONS.fold(held, envelope)
    except (LogError, EventInvalid):
        return False  # nothing goes on there before it is repaired
    return any((grant.rule, grant.scope) == (rule, "always") for grant in held.grants)


def _meant(state: State, rule: str) -> tuple[Grant, ...]:
    held = state.permissions.grants
    if not held:
        raise UsageError(f"nothing is granted in {state.session.id}")
    grants = tuple(grant for grant in held if rule in ("", grant.rule))
    if not grants:
        rules = ", ".join(grant.rule for grant in held)
        raise UsageError(f"{rule} is not granted in {state.session.id}", hint=f"granted there: {rules}")
    return grants


def _steps(state: State, seq: int, grants: Sequence[Grant]) -> list[Envelope]:
    envelopes: list[Envelope] = []
    for grant in grants:
        command = CommandInvoked(name="revoke", argument=grant.rule)
        step = take(state, envelop(command, seq=seq + len(envelopes), ts=time.time_ns(), agent=0, cause=None))
        envelopes += step.envelopes
        state = step.state
    return envelopes
