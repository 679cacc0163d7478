"""How long the command takes to say anything, and what instruction files add to that."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, median, ratio, seconds
from bench.resume import Server

CLAW = Path(sys.executable).parent / "claw"
TIMES = 30
RULES, FOLDERS = 40, 5
"""Every other rule is for some files; each folder has two instruction files."""
LINE = "Use the helpers in tests/support, keep functions short, and see the style guide before you change anything.\n"


def figures(folder: Path) -> Iterator[Figure]:
    """`claw --version`, to an interpreter that does nothing; the first request with and without instruction files."""
    version, nothing = [], []
    for _ in range(TIMES):
        nothing.append(seconds(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True)))
        version.append(seconds(lambda: subprocess.run([CLAW, "--version"], check=True, stdout=subprocess.DEVNULL)))
    detail = f"{median(version) * 1e3:.0f} ms of {median(nothing) * 1e3:.0f} ms"
    yield ratio("claw --version, to python -c pass", median(version) / median(nothing), detail, most=3)
    yield from _with_instructions(folder)


def _with_instructions(folder: Path) -> Iterator[Figure]:
    server = Server()
    with tempfile.TemporaryDirectory(dir=folder) as place:
        full, bare = (_workspace(Path(place), instructed=instructed) for instructed in (True, False))
        waited: dict[Path, list[float]] = {full: [], bare: []}
        worked: dict[Path, list[float]] = {full: [], bare: []}
        for _ in range(TIMES + 1):
            for workspace in (full, bare):
                took, cpu = _start(Path(place), workspace, server)
                waited[workspace].append(took)
                worked[workspace].append(cpu)
    server.shutdown()
    # The first of each reads what the others find in the page cache.
    for what, times in (("", waited), (", processor time", worked)):
        most, least = median(times[full][1:]), median(times[bare][1:])
        name = f"claw -p with {RULES} rules and {2 * FOLDERS} instruction files, to none{what}"
        yield ratio(name, most / least, f"{most * 1e3:.0f} ms of {least * 1e3:.0f} ms", most=1.2)


def _workspace(place: Path, *, instructed: bool) -> Path:
    """The innermost of some folders of a repository."""
    root = place / ("instructed" if instructed else "bare")
    folders = [root.joinpath(*(f"part{depth}" for depth in range(count))) for count in range(FOLDERS)]
    folders[-1].mkdir(parents=True)
    (root / ".git").mkdir()
    if instructed:
        for number, folder in enumerate(folders):
            (folder / "CLAUDE.md").write_text(f"# Part {number}\n{LINE * 20}")
            (folder / "AGENTS.md").write_text(f"# For agents in part {number}\n{LINE * 20}")
        rules = root / ".claude" / "rules"
        rules.mkdir(parents=True)
        for number in range(RULES):
            head = f'---\npaths:\n  - "part{number}/**/*.ts"\n---\n' if number % 2 else ""
            (rules / f"{number:02}.md").write_text(f"{head}# Rule {number}\n{LINE * 10}")
    return folders[-1]


def _start(home: Path, workspace: Path, server: Server) -> tuple[float, float]:
    """Seconds to the first request, and of processor time of the whole run."""
    server.arrived = 0.0
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "CLAW_HOME": str(home / "claw"),
        "ANTHROPIC_API_KEY": "sk-ant-bench-0123456789abcdef",
        "ANTHROPIC_BASE_URL": server.url,
    }
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([CLAW, "-p", "hello"], cwd=workspace, env=environ, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not server.arrived:
        raise RuntimeError("claw sent no request")
    return server.arrived - begun, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
