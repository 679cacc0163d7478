"""``python -m tools.replay check [DIR…]`` and ``record [NAME…]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.replay import check, record
from tools.replay.golden import GOLDENS


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.replay", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    checking = verbs.add_parser("check", help="verify and replay every session below these folders")
    checking.add_argument("folders", nargs="*", type=Path, default=[GOLDENS], metavar="DIR")
    checking.add_argument("--no-content", action="store_true", help="say nothing of what the sessions hold")
    checking.add_argument("--jobs", type=int, default=None, help="processes; as many as there are cores, if not said")
    recording = verbs.add_parser("record", help="record golden sessions from real runs")
    recording.add_argument("names", nargs="*", metavar="NAME", help="folders in tests/golden; those not recorded yet")
    again = recording.add_mutually_exclusive_group()
    again.add_argument("--force", action="store_true", help="record again what is recorded already")
    again.add_argument("--add", action="store_true", help="keep what is recorded, and add a recording to it")
    options = parser.parse_args(arguments)
    if options.verb == "check":
        return check.run(options.folders, content=not options.no_content, jobs=options.jobs)
    return record.run(options.names, force=options.force, add=options.add)


if __name__ == "__main__":
    sys.exit(main())
