"""The policy that holds in a folder, as a session there would have it, and its verdicts on calls nobody makes."""

from __future__ import annotations

from typing import Any

import msgspec

from claw import _native, toolbox
from claw.config import InForce, Options, in_force
from claw.equipment import home_of
from claw.errors import ToolError
from claw.events.permission import Effect, Mode, Segment
from claw.events.tool import PathFact
from claw.log import Home
from claw.settings import Settings, read_settings
from claw.toolbox.arguments import parsed
from claw.toolbox.base import Place
from claw.toolbox.paths import fact
from claw.trust import settle


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What policy says of one call; see `claw._native.evaluate`. `paths` are the facts it was made from."""

    verdict: Effect
    rule: str | None = None
    source: str = ""
    part: str = ""
    reason: str = ""
    suggestion: str | None = None
    segments: tuple[Segment, ...] = ()
    read_only: bool = False
    unresolved: tuple[str, ...] = ()
    paths: tuple[PathFact, ...] = ()


_TOOLS = {tool.spec.name: tool for tool in toolbox.TOOLS}
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Verdict).decode


class Policy:
    """Mode and rules in one folder. Facts are found out once, until `forget`. Raises UsageError when made."""

    def __init__(self, home: Home, options: Options, *, sandboxed: bool) -> None:
        self.settings: Settings = settle(home, options, read_settings(home_of(options), options.workspace))
        self.force: InForce = in_force(options, self.settings)
        self._place = Place(
            workspace=options.workspace,
            home=home_of(options),
            claw_home=str(home.path),
            guard="",
            environment={},
        )
        self._facts: dict[str, PathFact | None] = {}
        self._native = _native.Policy(
            _encode(
                {
                    "tool": "",
                    "footprint": "read",
                    "mode": self.force.mode,
                    "rules": self.force.rules,
                    "cwd": self._place.workspace,
                    "home": self._place.home,
                    "sandboxed": sandboxed,
                }
            )
        )

    def verdict(self, tool: str, arguments: dict[str, Any], mode: Mode | None = None) -> Verdict:
        """On a call of a tool that need not exist. Raises ToolError for arguments that the tool does not take."""
        paths = self._paths(tool, arguments)
        known = _TOOLS.get(tool)
        call = {
            "tool": tool,
            "arguments": arguments,
            # What nobody knows may do anything.
            "footprint": known.spec.footprint if known else "execute",
            "facts": {"paths": paths},
            "mode": mode,
        }
        verdict = _decode(self._native.check(_encode(call)))
        return msgspec.structs.replace(verdict, paths=paths) if paths else verdict

    def forget(self) -> None:
        """What is on disk may have changed."""
        self._facts.clear()

    def _paths(self, name: str, arguments: dict[str, Any]) -> tuple[PathFact, ...]:
        tool = _TOOLS.get(name)
        if tool is None:
            return ()
        wanted = tool.paths(parsed(name, tool.arguments, arguments))
        strict = tool.spec.footprint != "execute"
        found = (self._fact(parameter, given, strict=strict) for parameter, given in wanted)
        return tuple(path for path in found if path is not None)

    def _fact(self, parameter: str, given: str, *, strict: bool) -> PathFact | None:
        """A path of a command line that leads nowhere has no fact; one of a file tool is an error."""
        if given in self._facts:
            known = self._facts[given]
            if known is None or known.parameter == parameter:
                return known
        try:
            found = fact(parameter, given, self._place)
        except ToolError:
            if strict:
                raise
            found = None
        self._facts[given] = found
        return found
