"""`claw acp`: sessions for an editor, by the Agent Client Protocol."""

from __future__ import annotations

import os
import sys
from typing import Any

from msgspec.structs import replace

from claw.cli.live import flags
from claw.cli.output import standard
from claw.errors import UsageError
from claw.late import load
from claw.log import Home
from claw.settings import amounts

WITHIN = "1h"
"""How long a person may take to answer, unless the flag says another time."""


def acp(**typed: Any) -> int:
    """Answer the editor that has started claw, until it leaves. `typed` are as for `flags.Raw`. Raises ClawError."""
    raw = flags.Raw(**typed)
    within = raw.permission_timeout or WITHIN
    ms = amounts.milliseconds(within)
    if ms is None:
        raise UsageError(f"--permission-timeout must be {amounts.TIME}, not {within!r}")
    options = replace(flags.understood(raw, os.environ), interactive=True)
    if sys.stdin is not None and sys.stdin.isatty():
        standard().note("claw: editors talk to this, by the Agent Client Protocol (docs/editors.md); Ctrl-D leaves")
    setup = load("claw.cli.acp.server", "Setup")(Home.default(os.environ), options, ms / 1000)
    code: int = load("claw.cli.acp.server", "serve")(setup)
    return code
