"""`claw fork S[@n]`: a new session that shares another's past."""

from __future__ import annotations

import os
from typing import Any

from claw import session
from claw.cli.live import flags, launch, report
from claw.cli.output import standard
from claw.log import Home, find, fork_point, parse_address


def fork(
    source: str,
    prompt: str | None = None,
    output_format: str | None = None,
    verbose: bool = False,
    input_id: str = "",
    **typed: Any,
) -> int:
    """Branch a session. `typed` are the flags of `flags.Raw`. Raises ClawError."""
    raw = flags.Raw(**typed)
    options = flags.understood(raw, os.environ)
    if prompt is None:
        launch.refuse_without_print(None, "", raw)
    shape = flags.format_named(output_format or "text")
    home = Home.default(os.environ)
    address = parse_address(source)
    parent = str(find(home, address.ref))
    work = launch.work(raw, prompt, input_id, output_format, verbose) if prompt is not None else None
    at = fork_point(parent, address)
    workspace = options.workspace if raw.folder is not None else None
    made = session.fork(home, parent, at, workspace=workspace, name=raw.name)
    path = str(home.session_path(made))
    output = standard()
    told = f"forked {os.path.basename(parent)}@{at}: the conversation is branched, files stay as they are"
    if work is not None:
        output.note(f"{told}; the fork is {made}")
        return launch.headless(home, options, path, work)
    if shape == "json":
        output.answer_json(report.made(made))
    else:
        output.answer(f"{made}\n")
    output.note(told)
    return launch.interactive(home, options, path, "", plain=raw.plain) if launch.wants_terminal(False) else 0
