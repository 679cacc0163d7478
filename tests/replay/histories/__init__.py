"""Sessions that no machine would run into on a good day, made by hand: limits met exactly, calls that end in the wrong
order, a person who interferes. Their decisions are recorded by the claw that runs the tests, so they show changes of
`decide` and no regressions.
"""

from __future__ import annotations

import itertools
import uuid
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from claw import log
from claw._native import LogWriter
from tests.pure.drive import Drive
from tests.replay.histories import calls, hooks, hooks_of_turns, limits, people, windows
from tests.replay.histories.parts import HISTORIES
from tests.replay.lives import lives

__all__ = ["HISTORIES", "calls", "hooks", "hooks_of_turns", "limits", "people", "windows", "write_all"]

LIVES = 120


def some_lives() -> list[Drive]:
    """Made-up sessions, the same at every call."""
    found: list[Drive] = []

    @settings(
        max_examples=LIVES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(lives())
    def collect(drive: Drive) -> None:
        found.append(drive)

    collect()
    return found


def write(drive: Drive, path: Path) -> Path:
    """The history as a log."""
    writer = LogWriter.create(str(path), session=uuid.UUID(path.name).bytes)
    for durable, block in itertools.groupby(drive.log, lambda envelope: bool(envelope.flags & 2)):
        log.append(writer, list(block), durable=durable)
    writer.close()
    return path


def write_all(folder: Path) -> list[Path]:
    """All histories and some lives, each a log below `folder`."""
    drives = [make() for make in HISTORIES.values()] + some_lives()
    return [write(drive, folder / str(uuid.UUID(int=number))) for number, drive in enumerate(drives)]
