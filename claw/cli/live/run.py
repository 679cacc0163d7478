"""`claw run PROMPT`: one answer, and exit."""

from __future__ import annotations

import os
from typing import Any

from claw.cli.live import flags, launch
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
    work = launch.work(raw, prompt, input_id, output_format, verbose)
    if not (work.prompt or work.talks):
        raise UsageError("there is no prompt", hint="claw run 'PROMPT'")
    return launch.headless(Home.default(os.environ), options, "", work)
