"""claw beside the least agent, and beside other agents that the person names, in one run: `make bench PEERS=codex,pi`.

All of them ask the same model (`bench/model.py`) for the same work, each with a home of its own, and where programs of
others are among them, with no network but this machine's. What is compared is a ratio within the run, since times
differ between machines and hours.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bench import agents_known
from bench.agents_known import CLAWS, CONFINED, FLOOR, UUID, Agent
from bench.apart import leave_the_network
from bench.figures import Figure, median, ratio
from bench.model import Noted

TIMES = 5
LONG = 300
"""Turns of a long session."""
GROWN = 3_000
"""Turns of a session that is so long that whatever a turn does for all turns before it would show."""
PATIENCE = 600.0
WAITS = "fsync,fdatasync,msync,sync_file_range"
FEW, MANY = 4, 24
"""Turns of two runs whose difference is what turns cost, without start and end."""
_noted = msgspec.json.Decoder(Noted)


def figures(folder: Path) -> Iterator[Figure]:
    """In a process of its own, which leaves the network; the names of peers come from PEERS."""
    command = [sys.executable, "-m", "bench.peers", str(folder / "peers"), os.environ.get("PEERS", "")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as measured:
        assert measured.stdout is not None
        for line in measured.stdout:
            yield Figure(**json.loads(line))
    if measured.returncode:
        raise SystemExit(measured.returncode)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an agent. Seconds, MB, ms between the last byte of a reply and the next request, bytes left behind."""

    wall: float
    memory: float
    first: float = 0.0
    exit: float = 0.0
    gaps: Sequence[float] = ()
    bytes: int = 0


class Failed(Exception):
    """An agent did not do what it was asked."""


@dataclass(slots=True)
class Measured:
    """An agent in its own home, and what its runs took, by what was done."""

    agent: Agent
    home: Path
    work: Path
    url: str
    notes: Path
    new: str = ""
    syncs: float | None = None
    """How often a tool turn waits for the disk; None: not known."""
    runs: dict[str, list[Run]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.home / "tmp").mkdir(parents=True)
        for name, text in self.agent.files.items():
            file = self.home / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self._filled(text))

    @property
    def kept(self) -> Path:
        """Where its sessions lie."""
        return self.home / self.agent.sessions.partition("*")[0]

    def do(self, what: str, scenario: str, *, keep: bool) -> None:
        """Run it once, and keep what it took."""
        words = {"version": self.agent.version, "help": self.agent.help, "resume": self.agent.resume}
        prompt = f"scenario {scenario}" if scenario else ""
        command = (*self.agent.program, *words.get(what, self.agent.once))
        run = self._run([self._filled(word, prompt) for word in command], prompt)
        if keep:
            self.runs.setdefault(what, []).append(run)

    def waits(self, scenario: str) -> int:
        """How often it waits for the disk in such a run, by its system calls."""
        trace, prompt = self.home / "tmp" / "trace", f"scenario {scenario}"
        words = [self._filled(word, prompt) for word in (*self.agent.program, *self.agent.once)]
        self._run(
            ["strace", "-f", "-qq", "-e", "signal=none", "-e", f"trace={WAITS}", "-o", str(trace), *words], prompt
        )
        return sum("(" in line for line in trace.read_text(errors="replace").splitlines())

    def _filled(self, text: str, prompt: str = "") -> str:
        if "{new}" in text:
            self.new = str(uuid.uuid4())
        session = self._newest() if "{session}" in text else ""
        where = {"url": self.url, "home": self.home, "work": self.work}
        return text.format(prompt=prompt, new=self.new, session=session, **where)

    def _newest(self) -> str:
        if not self.agent.sessions:
            return self.new
        files = sorted(self.home.glob(self.agent.sessions), key=lambda file: file.stat().st_mtime)
        return str(UUID.findall(files[-1].name)[-1])

    def _environ(self) -> dict[str, str]:
        own = {name: self._filled(value) for name, value in self.agent.environ.items()}
        common = {"PATH": os.environ["PATH"], "HOME": str(self.home), "TMPDIR": str(self.home / "tmp")}
        return {**common, "LANG": "C.UTF-8", "TERM": "xterm-256color", "SHELL": "/bin/bash", "NO_COLOR": "1", **own}

    def _run(self, command: Sequence[str], prompt: str) -> Run:
        before, offset = _size(self.kept), self.notes.stat().st_size
        with (self.home / "tmp" / "said").open("wb") as said:
            begun = time.monotonic_ns()
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=self.work, env=self._environ()
            )
            _, status, used = os.wait4(process.pid, 0)
            ended = time.monotonic_ns()
        process.returncode = os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
        run = Run((ended - begun) / 1e9, used.ru_maxrss / 1024)
        if not prompt:
            return run
        asked = [_noted.decode(line) for line in self.notes.read_bytes()[offset:].splitlines()]
        asked = sorted((one for one in asked if one.scenario), key=lambda one: one.came)
        if process.returncode or not asked or asked[-1].reply != "text":
            told = (self.home / "tmp" / "said").read_text(errors="replace")[-2000:]
            raise Failed(f"{self.agent.name} did not do {prompt!r} (exit code {process.returncode}): {told}")
        gaps = [(one.came - other.answered) / 1e6 for other, one in itertools.pairwise(asked)]
        first, last = (asked[0].came - begun) / 1e9, (ended - asked[-1].answered) / 1e9
        return Run(run.wall, run.memory, first, last, gaps, _size(self.kept) - before)


def _size(folder: Path) -> int:
    """Bytes of all files in it."""
    files = (Path(top, name) for top, _, names in os.walk(folder) for name in names)
    return sum(file.lstat().st_size for file in files)


# --- what is done, and what is said of it ----------------------------------------------------------------------------


PLAIN, CONFINED_TOO, FIRST_CLAW, OURS = "plain", "confined too", "one claw", "one claw and the floor"
"""Who does it: those that confine nothing; all; as the first, but only one claw, since others would say the same; one
claw and the least agent.
"""

WORK: tuple[tuple[str, str, int, int, str], ...] = (
    # what is measured, what is done, how often, how often before that, by whom
    ("version", "", 2 * TIMES, 2, FIRST_CLAW),
    ("help", "", TIMES, 1, FIRST_CLAW),
    ("plain", "plain", TIMES, 2, PLAIN),
    ("stream", "stream-20000", 3, 0, PLAIN),
    ("tools", "tools-20", 3, 1, CONFINED_TOO),
    ("memory", "tools-100", 1, 0, PLAIN),
    ("long", f"tools-{LONG}", 3, 0, PLAIN),
    ("resume", "plain", TIMES, 1, PLAIN),
    ("grown", f"tools-{GROWN}", 1, 0, OURS),
)


def _measure(all_of_them: list[Measured]) -> None:
    """By turns, so that a slow moment of the machine falls on all alike. An agent of the person's that does not do what
    it is asked is left out from there on; raises Failed for claw and the floor.
    """
    for what, scenario, times, warm, whom in WORK:
        print(f"measuring: {what}", file=sys.stderr, flush=True)
        for number in range(-warm, times):
            for one in [one for one in all_of_them if _does(one.agent, whom)]:
                try:
                    one.do(what, scenario, keep=number >= 0)
                except Failed as failure:
                    if one.agent in (FLOOR, *CLAWS, CONFINED):
                        raise
                    print(f"left out: {failure}", file=sys.stderr, flush=True)
                    all_of_them.remove(one)
    if shutil.which("strace"):
        for one in (one for one in all_of_them if _does(one.agent, PLAIN)):
            one.syncs = max(0.0, (one.waits(f"tools-{MANY}") - one.waits(f"tools-{FEW}")) / (MANY - FEW))


def _does(agent: Agent, whom: str) -> bool:
    if whom == OURS:
        return agent in (FLOOR, CLAWS[0])
    if whom == CONFINED_TOO or "confined" not in agent.name:
        return whom != FIRST_CLAW or agent not in CLAWS[1:]
    return False


ROWS = (
    # what is measured, how it is read from the runs, its unit, the most that it may be, beside whom
    ("--version", "version", lambda run: run.wall * 1e3, "ms", 1.3, "floor"),
    ("--help", "help", lambda run: run.wall * 1e3, "ms", 1.3, "floor"),
    ("process start to first request", "plain", lambda run: run.first * 1e3, "ms", 0.85, "codex"),
    ("last byte to exit", "plain", lambda run: run.exit * 1e3, "ms", 0.9, "pi"),
    ("tool turn", "tools", lambda run: median(run.gaps), "ms", 0.6, "pi"),
    ("20 000 streamed pieces", "stream", lambda run: run.wall * 1e3, "ms", 0.9, "codex"),
    ("peak memory, 100 turns", "memory", lambda run: run.memory, "MB", 0.3, "codex"),
    (f"resume of {LONG} turns to first request", "resume", lambda run: run.first * 1e3, "ms", 0.6, "codex"),
)
SYNCS = 2
"""Most times that a tool turn may wait for the disk."""
BYTES = 1_500
"""Most bytes that a tool turn may leave on the disk."""


def _compared(all_of_them: dict[str, Measured]) -> Iterator[Figure]:
    names = [agent.name for agent in CLAWS]
    for what, key, read, unit, most, beside in ROWS:
        times = {
            name: median([read(run) for run in one.runs[key]]) for name, one in all_of_them.items() if key in one.runs
        }
        others = ", ".join(f"{name} {time:.4g}" for name, time in times.items() if name not in names)
        yardstick = beside if beside in times else "floor"
        for name in filter(times.__contains__, names):
            detail = f"{times[name]:.4g} {unit}; {others}"
            bound = most if yardstick == beside else None
            yield ratio(f"{name}: {what}, to {yardstick}", times[name] / times[yardstick], detail, most=bound)
    yield from _confined(all_of_them)
    yield from _grown(all_of_them)
    for name in names:
        # One run takes a few seconds, within which the machine changes its pace by more than the bound.
        runs = all_of_them[name].runs["long"]
        ends = [(median(run.gaps[:30]), median(run.gaps[-30:])) for run in runs]
        grown = median([late / early for early, late in ends])
        detail = ", ".join(f"{late:.3g} ms of {early:.3g} ms" for early, late in ends)
        yield ratio(f"{name}: tool turn {LONG - 30} to {LONG}, to the first 30", grown, detail, most=1.15)
        each = runs[0].bytes / LONG
        beside_it = [f"{other} {one.runs['long'][0].bytes / LONG:.4g}" for other, one in all_of_them.items()
                     if other not in names and "long" in one.runs]  # fmt: skip
        shown = f"{each:.0f} B ({', '.join(beside_it)})"
        yield Figure(f"{name}: bytes on disk a tool turn, {LONG} turns", each, shown, most=BYTES)
        syncs = all_of_them[name].syncs
        if syncs is not None:
            beside_it = [f"{other} {one.syncs:.2f}" for other, one in all_of_them.items()
                         if other not in names and one.syncs is not None]  # fmt: skip
            yield Figure(
                f"{name}: waits for the disk a tool turn", syncs, f"{syncs:.2f} ({', '.join(beside_it)})", most=SYNCS
            )


def _confined(all_of_them: dict[str, Measured]) -> Iterator[Figure]:
    own = median([median(run.gaps) for run in all_of_them[CONFINED.name].runs["tools"]])
    other = all_of_them.get("codex, confined")
    if other is None:
        yield Figure(f"{CONFINED.name}: tool turn", own, f"{own:.3g} ms")
        return
    its = median([median(run.gaps) for run in other.runs["tools"]])
    yield ratio(
        f"{CONFINED.name}: tool turn, to codex, confined", own / its, f"{own:.3g} ms of {its:.3g} ms", most=0.15
    )


def _grown(all_of_them: dict[str, Measured]) -> Iterator[Figure]:
    """The floor makes all of its request anew each time; what claw adds to a late turn is what goes over the wire."""
    took = {}
    for name in (FLOOR.name, CLAWS[0].name):
        (run,) = all_of_them[name].runs["grown"]
        took[name] = median(run.gaps[15:75]), median(run.gaps[-60:])
    floor, own = ([early, late] for early, late in took.values())
    detail = f"{own[1]:.3g} ms of {own[0]:.3g} ms; floor {floor[1]:.3g} of {floor[0]:.3g}"
    yield ratio(f"{CLAWS[0].name}: tool turn {GROWN}, to turn 30", own[1] / own[0], detail, most=1.1)


def main(folder: Path, names: Sequence[str]) -> None:
    if names:
        leave_the_network()
    chosen = [FLOOR, *CLAWS, CONFINED, *agents_known.peers(names)]
    work, notes = folder / "work", folder / "notes"
    work.mkdir(parents=True)
    for number in range(20):
        (work / f"file{number}.py").write_text(f"def f{number}(x):\n    return x + {number}\n")
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", "-C", str(work)]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "files"]):
        subprocess.run([*git, *arguments], check=True, stdin=subprocess.DEVNULL)
    notes.touch()
    with subprocess.Popen(
        [sys.executable, "-m", "bench.model", str(notes)], stdout=subprocess.PIPE, text=True
    ) as model:
        assert model.stdout is not None
        try:
            url = model.stdout.readline().strip()
            found = {
                one.name: Measured(one, folder / f"home-{number}", work, url, notes)
                for number, one in enumerate(chosen)
            }
            measured = list(found.values())
            _measure(measured)
        except Failed as failure:
            raise SystemExit(str(failure)) from None
        finally:
            model.terminate()
    for figure in _compared({one.agent.name: one for one in measured}):
        print(json.dumps(dataclasses.asdict(figure)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [name for name in sys.argv[2].split(",") if name])
