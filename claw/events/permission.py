"""May a call act? The verdict, the question, the answer, and what follows for later calls."""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal, TypeAlias

import msgspec

from claw.events.base import Derived, Event, Intent, Observed
from claw.events.tools import Traits

Mode: TypeAlias = Literal["default", "acceptEdits", "plan", "dontAsk", "bypassPermissions"]
Effect: TypeAlias = Literal["allow", "ask", "deny"]
Scope: TypeAlias = Literal["once", "session", "always"]
Layer: TypeAlias = Literal["managed", "command-line", "user", "local", "project"]


_STRICTER: dict[Mode, frozenset[Mode]] = {
    "plan": frozenset(),
    "dontAsk": frozenset(),
    "default": frozenset({"plan", "dontAsk"}),
    "acceptEdits": frozenset({"plan", "dontAsk", "default"}),
    "bypassPermissions": frozenset({"plan", "dontAsk", "default", "acceptEdits"}),
}
"""`plan` asks where `dontAsk` denies, and denies what rules allow in `dontAsk`: neither is the stricter one."""


def is_stricter(mode: Mode, than: Mode) -> bool:
    """Whether everything that `mode` lets pass unasked, `than` lets pass, too, and it asks no more."""
    return mode in _STRICTER[than]


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`rule` in the syntax of settings files, as in `Bash(git log:*)`; `source` is its file and line, or its flag.

    `root` is the absolute folder where its path starts if that begins with `/`; empty: the workspace. `directory`: the
    rule is from `additionalDirectories`, and takes this absolute folder, which has no links in it, for a part of the
    workspace.
    """

    effect: Effect
    rule: str
    source: str
    layer: Layer = "user"
    root: str = ""
    directory: str = ""


def directories(rules: Iterable[Rule]) -> tuple[str, ...]:
    """The folders that these rules take for parts of the workspace."""
    return tuple(dict.fromkeys(rule.directory for rule in rules if rule.effect == "allow" and rule.directory))


def is_in(path: str, folders: Iterable[str]) -> bool:
    """Whether an absolute path is one of these folders or lies in one."""
    return any(f"{path}/".startswith(f"{folder}/") for folder in folders)


class Segment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One command of a command line, and the verdict on it alone."""

    text: str
    verdict: Effect
    rule: str = ""
    source: str = ""
    reason: str = ""


class PermissionEvaluated(Derived, frozen=True, kw_only=True, tag="permission.evaluated"):
    """The verdict. `rule` and `source` are what decided, `part` the part of the call it was about.

    `segments` has the commands of a command line; `read_only`: the call is known to change nothing. `digest` is the
    BLAKE3 of tool, arguments and facts: what a grant is bound to.
    """

    version: ClassVar[int] = 2

    request: int
    verdict: Effect
    mode: Mode
    rule: str = ""
    source: str = ""
    part: str = ""
    reason: str = ""
    segments: tuple[Segment, ...] = ()
    read_only: bool = False
    digest: str = ""


class PermissionAnswered(Observed, frozen=True, kw_only=True, tag="permission.answered"):
    """`how`: a person said so; the program in front of claw did (since version 4); nobody was there to ask; the
    question was withdrawn. `network`: this call may use it.

    `rule` is the one of those offered that "session" or "always" adds; empty: the narrowest.
    """

    version: ClassVar[int] = 4

    call: int
    allowed: bool
    how: Literal["person", "program", "headless", "withdrawn"]
    scope: Scope = "once"
    reason: str = ""
    network: bool = False
    rule: str = ""


class PermissionAsked(Intent, frozen=True, kw_only=True, tag="permission.asked"):
    """`suggestion` is the narrowest rule that would cover this call, `wider` are others that would cover more: what
    "session" and "always" add is one of them.

    `network`: the call would run without a network, and the answer may grant one. `traits` are those that the call was
    judged by. `agent` names the agent that makes the call; empty: the main one, and before version 5.
    """

    version: ClassVar[int] = 5
    ends: ClassVar[tuple[type[Event], ...]] = (PermissionAnswered,)

    request: int
    name: str
    arguments: dict[str, Any]
    reason: str = ""
    part: str = ""
    suggestion: str = ""
    segments: tuple[Segment, ...] = ()
    network: bool = False
    wider: tuple[str, ...] = ()
    traits: Traits = Traits()
    agent: str = ""


class PermissionGranted(Derived, frozen=True, kw_only=True, tag="permission.granted"):
    """This call may act (`digest`: BLAKE3 of its tool, arguments and facts); with `rule`, so may later ones like it."""

    request: int
    scope: Scope
    digest: str
    rule: str = ""


class RuleSaved(Observed, frozen=True, kw_only=True, tag="permission.saved"):
    """`path` is the settings file; `error` why it could not be written."""

    call: int
    path: str = ""
    error: str = ""


class RuleSaveRequested(Intent, frozen=True, kw_only=True, tag="permission.save_requested"):
    """Write an allow rule to the user's settings, because the answer was "always"."""

    ends: ClassVar[tuple[type[Event], ...]] = (RuleSaved,)
    cancellable: ClassVar[bool] = False

    rule: str


class ModeChanged(Derived, frozen=True, kw_only=True, tag="permission.mode_changed"):
    """The session's mode from here on: plan mode, which the person has agreed to, or the one that the person has chosen
    when a plan was accepted.
    """

    mode: Mode


class PermissionRevoked(Derived, frozen=True, kw_only=True, tag="permission.revoked"):
    """A rule granted in this session no longer holds."""

    rule: str
