"""What was measured before, a line of JSON a run, and what has moved since."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.figures import Figure, amount

HISTORY = Path("bench/results/history.jsonl")
KEPT = 200
"""Runs that are kept."""
MOVED = 0.1
"""Share by which a figure must differ to be said to have moved: less than that it does by itself."""


def last(machine: str) -> dict[str, Any] | None:
    """The newest run on such a machine."""
    return next((run for run in reversed(_runs()) if run["machine"] == machine), None)


def moved(before: Mapping[str, Any], figures: Sequence[Figure]) -> Iterator[str]:
    """A sentence for each figure that differs from the one of that run."""
    for figure in figures:
        old = before["figures"].get(figure.what)
        if old and abs(figure.value - old) > MOVED * abs(old):
            change = 100 * (figure.value - old) / abs(old)
            yield f"{figure.what}: {amount(old)} -> {amount(figure.value)} ({change:+.0f} %)"


def keep(found: Mapping[str, Any], figures: Sequence[Figure]) -> None:
    """Add this run; of a day's runs of one commit the newest stays."""
    run = {**found, "commit": _commit(), "figures": {figure.what: float(f"{figure.value:.4g}") for figure in figures}}
    same = ("when", "machine", "commit")
    others = [other for other in _runs() if any(other[name] != run[name] for name in same)]
    lines = [json.dumps(one, separators=(",", ":")) for one in [*others, run][-KEPT:]]
    HISTORY.write_text("".join(line + "\n" for line in lines))


def _runs() -> list[dict[str, Any]]:
    return [json.loads(line) for line in HISTORY.read_text().splitlines()] if HISTORY.exists() else []


def _commit() -> str:
    asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, text=True, check=False)
    return asked.stdout.strip()
