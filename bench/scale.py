"""Many sessions at the same time: in one process, and in many processes on one store."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import anyio

from bench.figures import Figure, median, rate, ratio
from claw import log, session
from claw.handlers.permission import Headless
from claw.log import Home
from claw.session.config import Options

SESSIONS = 200
PROCESSES = 50
TURNS = 10
"""Calls of a tool in each."""
PATIENCE = 600.0


def figures(folder: Path) -> Iterator[Figure]:
    """Throughput, how long the slowest turns take beside the others, and memory."""
    with served(folder) as environ:
        one, many = (_together(folder / f"together-{count}", environ, count) for count in (1, SESSIONS))
        turns = SESSIONS * TURNS
        yield rate(f"tool turns, {SESSIONS} sessions in one process", turns / many["seconds"])
        yield _tail(f"{SESSIONS} sessions in one process", folder / f"together-{SESSIONS}")
        each = (many["memory"] - one["memory"]) / (SESSIONS - 1) / 1024
        yield Figure(
            "a session more in one process, memory", each, f"{each:.2f} MB ({many['memory'] / 1024:.0f} MB)", most=1
        )
        apart = folder / "apart"
        begun = time.perf_counter()
        _apart(apart, environ, PROCESSES)
        yield rate(f"tool turns, {PROCESSES} processes on one store", PROCESSES * TURNS / (time.perf_counter() - begun))
        yield _tail(f"{PROCESSES} processes on one store", apart)


def _tail(what: str, folder: Path) -> Figure:
    times = sorted(turn_times(Home(folder / "claw")))
    slow, usual = times[int(len(times) * 0.99)], median(times)
    detail = f"{slow * 1e3:.0f} ms of {usual * 1e3:.0f} ms"
    return ratio(f"the slowest hundredth of turns, {what}, to the median", slow / usual, detail, most=5)


def turn_times(home: Home) -> list[float]:
    """Seconds from the end of each reply to the next request, in all sessions, as their logs say."""
    times: list[float] = []
    for path in log.session_paths(home):
        ended = None
        for envelope in log.read(str(path), kinds=["model.requested", "model.finished"]):
            if envelope.kind == "model.finished":
                ended = envelope.ts
            elif ended is not None:
                times.append((envelope.ts - ended) / 1e9)
    return times


# --- in one process --------------------------------------------------------------------------------------------------


def _together(folder: Path, environ: Mapping[str, str], count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.scale", str(folder), str(count)]
    done = subprocess.run(command, env={**os.environ, **environ}, stdout=subprocess.PIPE, timeout=PATIENCE, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


async def together(folder: Path, environ: Mapping[str, str], count: int, turns: int) -> Sequence[str]:
    """So many sessions at the same time in this process, each with so many calls; how their turns ended."""
    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    environ = {**environ, "CLAW_HOME": str(folder / "claw")}
    ends: list[str] = []

    async def run() -> None:
        options = Options(workspace=str(work.resolve()), environ=environ, model="openai/mock", mode="bypassPermissions")
        async with session.started(Home.default(environ), options, Headless()) as opened:
            await opened.send(f"scenario tools-{turns}")
            end = await opened.settled()
            ends.append(end.reason if end else "none")

    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(run)
    return ends


# --- in many processes -----------------------------------------------------------------------------------------------


def _apart(folder: Path, environ: Mapping[str, str], count: int) -> None:
    processes = [start(folder, environ, TURNS) for _ in range(count)]
    codes = [process.wait(PATIENCE) for process in processes]
    if any(codes):
        raise RuntimeError(f"some of the processes failed: {codes}")


def start(folder: Path, environ: Mapping[str, str], turns: int) -> subprocess.Popen[bytes]:
    """A claw of its own on the store in `folder`."""
    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    claw = Path(sys.executable).parent / "claw"
    said = ["-p", "--model", "openai/mock", "--permission-mode", "bypassPermissions", f"scenario tools-{turns}"]
    own = {"PATH": os.environ["PATH"], **environ, "CLAW_HOME": str(folder / "claw")}
    return subprocess.Popen([claw, *said], cwd=work, env=own, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


@contextmanager
def served(folder: Path) -> Iterator[dict[str, str]]:
    """A model in a process of its own, and the variables that lead to it."""
    command = [sys.executable, "-m", "bench.model", str(folder / "notes")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as model:
        assert model.stdout is not None
        url = model.stdout.readline().strip()
        try:
            yield {"HOME": str(folder), "OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": "no-key"}
        finally:
            model.terminate()


def main(folder: Path, count: int) -> None:
    begun = time.perf_counter()
    ends = anyio.run(together, folder, dict(os.environ), count, TURNS)
    taken = time.perf_counter() - begun
    if ends != ["done"] * count:
        raise SystemExit(f"some turns did not end well: {sorted(set(ends))}")
    print(json.dumps({"seconds": taken, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
