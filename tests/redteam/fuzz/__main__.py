"""``python -m tests.redteam.fuzz [--count N] [--seed N]``: run N command lines that are judged read-only."""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
import time
from pathlib import Path

from tests.redteam.fuzz.campaign import Tally, campaign


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.redteam.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="commands that are really run")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="a run is repeated by its seed")
    options = parser.parse_args(arguments)
    print(f"seed {options.seed}")

    def progress(tally: Tally) -> None:
        print(f"\r{tally.ran} of {options.count} run, {tally.made} made", end="", flush=True)

    with tempfile.TemporaryDirectory(prefix="claw-fuzz-") as folder:
        tally = campaign(Path(folder), options.seed, options.count, progress)
    print()
    for words, changed in tally.harmful:
        print(f"{shlex.join(words)}\n    changed {', '.join(changed)}")
    print(f"{len(tally.harmful)} of {tally.ran} changed something; {tally.made} lines made")
    return 1 if tally.harmful else 0


if __name__ == "__main__":
    sys.exit(main())
