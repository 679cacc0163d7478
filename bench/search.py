"""Grep and Glob beside ripgrep, which does the same without what claw promises, over a large tree."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, median, ratio, seconds
from claw._native import glob, grep
from claw.tools.text import decoded as read_as

FOLDERS, FILES, LINES = 400, 50, 100
TIMES = 15


def figures(folder: Path) -> Iterator[Figure]:
    """Of 20 000 files, each turn of both by itself; the start of `rg`'s process is taken off its time.

    Nothing where there is no `rg`.
    """
    ripgrep = shutil.which("rg")
    if ripgrep is None:
        print("rg is not installed: searches are not measured", file=sys.stderr)
        return
    tree = _tree(folder / "tree")
    nothing = [ripgrep, "--version"]
    for what, ours, theirs in (
        ("Grep, files with a word", lambda: grep("needle", str(tree), decode=decoded), ["-l", "needle"]),
        ("Grep, lines with an expression", lambda: grep(r"nee\w+e \d+0\b", str(tree), mode="content", decode=decoded),
         ["-n", r"nee\w+e \d+0\b"]),
        ("Glob", lambda: glob("**/*7.py", str(tree), limit=100_000), ["--files", "-g", "**/*7.py"]),
    ):  # fmt: skip
        mine, its, start = [], [], []
        command = [ripgrep, "--hidden", "--no-require-git", "--sort", "none", *theirs, str(tree)]
        for _ in range(TIMES):
            mine.append(seconds(ours))
            its.append(seconds(lambda: subprocess.run(command, stdout=subprocess.PIPE, check=True)))  # noqa: B023
            start.append(seconds(lambda: subprocess.run(nothing, stdout=subprocess.PIPE, check=True)))
        searched = [whole - median(start) for whole in its]
        detail = f"{median(mine) * 1e3:.0f} ms of {median(searched) * 1e3:.0f} ms"
        relative = median([own / other for own, other in zip(mine, searched, strict=True)])
        yield ratio(f"{what}, 20 000 files, to rg", relative, detail, most=1.1)


def decoded(data: bytes) -> str | None:
    """The text of a file that is not UTF-8, as the tool has it."""
    text = read_as(data)
    return text.text if text and text.encoding != "utf-8" else None


def _tree(top: Path) -> Path:
    line = "    value = compute(argument, other_argument)  # as before\n"
    for place in range(FOLDERS):
        folder = top / f"package{place // 20}" / f"module{place % 20}"
        folder.mkdir(parents=True)
        for number in range(FILES):
            needle = f"needle {place}{number}\n" if number % 10 == 0 else ""
            (folder / f"file{number}.py").write_text(f"def f{number}():\n{needle}{line * (LINES // 2)}")
    return top
