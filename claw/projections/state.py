"""All that decisions are made from: the projections side by side, and one fold for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from claw.events.base import Envelope, Event
from claw.events.permission import PermissionAsked, PermissionEvaluated
from claw.events.tool import ToolStarted
from claw.projections.base import Projection
from claw.projections.budget import BUDGET, Budget
from claw.projections.conversation import CONVERSATION, Conversation
from claw.projections.hooks import HOOKS, Hooks
from claw.projections.memory import MEMORY, Memory
from claw.projections.pending import PENDING, Pending
from claw.projections.permissions import PERMISSIONS, Permissions
from claw.projections.session import SESSION, SessionInfo
from claw.projections.shells import SHELLS, Shells
from claw.projections.usage import USAGE, UsageTotals


class RecordedVerdicts(msgspec.Struct, frozen=True, kw_only=True):
    """What another policy than this claw's said in one step, by the seq of the `tool.requested` that it was said of."""

    evaluated: dict[int, PermissionEvaluated] = {}
    asked: dict[int, PermissionAsked] = {}
    started: dict[int, ToolStarted] = {}


class State(msgspec.Struct, frozen=True, kw_only=True):
    session: SessionInfo = SESSION.initial
    conversation: Conversation = CONVERSATION.initial
    memory: Memory = MEMORY.initial
    pending: Pending = PENDING.initial
    permissions: Permissions = PERMISSIONS.initial
    budget: Budget = BUDGET.initial
    usage: UsageTotals = USAGE.initial
    hooks: Hooks = HOOKS.initial
    shells: Shells = SHELLS.initial
    verdicts: RecordedVerdicts | None = None
    """Verdicts to take as given in this step; None: policy is asked. Only replay sets it, and no event changes it."""


PROJECTIONS: tuple[Projection[Any], ...] = (
    SESSION,
    CONVERSATION,
    MEMORY,
    PENDING,
    PERMISSIONS,
    BUDGET,
    USAGE,
    HOOKS,
    SHELLS,
)
INITIAL = State()

_FUNCTIONS: dict[type[Event], list[tuple[str, Callable[..., Any]]]] = {}
for _projection in PROJECTIONS:
    for _kind, _function in _projection.folds.items():
        _FUNCTIONS.setdefault(_kind, []).append((_projection.name, _function))


def fold(state: State, envelope: Envelope) -> State:
    """The state after this event. Pure."""
    functions = _FUNCTIONS.get(type(envelope.data))
    if functions is None:
        return state
    event = envelope.data
    changed = {name: function(getattr(state, name), envelope, event) for name, function in functions}
    return msgspec.structs.replace(state, **changed)


def fold_all(state: State, envelopes: Iterable[Envelope]) -> State:
    """The state after all of these."""
    for envelope in envelopes:
        state = fold(state, envelope)
    return state
