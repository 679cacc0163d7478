"""How long the command takes to say anything."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, median, ratio, seconds

CLAW = Path(sys.executable).parent / "claw"
TIMES = 30


def figures(folder: Path) -> Iterator[Figure]:
    """`claw --version`, to an interpreter that does nothing."""
    version, nothing = [], []
    for _ in range(TIMES):
        nothing.append(seconds(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True)))
        version.append(seconds(lambda: subprocess.run([CLAW, "--version"], check=True, stdout=subprocess.DEVNULL)))
    detail = f"{median(version) * 1e3:.0f} ms of {median(nothing) * 1e3:.0f} ms"
    yield ratio("claw --version, to python -c pass", median(version) / median(nothing), detail, most=3)
