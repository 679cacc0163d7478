"""``python -m tools.campaign [--kills N] [--seed N] [--jobs N] [--keep DIR]``: kill real runs of claw, and count."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tools.campaign.kills import Tally
from tools.campaign.together import together


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.campaign", description=__doc__)
    parser.add_argument("--kills", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="a run is repeated by its seed")
    parser.add_argument("--jobs", type=int, default=2, help="processes that kill side by side")
    parser.add_argument("--keep", type=Path, default=None, help="where sessions are left behind (else removed)")
    options = parser.parse_args(arguments)
    began = time.monotonic()

    def progress(tally: Tally) -> None:
        spent = time.monotonic() - began
        print(f"\r{tally.kills} kills of {options.kills}, {tally.sessions} sessions, {spent:.0f} s", end="", flush=True)

    print(f"seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="claw-campaign-") as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        tally = together(folder, options.kills, options.seed, options.jobs, progress)
    print(f"\nall held: {tally.kills} kills in {tally.runs} runs of {tally.sessions} sessions; killed after")
    for kind, times in tally.where.most_common():
        print(f"{times:8}  {kind}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
