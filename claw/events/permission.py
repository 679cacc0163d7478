"""May a call act? The verdict, the question, the answer, and what follows for later calls."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from claw.events.base import Derived, Intent, Observed

Mode: TypeAlias = Literal["default", "acceptEdits", "plan", "bypassPermissions"]
Effect: TypeAlias = Literal["allow", "ask", "deny"]
Scope: TypeAlias = Literal["once", "session", "always"]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`rule` in the syntax of settings files, as in `Bash(git log:*)`; `source` is the file or flag it came from."""

    effect: Effect
    rule: str
    source: str


class PermissionEvaluated(Derived, frozen=True, kw_only=True, tag="permission.evaluated"):
    """The verdict. `rule` and `source` are what decided, `part` the part of the call it was about."""

    request: int
    verdict: Effect
    mode: Mode
    rule: str = ""
    source: str = ""
    part: str = ""
    reason: str = ""


class PermissionAsked(Intent, frozen=True, kw_only=True, tag="permission.asked"):
    """`suggestion` is the narrowest rule that would cover this call: what "session" and "always" would add."""

    request: int
    name: str
    arguments: dict[str, Any]
    reason: str = ""
    part: str = ""
    suggestion: str = ""


class PermissionAnswered(Observed, frozen=True, kw_only=True, tag="permission.answered"):
    """`how`: a person said so; nobody was there to ask; the question was withdrawn."""

    call: int
    allowed: bool
    how: Literal["person", "headless", "withdrawn"]
    scope: Scope = "once"
    reason: str = ""


class PermissionGranted(Derived, frozen=True, kw_only=True, tag="permission.granted"):
    """This call may act (`digest`: BLAKE3 of its tool, arguments and facts); with `rule`, so may later ones like it."""

    request: int
    scope: Scope
    digest: str
    rule: str = ""


class RuleSaveRequested(Intent, frozen=True, kw_only=True, tag="permission.save_requested"):
    """Write an allow rule to the user's settings, because the answer was "always"."""

    rule: str


class RuleSaved(Observed, frozen=True, kw_only=True, tag="permission.saved"):
    """`path` is the settings file; `error` why it could not be written."""

    call: int
    path: str = ""
    error: str = ""


class PermissionRevoked(Derived, frozen=True, kw_only=True, tag="permission.revoked"):
    """A rule granted in this session no longer holds."""

    rule: str
