"""`claw [PROMPT]`: a session in the terminal, or one answer without it."""

from __future__ import annotations

import os
import sys
from typing import Any

from claw import session
from claw.cli.live import flags, launch
from claw.cli.live.latest import last_in
from claw.errors import UsageError
from claw.log import Address, Home, find, fork_point


def main(
    prompt: str | None = None,
    print_: bool = False,
    output_format: str | None = None,
    verbose: bool = False,
    go_on: bool = False,
    resume: str | None = None,
    input_id: str = "",
    version: bool = False,
    **typed: Any,
) -> int:
    """Talk, or answer one prompt. `typed` are the flags of `flags.Raw`. Raises ClawError."""
    raw = flags.Raw(**typed)
    if version:
        return launch.print_version()
    if go_on and resume:
        raise UsageError("--continue and --resume say different things", hint="give one of them")
    if resume and raw.folder is not None:
        raise UsageError("a session is resumed in its own folder, so -C has no place here", hint="claw fork S -C DIR")
    if raw.name and (go_on or resume):
        raise UsageError("--name is for new sessions", hint="/rename NAME in the session")
    if raw.fork_session and not (go_on or resume):
        raise UsageError("--fork-session needs a session", hint="--resume S, or --continue")
    if raw.session_id and (go_on or resume):
        raise UsageError("--session-id is for new sessions", hint="leave it out")
    options = flags.understood(raw, os.environ)
    home = Home.default(os.environ)
    path = ""
    if go_on:
        path = last_in(home, options.workspace)
    elif resume:
        path = str(find(home, resume))
    if raw.fork_session:
        path = str(home.session_path(session.fork(home, path, fork_point(path, Address(os.path.basename(path))))))
    if launch.wants_terminal(print_):
        launch.refuse_without_print(output_format, input_id, raw)
        return launch.interactive(home, options, path, prompt or "", plain=raw.plain)
    work = launch.work(raw, prompt, input_id, output_format, verbose)
    if not (work.prompt or work.talks or path):
        raise UsageError(
            "there is no prompt", hint="claw -p 'PROMPT', or pipe it in" if sys.stdin.isatty() else "claw -p 'PROMPT'"
        )
    return launch.headless(home, options, path, work)
