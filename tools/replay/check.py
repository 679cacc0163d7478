"""Verify and replay all sessions below some folders, in a pool of processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

from claw.cli.offline.verify import judge
from claw.cli.sanitize import clean, clean_line
from claw.errors import ClawError, LogTooNew
from claw.replay import replay, report

Verdict: TypeAlias = Literal["same", "unchecked", "diverges", "damaged", "newer", "other claw", "failed"]
"""`unchecked`: the same, but another policy reached its verdicts on calls, and these were taken as recorded."""

EXIT: dict[Verdict, int] = {
    "same": 0,
    "unchecked": 0,
    "failed": 1,
    "newer": 1,
    "other claw": 1,
    "diverges": 8,
    "damaged": 9,
}
_WORST = (9, 8, 1, 0)


@dataclass(frozen=True, slots=True)
class Checked:
    """One session: what came of it, in a line and, unless it is the same, in `details`."""

    path: Path
    verdict: Verdict
    events: int = 0
    derived: int = 0
    details: str = ""


def sessions_below(folder: Path) -> list[Path]:
    """Folders that hold a log, in order of their paths; `folder` itself may be one."""
    return sorted({segment.parent for segment in folder.rglob("*.seg")})


def check(path: Path, *, content: bool = True) -> Checked:
    """Verify and replay. Never raises for what is wrong with the session.

    A log of sound bytes that claw could not have written is damaged, and where it diverges is said as well.
    """
    judged = judge(path)
    replayed = _replayed(path, content)
    if judged.code != EXIT["damaged"] or replayed.verdict == "damaged":
        return replayed
    problems = [_said(problem, content) for problem in judged.problems]
    return replace(replayed, verdict="damaged", details="\n".join(filter(None, [*problems, replayed.details])))


def _replayed(path: Path, content: bool) -> Checked:
    try:
        result = replay(str(path))
    except LogTooNew as error:
        return Checked(path, "newer", details=error.message)
    except ClawError as error:
        return Checked(path, "damaged" if error.exit_code == 9 else "failed", details=_said(error.message, content))
    outcome: Verdict = "diverges" if result.divergence else "other claw"
    if result.ok:
        outcome = "unchecked" if result.unchecked else "same"
    details = "" if result.ok else report(result, content=content)
    return Checked(path, outcome, result.events, result.derived, details)


def _said(message: str, content: bool) -> str:
    """A sentence; without content only up to its colon, behind which values may stand."""
    return message if content else message.partition(": ")[0]


def check_all(paths: Sequence[Path], *, content: bool = True, jobs: int | None = None) -> list[Checked]:
    """`check` of each, in their order."""
    one = partial(check, content=content)
    if len(paths) < 2 or jobs == 1:
        return [one(path) for path in paths]
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        return list(pool.map(one, paths, chunksize=max(1, len(paths) // (8 * (os.cpu_count() or 1)))))


def run(folders: Iterable[Path], *, content: bool = True, jobs: int | None = None) -> int:
    """Check all, print the table; the exit code: 9 damage, 8 divergence, 1 anything else that is not a pass."""
    folders = list(folders)
    missing = [str(folder) for folder in folders if not folder.is_dir()]
    if missing:
        sys.stderr.write(f"there is no folder {missing[0]}\n")
        return 2
    paths = [path for folder in folders for path in sessions_below(folder)]
    if not paths:
        sys.stderr.write(f"there are no sessions below {', '.join(map(str, folders))}\n")
        return 1
    checked = check_all(paths, content=content, jobs=jobs)
    sys.stdout.write(table(checked))
    codes = {EXIT[one.verdict] for one in checked}
    return next(code for code in _WORST if code in codes)


def table(checked: Sequence[Checked]) -> str:
    """A line for each session, what is wrong below its line, and the sum."""
    root = os.path.commonpath([one.path.parent for one in checked])
    names = [clean_line(os.path.relpath(one.path, root)) for one in checked]
    width = max(map(len, names))
    lines = [f"{'session':<{width}}  {'verdict':<10}  {'events':>6}  {'derived':>7}"]
    for name, one in zip(names, checked, strict=True):
        lines.append(f"{name:<{width}}  {one.verdict:<10}  {one.events:>6}  {one.derived:>7}")
        lines += [f"    {clean(line)}" for line in one.details.splitlines()]
    same, unchecked = (sum(one.verdict == verdict for one in checked) for verdict in ("same", "unchecked"))
    events, derived = sum(one.events for one in checked), sum(one.derived for one in checked)
    lines.append(
        f"{same} of {len(checked)} sessions the same, {unchecked} the same with verdicts not checked; "
        f"{derived} decisions over {events} events compared"
    )
    return "\n".join(lines) + "\n"
