"""What is left for a session that runs elsewhere, until that has taken it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from claw.cli.output import standard
from claw.log import Home, inbox
from claw.log.inbox import Sent

PATIENCE_S = 3.0
"""How long a session may take to take it before the person is told that it is waited for."""
SHORTEST_S, LONGEST_S = 0.002, 0.1
"""Between two looks at whether it has been taken."""


def sender() -> str:
    """What has started this process, as people know it: `make (process 4711)`."""
    parent = os.getppid()
    try:
        name = Path(f"/proc/{parent}/comm").read_text(errors="replace").strip()
    except OSError:
        name = ""
    return f"{name or 'a program'} (process {parent})"


def delivered(home: Home, path: Path, sent: Sent) -> bool:
    """Leave it and wait until it is taken; False: no claw runs the session. Whether its log has it is told by the log
    alone. Raises UsageError, and KeyboardInterrupt where the person takes it back.
    """
    box = inbox.inbox_of(home, path.name)
    if not inbox.ring(box):
        return False
    file = inbox.leave(box, sent)
    live = True
    try:
        for _ in _waits(path.name):
            live = inbox.ring(box)
            if not live:
                inbox.take_back(file)
            if not file.exists():
                break
    except KeyboardInterrupt:
        if inbox.take_back(file):
            raise
    return live


def _waits(name: str) -> Iterator[None]:
    """Wait a little, each time longer."""
    pause, told, begun = SHORTEST_S, False, time.monotonic()
    while True:
        time.sleep(pause)
        yield
        pause = min(2 * pause, LONGEST_S)
        if not told and time.monotonic() - begun > PATIENCE_S:
            standard().note(f"claw: waiting until {name} takes it; Ctrl-C takes it back")
            told = True
