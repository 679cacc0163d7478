"""Measure everything, print the table, say what has moved, keep the numbers: `python -m bench.run [PART...]`."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    agents,
    bulk,
    completion,
    durable,
    forks,
    history,
    language,
    long,
    offered,
    own_files,
    peers,
    resume,
    sandbox,
    scale,
    search,
    startup,
    verdict,
    web,
)
from bench.figures import table
from claw import __version__

PARTS = {
    "durable": durable,
    "bulk": bulk,
    "forks": forks,
    "resume": resume,
    "startup": startup,
    "sandbox": sandbox,
    "verdict": verdict,
    "agents": agents,
    "offered": offered,
    "own files": own_files,
    "long": long,
    "scale": scale,
    "search": search,
    "completion": completion,
    "web": web,
    "language": language,
    "peers": peers,
}
ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results" / "latest.json"


def main(names: list[str]) -> int:
    """Exit code 1 when a target is missed."""
    os.chdir(ROOT)
    target = ROOT / "target"
    target.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=target))
    figures = []
    try:
        for name in names or PARTS:
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            figures += PARTS[name].figures(folder)
    finally:
        shutil.rmtree(folder)
    print(table(figures))
    before = history.last(machine())
    if before is not None:
        for sentence in history.moved(before, figures):
            print(f"moved since {before['when']}: {sentence}")
    if not names:
        RESULTS.parent.mkdir(exist_ok=True)
        found = {"claw": __version__, "when": datetime.now(UTC).date().isoformat(), "machine": machine()}
        history.keep(found, figures)
        RESULTS.write_text(json.dumps({**found, "figures": [figure.plain() for figure in figures]}, indent=1) + "\n")
    return 1 if any(figure.ok is False for figure in figures) else 0


def machine() -> str:
    """What the numbers were taken on."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
