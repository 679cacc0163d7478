"""What many agents in one session cost: folds and steps, memory, and time beside the provider's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio

from bench.figures import Figure, median, ratio
from bench.recorded import make, session_path
from claw import _native, log, session
from claw.decide.step import take
from claw.events.base import Event
from claw.events.codec import envelop
from claw.events.content import TextBlock, ToolUseBlock, Usage
from claw.events.model import ModelFinished
from claw.events.results import texts
from claw.events.tool import PathFact, ToolFinished, ToolResolved
from claw.handlers.permission import Headless
from claw.log import Home
from claw.projections.state import MAIN, State
from claw.session.config import Options
from tests.replay.histories.tasks import spawn, task, with_agents
from tools.replay.golden import GOLDENS

BEFORE = "52f5886b08ac39a982d626c128ecd4ad9660bbb5"
"""The last commit whose state was one agent's (ADR 10)."""
MANY = 64
TURNS = 10
APART = 16
"""Agents of which one begins when the one before it has ended."""
REPLY_S = 0.2
"""How long the provider takes for a reply."""
ROUNDS = 7
STEPS = 300
PATIENCE_S = 60.0


def figures(folder: Path) -> Iterator[Figure]:
    """Each beside its yardstick, which is measured in turns with it."""
    yield from _folds(folder)
    yield _steps()
    yield _memory(folder)
    yield _together(folder)


# --- folds -----------------------------------------------------------------------------------------------------------


def _folds(folder: Path) -> Iterator[Figure]:
    """Sessions that the claw of before had recorded, or whose events it knows, folded by it and by this one."""
    old, root = folder / "before", Path.cwd()
    old.mkdir()
    archive = subprocess.run(["git", "archive", BEFORE, "claw"], stdout=subprocess.PIPE, check=True)
    subprocess.run(["tar", "-x", "-C", old], input=archive.stdout, check=True)
    library = Path(_native.__file__)
    shutil.copy(library, old / "claw" / library.name)
    long = session_path(folder, 100_000)
    make(long, 100_000, str(folder))
    for what, way, rounds, paths in (
        ("typed events read and folded, 95 % chunks", "read", 1, [str(long)]),
        ("typed events folded, golden sessions", "fold", 20, _goldens()),
    ):
        ratios, times = [], []
        for _ in range(ROUNDS):
            before, now = (_fold_time(tree, way, rounds, paths) for tree in (old, root))
            ratios.append(before / now)
            times.append((before, now))
        detail = f"{median([now for _, now in times]):.2f} s, {median([before for before, _ in times]):.2f} s before"
        yield ratio(f"{what}: rate, to that before agents", median(ratios), detail, least=0.95)


def _goldens() -> list[str]:
    """The golden sessions that there were then."""
    listed = ["git", "ls-tree", "-r", "--name-only", BEFORE, "tests/golden"]
    names = subprocess.run(listed, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    there = {Path(name).parent for name in names if name.endswith(".seg")}
    return [str(path) for path in sorted(there) if path.is_dir() and GOLDENS.name in path.parts]


def _fold_time(tree: Path, way: str, rounds: int, paths: list[str]) -> float:
    command = [sys.executable, "-P", str(Path(__file__).with_name("fold_rate.py")), way, str(rounds), *paths]
    environ = {**os.environ, "PYTHONPATH": str(tree)}
    return float(subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=True).stdout)


# --- steps -----------------------------------------------------------------------------------------------------------


def _steps() -> Figure:
    """A model's reply with a call, what is found out of it, and its result: the steps of one turn."""
    alone, among = with_agents(), with_agents()
    spawn(among, *([task()] * MANY))
    assert len(among.state.agents) == MANY + 1
    times: dict[int, list[float]] = {0: [], MANY // 2: []}
    for _ in range(STEPS):
        times[0].append(_turn(alone.state, 0))
        times[MANY // 2].append(_turn(among.state, MANY // 2))
    one, many = median(times[0]), median(times[MANY // 2])
    detail = f"{many * 1e6 / 3:.0f} us of {one * 1e6 / 3:.0f} us"
    return ratio(f"a step with {MANY} agents, to one with a single agent", many / one, detail, most=1.3)


def _turn(state: State, agent: int) -> float:
    """How long they take for this agent."""
    begun = time.perf_counter()
    call = ToolUseBlock(id="t", name="Read", arguments='{"file_path": "a"}')
    usage = Usage(input=100, output=10)
    reply = ModelFinished(call=_open(state, agent), content=(TextBlock(text="x"), call), stop="tool_use", usage=usage)
    state = _after(state, agent, reply)
    fact = PathFact(parameter="file_path", given="a", canonical="a", inside=True)
    state = _after(state, agent, ToolResolved(call=_open(state, agent), paths=(fact,)))
    state = _after(state, agent, ToolFinished(call=_open(state, agent), content=texts("ok")))
    taken = time.perf_counter() - begun
    assert list(state.agents[agent].pending.calls.values()) == ["model.requested"]
    return taken


def _open(state: State, agent: int) -> int:
    (call,) = state.agents[agent].pending.calls
    return call


def _after(state: State, agent: int, event: Event) -> State:
    return take(state, envelop(event, seq=100_000, ts=0, agent=agent, cause=None)).state


# --- memory ----------------------------------------------------------------------------------------------------------


def _memory(folder: Path) -> Figure:
    """Agents whose model has begun to answer and says nothing more."""
    sizes = {count: median([_resident(folder, count) for _ in range(3)]) for count in (1, MANY)}
    each = (sizes[MANY] - sizes[1]) / (MANY - 1) / 1024
    shown = f"{each:.2f} MB ({sizes[MANY] / 1024:.0f} MB with {MANY}, {sizes[1] / 1024:.0f} MB with one)"
    return Figure("an idle agent, memory of claw", each, shown, most=1)


def _resident(folder: Path, count: int) -> int:
    """KiB of a claw that waits for so many agents."""
    hang = {"type": "break", "how": "hang", "after": 4}
    idle = {"when": "Work.", "replies": [{"blocks": [{"type": "text", "text": "x"}], "faults": [hang] * count}]}
    with _served(folder, {"replies": [_starting(count)], "threads": [idle]}) as environ:
        command = [str(Path(sys.executable).parent / "claw"), "-p", "go"]
        claw = subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            _wait(lambda: _at_work(Path(environ["CLAW_HOME"])) == count)
            status = Path(f"/proc/{claw.pid}/status").read_text()
        finally:
            claw.kill()
            claw.communicate()
    return int(status.split("VmRSS:")[1].split()[0])


def _at_work(home: Path) -> int:
    """Agents whose model has begun to answer in the newest session."""
    sessions = [str(path) for path in sorted((home / "sessions").glob("*")) if log.has_events(str(path))]
    return len({piece.agent for piece in log.read(sessions[-1], kinds=["model.chunk"])} - {MAIN}) if sessions else 0


def _wait(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError("the agents did not begin")
        time.sleep(0.1)


# --- beside the provider's time --------------------------------------------------------------------------------------


def _together(folder: Path) -> Figure:
    """Agents that read a file in each turn, all at the same time: their time on the wall, beside that of one alone, and
    beside what the processor needs for as many turns one after the other, of a provider that answers at once.
    """
    _worked(folder, 1, REPLY_S)  # what is imported at first use
    alone = median([_worked(folder, 1, REPLY_S)[0] for _ in range(3)])
    walls, processor = [], []
    for _ in range(3):
        walls.append(_worked(folder, MANY, REPLY_S)[0])
        processor.append(_worked(folder, APART, 0, apart=True)[1] * MANY / APART)
    wall, cpu = median(walls), median(processor)
    detail = f"{wall:.2f} s; one alone {alone:.2f} s, processor {cpu:.2f} s"
    what = f"{MANY} agents x {TURNS} turns, replies of {REPLY_S * 1e3:.0f} ms, to one agent or the processor"
    return ratio(what, wall / max(alone, cpu), detail, most=1.3)


def _worked(folder: Path, count: int, reply_s: float, *, apart: bool = False) -> tuple[float, float]:
    """Seconds on the wall and of the processor, from the input to the end of the turn. `apart`: an agent begins when
    the one before it has ended.
    """
    read = {"type": "tool", "name": "Read", "arguments": ['{"file_path": "a.txt"}']}
    turns = [*[{"blocks": [read]}] * (TURNS - 1), {"blocks": [{"type": "text", "text": ["all ", "read"]}]}]
    last = {"blocks": [{"type": "text", "text": ["done"]}], "pace": 1e-6}
    # What is to be read comes in two pieces.
    agents = {"when": "Work.", "replies": turns}
    starting = [_starting(1)] * count if apart else [_starting(count)]
    scenario = {"pace": reply_s / 2, "replies": [*starting, last], "threads": [agents]}
    with _served(folder, scenario) as environ:
        wall, cpu, ends = anyio.run(_session, folder, environ)
    assert ends == ["done"] * count
    return wall, cpu


async def _session(folder: Path, environ: dict[str, str]) -> tuple[float, float, list[Any]]:
    work = folder / "work"
    work.mkdir(exist_ok=True)
    (work / "a.txt").write_text("hello\n")
    options = Options(workspace=str(work.resolve()), environ=environ)
    async with session.started(Home.default(environ), options, Headless()) as opened:
        wall, cpu = time.perf_counter(), time.process_time()
        await opened.send("go")
        await opened.settled()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        return wall, cpu, [agent.origin.end for agent in opened.state.agents.values() if agent.id]


def _starting(count: int) -> dict[str, Any]:
    call = {"type": "tool", "name": "Agent", "arguments": {"description": "work", "prompt": "Work."}}
    return {"blocks": [call] * count, "pace": 1e-6}


@contextmanager
def _served(folder: Path, scenario: dict[str, Any]) -> Iterator[dict[str, str]]:
    """A scripted model in a process of its own, and the environment that leads to it."""
    file = folder / "scenario.json"
    file.write_text(json.dumps(scenario))
    command = [sys.executable, "-m", "claw.providers.scripted", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield {
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "CLAW_HOME": str(folder / f"home-{server.pid}"),
                "ANTHROPIC_API_KEY": "no-key-at-all",
                "ANTHROPIC_BASE_URL": server.stdout.readline().strip(),
            }
        finally:
            server.terminate()
