"""Permissions in force: the mode, the rules, and what was granted in this session."""

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.permission import Mode, ModeChanged, PermissionGranted, PermissionRevoked, Rule, Scope
from claw.events.session import ConfigChanged, SessionForked, SessionStarted
from claw.projections.base import Projection


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """An allow rule that an answer added, for the calls of one agent; `seq` is its `permission.granted`."""

    seq: int
    agent: int
    rule: str
    scope: Scope


class Permissions(msgspec.Struct, frozen=True, kw_only=True):
    mode: Mode = "default"
    rules: tuple[Rule, ...] = ()
    grants: tuple[Grant, ...] = ()


def _configured(value: Permissions, envelope: Envelope, event: SessionStarted | ConfigChanged) -> Permissions:
    return replace(value, mode=event.config.mode, rules=event.config.rules)


def _granted(value: Permissions, envelope: Envelope, event: PermissionGranted) -> Permissions:
    if (
        not event.rule
        or event.scope == "once"
        or any((grant.rule, grant.agent) == (event.rule, envelope.agent) for grant in value.grants)
    ):
        return value
    grant = Grant(seq=envelope.seq, agent=envelope.agent, rule=event.rule, scope=event.scope)
    return replace(value, grants=(*value.grants, grant))


def _revoked(value: Permissions, envelope: Envelope, event: PermissionRevoked) -> Permissions:
    return replace(value, grants=tuple(grant for grant in value.grants if grant.rule != event.rule))


def _forked(value: Permissions, envelope: Envelope, event: SessionForked) -> Permissions:
    return replace(value, grants=())


PERMISSIONS = Projection(
    "permissions",
    Permissions(),
    {
        SessionStarted: _configured,
        ConfigChanged: _configured,
        ModeChanged: lambda value, _, event: replace(value, mode=event.mode),
        PermissionGranted: _granted,
        PermissionRevoked: _revoked,
        SessionForked: _forked,
    },
)
