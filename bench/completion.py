"""Completion of a path beside the pipe that people would use for it, over a tree of 100 000 files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, median, ratio, seconds
from claw._native import PathIndex

FOLDERS, FILES = 1_000, 100
TIMES = 15
QUERIES = ("mod7fi42", "file99.py", "package3/module", "zzz")


def figures(folder: Path) -> Iterator[Figure]:
    """Each query in turn with `git ls-files | grep`, and the walk that finds the names. Nothing without git."""
    if shutil.which("git") is None:
        print("git is not installed: completion is not measured", file=sys.stderr)
        return
    top = _tree(folder / "many")
    index = PathIndex(str(top))
    walk = [seconds(index.refresh) for _ in range(5)]
    mine, its = [], []
    for _ in range(TIMES):
        for query in QUERIES:
            expression = ".*".join(query)
            pipe = f"git ls-files | grep -i -- '{expression}'"
            mine.append(seconds(lambda: index.matching(query, 50)))  # noqa: B023
            its.append(seconds(lambda: subprocess.run(pipe, shell=True, cwd=top, stdout=subprocess.PIPE, check=False)))  # noqa: B023
    relative = median([own / other for own, other in zip(mine, its, strict=True)])
    detail = f"{median(mine) * 1e3:.1f} ms of {median(its) * 1e3:.0f} ms"
    yield ratio("Completion, 100 000 files, to git ls-files | grep", relative, detail, most=0.5)
    looked = median(walk)
    yield ratio("The walk behind it, to git ls-files | grep", looked / median(its), f"{looked * 1e3:.0f} ms")


def _tree(top: Path) -> Path:
    for place in range(FOLDERS):
        folder = top / f"package{place // 40}" / f"module{place % 40}"
        folder.mkdir(parents=True)
        for number in range(FILES):
            (folder / f"file{number}.py").touch()
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    subprocess.run(["git", "-C", str(top), "add", "-A"], check=True)
    return top
