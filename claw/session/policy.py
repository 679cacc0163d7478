"""The policy that holds in a folder, as a session there would have it, and its verdicts on calls nobody makes."""

from __future__ import annotations

import os
from typing import Any

import msgspec
from msgspec.structs import replace

from claw import _native, tools
from claw.decide import interpreters
from claw.errors import ToolError
from claw.events.permission import Effect, Mode, Segment
from claw.events.tool import PathFact
from claw.events.tools import judged_arguments, traits_of
from claw.execution.context import ToolContext
from claw.execution.paths import fact
from claw.execution.scratch import Scratch
from claw.log import Home
from claw.session.config import InForce, Options, check_mode, in_force
from claw.session.trust import settle
from claw.session.wiring import home_of
from claw.settings import Settings, read_settings
from claw.tools.facts import facts


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What policy says of one call; see `claw._native.evaluate`. `paths` are the facts it was made from."""

    verdict: Effect
    rule: str | None = None
    source: str = ""
    part: str = ""
    reason: str = ""
    suggestion: str | None = None
    wider: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    read_only: bool = False
    unresolved: tuple[str, ...] = ()
    paths: tuple[PathFact, ...] = ()


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Verdict).decode


class Policy:
    """Mode and rules in one folder. Facts are found out once, until `forget`. Raises UsageError when made."""

    def __init__(self, home: Home, options: Options, *, sandboxed: bool) -> None:
        self._options = options
        self.settings: Settings = settle(home, options, read_settings(home_of(options), options.workspace))
        self.force: InForce = in_force(options, self.settings)
        self._context = ToolContext(
            workspace=options.workspace,
            home=home_of(options),
            claw_home=str(home.path),
            guard="",
            environment={"PATH": options.environ.get("PATH", os.defpath)},
            rules=self.force.rules,
            scratch=Scratch("") if sandboxed else None,
        )
        self._known: dict[tuple[str, str], PathFact | ToolError] = {}
        self._native = _native.Policy(
            _encode(
                {
                    "tool": "",
                    "footprint": "read",
                    "mode": self.force.mode,
                    "rules": self.force.rules,
                    "cwd": self._context.workspace,
                    "home": self._context.home,
                    "sandboxed": sandboxed,
                }
            )
        )

    def verdict(self, tool: str, arguments: dict[str, Any], mode: Mode | None = None) -> Verdict:
        """On a call of a tool that need not exist.

        Raises ToolError for arguments that the tool does not take, UsageError for a mode that no session could have.
        """
        if mode is not None:
            check_mode(mode, replace(self._options, mode=mode), self.settings)
        known = tools.own(tool)
        traits = traits_of(known.spec.traits, arguments) if known else None
        paths = facts(known, arguments, self._context, self._look) if known else ()
        call = {
            "tool": tool,
            "arguments": judged_arguments(traits, arguments) if traits and traits.spoken else arguments,
            # What nobody knows may do anything.
            "footprint": traits.footprint if traits else "execute",
            "traits": traits,
            "facts": {"paths": paths},
            "mode": mode,
        }
        verdict = _decode(self._native.check(_encode(call)))
        if traits and traits.spoken:
            told = interpreters.stricter(traits, mode or self.force.mode, msgspec.to_builtins(verdict))
            verdict = msgspec.convert(told, Verdict)
        return msgspec.structs.replace(verdict, paths=paths) if paths else verdict

    def forget(self) -> None:
        """What is on disk may have changed."""
        self._known.clear()

    def _look(self, parameter: str, given: str, context: ToolContext) -> PathFact:
        """As `fact`, once for each path."""
        known = self._known.get((parameter, given))
        if known is None:
            try:
                known = fact(parameter, given, context)
            except ToolError as error:
                known = error
            self._known[parameter, given] = known
        if isinstance(known, ToolError):
            raise known.with_traceback(None)
        return known
