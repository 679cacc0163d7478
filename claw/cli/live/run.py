"""`claw run PROMPT`: one answer, and exit."""

from __future__ import annotations

import os
from typing import Any

from claw.cli.live import flags, launch
from claw.cli.live.headless import Work
from claw.cli.live.prompt import gathered
from claw.errors import UsageError
from claw.log import Home


def run(
    prompt: str | None = None,
    output_format: str | None = None,
    verbose: bool = False,
    input_id: str = "",
    **typed: Any,
) -> int:
    """Answer one prompt. `typed` are the flags of `flags.Raw`. Raises ClawError."""
    raw = flags.Raw(**typed)
    options = flags.understood(raw, os.environ)
    work = Work(gathered(prompt), input_id, flags.format_named(output_format or "text"), verbose)
    if not work.prompt:
        raise UsageError("there is no prompt", hint="claw run 'PROMPT'")
    return launch.headless(Home.default(os.environ), options, "", work)
