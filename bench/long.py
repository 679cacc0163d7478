"""A session of 10⁶ events, and a home of 10⁴ sessions: what is asked of them is answered before one has to wait."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, median, seconds
from bench.recorded import Recording, million, started
from bench.startup import CLAW
from claw import log
from claw.events.context import InstructionsFound
from claw.events.input import InputReceived
from claw.events.session import SessionEnded

TIMES = 5
MANY = 10_000
APART = 600_000_000_000
"""Nanoseconds between two of them."""
OF_A_MILLION, OF_MANY = 0.5, 0.3
"""Seconds that an answer may take, the start of the process included."""


def figures(folder: Path) -> Iterator[Figure]:
    """Seconds of the commands, as people run them."""
    path = million(folder)
    home = folder / "home"
    events = log.tip(str(path)) + 1
    middle = f"{path.name}@{events // 2}"
    for what, arguments in (
        ("claw log, the last 20 events", ["log", path.name, "--from", "-20"]),
        ("claw log --kind", ["log", path.name, "--kind", "input.command_invoked"]),
        ("claw log --grep", ["log", path.name, "--grep", "question 777$"]),
        ("claw log, the first 10 000 events", ["log", path.name, "--to", "9999"]),
        ("claw show, one event and all that it led to", ["show", middle]),
        ("claw fork, in the middle", ["fork", middle]),
    ):
        yield _command(f"{what}, of 10^6 events", home, arguments, OF_A_MILLION)
    many = folder / "many"
    _fill(many)
    for what, arguments in (
        ("claw log", ["log"]),
        ("claw log @last", ["log", "@last", "--from", "-1"]),
        ("claw log S, by the name of a session", ["log", f"name-{MANY // 2}", "--from", "-1"]),
    ):
        yield _command(f"{what}, of 10^4 sessions", many, arguments, OF_MANY)
    shutil.rmtree(many)


def _command(what: str, home: Path, arguments: list[str], most: float) -> Figure:
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "CLAW_HOME": str(home)}
    command = [str(CLAW), *arguments]

    def run() -> None:
        subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)

    run()
    taken = median([seconds(run) for _ in range(TIMES)])
    return Figure(what, taken, f"{taken:.3f} s", most=most)


def _fill(home: Path) -> None:
    """Sessions of a few events; every tenth has a name."""
    for number in range(MANY):
        id = ((1_700_000_000_000 + number) << 80) | (7 << 76) | (2 << 62) | number
        path = home / "sessions" / str(uuid.UUID(int=id))
        began = time.time_ns() - (MANY - number) * APART
        recording = Recording(path, began)
        name = "" if number % 10 else f"name-{number}"
        recording.feed(started(path, str(home / f"work-{number % 100}"), str(home), name))
        recording.feed(InstructionsFound(call=1, files=()), cause=1)
        recording.feed(InputReceived(text=f"question {number}"))
        recording.feed(SessionEnded(reason="quit"))
        recording.flush()
        recording.release()
        for file in path.glob("*.seg"):
            os.utime(file, ns=(began, began + APART // 2))
