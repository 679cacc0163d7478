"""Seconds of one processor that folding these sessions takes, by whichever claw is imported: `read` from disk, or not.

A program of its own, so that it can be run with the claw of another commit. It knows no more of it than that has.
"""

from __future__ import annotations

import sys
import time

from claw import log
from claw.projections.state import INITIAL, fold_all

TIMES = 5


def seconds(paths: list[str], rounds: int, *, read: bool) -> float:
    """The least of several times."""
    found = []
    sessions = [list(log.read(path)) for path in paths]
    for _ in range(TIMES):
        begun = time.process_time()
        for _ in range(rounds):
            for path, events in zip(paths, sessions, strict=True):
                fold_all(INITIAL, log.read(path) if read else events)
        found.append(time.process_time() - begun)
    return min(found)


if __name__ == "__main__":
    way, rounds, *paths = sys.argv[1:]
    print(seconds(paths, int(rounds), read=way == "read"))
