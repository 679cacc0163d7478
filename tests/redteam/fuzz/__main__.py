"""``python -m tests.redteam.fuzz [--grammar | --denied] [--count N] [--seed N]``: run lines that are allowed."""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
import time
from pathlib import Path

from tests.redteam.fuzz.campaign import DENYING, Tally, campaign, grammar_campaign


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.redteam.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="commands that are really run")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="a run is repeated by its seed")
    parser.add_argument("--grammar", action="store_true", help="lines of every construct of bash, not of the table")
    parser.add_argument("--denied", action="store_true", help="the same, where all is allowed and a rule denies touch")
    options = parser.parse_args(arguments)
    print(f"seed {options.seed}")

    def progress(tally: Tally) -> None:
        counts = f"{tally.ran} of {options.count} run, {tally.made} made, {len(tally.harmful)} harmful"
        print(f"\r{counts}", end="", flush=True)

    with tempfile.TemporaryDirectory(prefix="claw-fuzz-") as folder:
        if options.denied:
            tally = grammar_campaign(Path(folder), options.seed, options.count, progress, DENYING)
        else:
            run = grammar_campaign if options.grammar else campaign
            tally = run(Path(folder), options.seed, options.count, progress)
    print()
    for words, changed in tally.harmful:
        print(f"{shlex.join(words)}\n    changed {', '.join(changed)}")
    print(f"{len(tally.harmful)} of {tally.ran} changed something; {tally.made} lines made")
    return 1 if tally.harmful else 0


if __name__ == "__main__":
    sys.exit(main())
