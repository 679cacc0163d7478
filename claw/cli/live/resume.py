"""`claw resume [S]`: go on where a session stopped."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from claw.cli.live import flags, launch
from claw.cli.live.latest import last_in
from claw.cli.output import standard
from claw.errors import UsageError
from claw.late import load
from claw.log import Home, describe, find, parse_address


def resume(
    session: str | None = None,
    prompt: str | None = None,
    output_format: str | None = None,
    verbose: bool = False,
    input_id: str = "",
    **typed: Any,
) -> int:
    """Go on with a session. `typed` are the flags of `flags.Raw`. Raises ClawError."""
    raw = flags.Raw(**typed)
    options = flags.understood(raw, os.environ)
    home = Home.default(os.environ)
    in_terminal = launch.wants_terminal(prompt is not None)
    if session is None and in_terminal:
        choose = load("claw.cli.terminal.resuming", "chosen")
        taken: str | None = choose(home, options.workspace, options.environ, plain=raw.plain)
        if taken is None:
            return 0
        session = os.path.basename(taken)
    path = _meant(home, session, options.workspace)
    if in_terminal:
        launch.refuse_without_print(output_format, input_id, raw)
        return launch.interactive(home, options, path, "", plain=raw.plain)
    work = launch.work(raw, prompt, input_id, output_format, verbose)
    return launch.headless(home, options, path, work)


def _meant(home: Home, session: str | None, workspace: str) -> str:
    """The session that is named, or the last one in this folder, which a person at a terminal is told then. Raises
    UsageError, LogError.
    """
    if session is None:
        path = last_in(home, workspace)
        name = describe(path).name or Path(path).name
        if sys.stderr.isatty():
            standard().note(f"claw: going on with {name}, the last session in {workspace}")
        return path
    address = parse_address(session)
    if address.seq is not None:
        raise UsageError(f"{session} is a step: a session goes on from its end", hint=f"claw fork {session}")
    return str(find(home, address.ref))
