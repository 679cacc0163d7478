"""What the subcommands have in common: flags, and the policy of a folder."""

from __future__ import annotations

import os
import re
from typing import Any

import msgspec

from claw.cli.live import flags
from claw.errors import UsageError
from claw.events.permission import Mode
from claw.execution.confinement import available
from claw.log import Home
from claw.session.config import Options
from claw.session.policy import Policy
from claw.settings import mode_named
from claw.tools import every


def options_of(folder: str | None, allowed: list[str] | None, disallowed: list[str] | None) -> Options:
    """Raises UsageError."""
    return flags.understood(flags.Raw(folder=folder, allowed_tools=allowed, disallowed_tools=disallowed), os.environ)


def policy_of(options: Options) -> Policy:
    """Raises UsageError for settings that cannot be meant."""
    return Policy(Home.default(options.environ), options, sandboxed=available().namespaces)


def mode_of(text: str | None) -> Mode | None:
    """Raises UsageError."""
    return mode_named(text) if text is not None else None


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call as it is written in JSON."""

    tool: str
    input: dict[str, Any] = {}
    cwd: str | None = None
    mode: str | None = None


_call = msgspec.json.Decoder(Call).decode


def call_of(text: str | bytes) -> Call:
    """A call from JSON. Raises UsageError."""
    try:
        return _call(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"that is no call: {error}", hint='write {"tool": "Read", "input": {"file_path": "x"}}'
        ) from None


def call_typed(text: str) -> Call:
    """A command line, or a call in JSON. Raises UsageError."""
    return call_of(text) if re.match(r'\s*\{\s*"', text) else _command_line(text)


def _command_line(text: str) -> Call:
    """The call of the tool that runs command lines."""
    tool = next(tool.spec for tool in every() if tool.spec.traits.subject == "command")
    return Call(tool=tool.name, input={tool.traits.argument: text})
