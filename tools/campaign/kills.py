"""Real runs of `claw -p`, killed at random moments, resumed by new processes, killed again, until they are done.

After every kill: nothing that was acknowledged is lost, the log is whole and replays, no tool has run twice, and once a
resumed session is open no process of an earlier run is left. In the end the input is answered, once.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from claw import log
from claw.events import codec
from tools.campaign import checks
from tools.campaign.checks import require
from tools.campaign.scenario import PROMPT, THREADS
from tools.campaign.zygote import Run, Zygote

HANGS = 120.0
"""Seconds of silence after which a run is given up: a failure of its own."""
MOST_RUNS = 400
"""Of one session; the script needs far fewer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When to kill: so many seconds after an event of this number was told (0: after the start)."""

    events: int
    delay: float

    @staticmethod
    def drawn(draw: random.Random) -> Plan:
        if draw.random() < 0.4:
            return Plan(0, draw.uniform(0.0, 0.25))
        return Plan(draw.randint(1, 1 + draw.randint(0, 60)), draw.choice((0.0, draw.uniform(0.0, 0.004), 0.03)))


class _Event(msgspec.Struct):
    seq: int
    kind: str


@dataclass
class Tally:
    """What a campaign came to. `where` counts kills by the last event that the killed run had told of."""

    kills: int = 0
    sessions: int = 0
    runs: int = 0
    where: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        self.kills += other.kills
        self.sessions += other.sessions
        self.runs += other.runs
        self.where += other.where


@dataclass
class Victim:
    """One session and its workspace, in a folder of its own."""

    folder: Path
    script: str
    """Which conversation of the scenario."""
    server: str
    zygote: Zygote
    draw: random.Random
    tally: Tally
    acknowledged: list[bytes] = field(default_factory=list)
    run: int = 0

    def live(self, enough: Callable[[], bool]) -> None:
        """Run, kill and resume until the session is done; kill no more once there were `enough`."""
        self.workspace.mkdir(parents=True)
        (self.workspace / "given.txt").write_text("a line\nanother line\n")
        for self.run in range(MOST_RUNS):
            plan = None if enough() else Plan.drawn(self.draw)
            killed = self._once(plan)
            self._check(done=not killed)
            if not killed:
                return
        raise checks.Broken(f"not done after {MOST_RUNS} runs")

    @property
    def workspace(self) -> Path:
        return self.folder / "work"

    @property
    def session(self) -> Path | None:
        """Its log. A session that was killed before its first event is none, and a new one takes its place."""
        folder = self.folder / "home" / "sessions"
        sessions = sorted(folder.iterdir()) if folder.is_dir() else []
        with_events = [path for path in sessions if log.has_events(str(path))]
        require(len(with_events) <= 1, f"more than one session has events: {with_events}")
        return with_events[0] if with_events else None

    def _once(self, plan: Plan | None) -> bool:
        """One run; whether it was killed before its end."""
        prompt = f"{PROMPT}: {self.script}"
        path = self.session
        how = ["resume", path.name, "-p", prompt] if path else ["-p", prompt]
        run = self.zygote.claw(
            *how,
            *("--permission-mode", "bypassPermissions"),
            *("--output-format", "events", "--input-id", "the-only-one"),
            cwd=self.workspace,
            environ=self._environ(),
            stderr=self.folder / "stderr.txt",
        )
        self.tally.runs += 1
        try:
            last = self._watch(run, plan)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.kill(run.pid, signal.SIGKILL)
            raise
        finally:
            code = run.wait()
        if code == -signal.SIGKILL:
            self.tally.kills += 1
            self.tally.where[last] += 1
            return True
        require(code == 0, f"exit code {code}: {(self.folder / 'stderr.txt').read_text()}")
        return False

    def _environ(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "CLAW_HOME": str(self.folder / "home"),
            "ANTHROPIC_BASE_URL": self.server,
            "ANTHROPIC_API_KEY": "sk-ant-test-0123456789abcdef",
            "LANG": "C.UTF-8",
            checks.MARK: f"{self.folder}:{self.run}",
            "CLAW_TOOL_ENV": checks.MARK,
        }

    def _watch(self, run: Run, plan: Plan | None) -> str:
        """Take what the run tells, and kill it when its time has come; the kind of the last event told."""
        last, told, rest = "nothing", 0, b""
        deadline = time.monotonic() + plan.delay if plan and plan.events == 0 else None
        while True:
            patience = HANGS if deadline is None else max(0.0, deadline - time.monotonic())
            ready, _, _ = select.select([run.stdout], [], [], patience)
            if not ready and deadline is None:
                raise checks.Broken(f"nothing happened for {HANGS:g} s after {last}")
            if not ready:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(run.pid, signal.SIGKILL)
                deadline = None
                continue
            piece = os.read(run.stdout, 1 << 16)
            if not piece:
                return last
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                event = self._acknowledge(line)
                last, told = event.kind, told + 1
                if plan and told == plan.events:
                    deadline = time.monotonic() + plan.delay

    def _acknowledge(self, line: bytes) -> _Event:
        event = msgspec.json.decode(line, type=_Event)
        if event.seq == len(self.acknowledged):
            self.acknowledged.append(line)
        elif event.seq > len(self.acknowledged):
            # A killed run had written events that it did not live to tell; the check after it has taken them over.
            raise checks.Broken(f"event {event.seq} was told, but {len(self.acknowledged)} comes next")
        require(self.acknowledged[event.seq] == line, f"event {event.seq} is told otherwise than before")
        if event.kind == "session.resumed":
            left = checks.survivors(str(self.folder), self.run)
            require(not left, f"processes of an earlier run live on: {left}")
        return event

    def _check(self, *, done: bool) -> None:
        path = self.session
        if path is None:
            require(not self.acknowledged, "events were told, but there is no session")
            return
        events = checks.nothing_is_lost(path, self.acknowledged)
        checks.nothing_ran_twice(self.workspace, events)
        self.acknowledged = [codec.json_line(event) for event in events]
        if done:
            checks.answered_once(events)


def campaign(folder: Path, server: str, kills: int, seed: int) -> Tally:
    """Kill so many runs. Raises Broken, naming the session and the seed, when something does not hold."""
    tally = Tally()
    zygote = Zygote()
    try:
        while tally.kills < kills:
            draw = random.Random(f"{seed}:{tally.sessions}")
            script = THREADS[tally.sessions % len(THREADS)]
            victim = Victim(folder / f"{seed}-{tally.sessions}", script, server, zygote, draw, tally)
            with _named(victim, seed):
                victim.live(lambda: tally.kills >= kills)
            tally.sessions += 1
    finally:
        zygote.close()
    return tally


@contextlib.contextmanager
def _named(victim: Victim, seed: int) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note(f"seed {seed}, session {victim.folder}, run {victim.run}")
        raise
