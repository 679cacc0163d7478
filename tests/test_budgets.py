"""What claw may use, counted instead of timed, so that a slow machine changes nothing.

A budget is what was counted when it was set, and 15 % of that. It is lowered when claw gets better, and raised only
with the reason in the commit. `docs/performance.md` says what the counted things are and what they cost.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tracemalloc
import types
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from claw import _native, log
from claw.projections.state import INITIAL, fold_all
from claw.replay import replay
from tests.cli.live.pseudo import Pseudo
from tests.cli.live.world import CLAW, World, text, told, tool
from tests.faults import strace
from tests.faults.strace import Call

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests/golden/parallel-tools/sessions"
EXAMPLE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/examples/budget"

TURNS = 24
EARLY, LATE = slice(2, 8), slice(-8, -2)
"""Turns of the traced session that are compared: the first have things to do once, and nothing may grow."""

MODULES = 530
"""Python modules that are imported before the first request is sent, or looked at because declarations of tools, which
are kept beside the byte code, may depend on them: on those that had been imported when they were made.
"""
MODULES_OF = {"--version": 12, "--help": 49, "log": 191, "log @last": 130, "show @last": 155, "": 740}
"""The same of commands that ask no model; without words, before the prompt of the terminal."""
CALLS_OF_START = 4_700
"""System calls of claw before it."""
RESUMED = {"modules": 5, "syncs": 8}
"""Of a session that goes on, before its first request: modules that a new one does not need, and waits for the disk."""
CALLS_OF_TURN = 240
"""System calls of claw for a turn with one command, those of the command itself left out."""
CALLS_OF_CONFINED_TURN = 1_210
"""The same of a confined command, with all that makes its sandbox, and what is made ahead for the next one."""
WAITS = {"epoll_wait", "futex", "poll", "restart_syscall", "sched_yield"}
"""System calls that are not counted: how often one waits depends on what else the machine does."""
FORKS = {"clone", "clone3", "fork", "vfork"}
SYNCS_OF_TURN = 2
PROCESSES_OF_TURN = 2
"""Started for it: what watches the command, and the command."""
PROCESSES_OF_CONFINED_TURN = 3
"""The same, and the first process of the sandbox."""
BYTES_OF_TURN = 560
"""On disk for it, once the session is closed; every chunk included."""
OPCODES = {"fold": 317, "decide": 1_447}
"""Of Python, for an event."""
MEMORY = 131
"""Bytes that folding an event needs at most, what the state keeps of it included."""
INSTRUCTIONS = {"append": 207_000, "verdict": 4_360_000, "decode": 7_640}
"""Of the processor, in the unoptimised code with checks that tests are built as: two records appended lazily, packed
at the close; a verdict on a command line of three commands; a record of a streamed reply.
"""

HEAVY = {"anthropic", "openai", "httpx2", "mcp", "duckdb", "rich", "prompt_toolkit", "typer", "pydantic", "yaml"}
"""Packages that a first request needs nothing of."""

traced = pytest.mark.skipif(bool(strace.unavailable()), reason=strace.unavailable() or "it can be traced")


@dataclass(frozen=True)
class Trace:
    """Every system call of a session of `TURNS` turns with one command each."""

    calls: list[Call]

    @cached_property
    def requests(self) -> list[int]:
        """Where each request is sent."""
        sent = [call.begun for call in self.calls if strace.sends_request(call)]
        assert len(sent) == TURNS + 1
        return sent

    @cached_property
    def commands(self) -> dict[int, int]:
        """Process to where it became a command's shell."""
        return {call.thread: call.begun for call in self.calls if strace.starts_bash(call)}

    def of_claw(self, calls: list[Call]) -> list[Call]:
        """Without what the commands do, and without waits."""
        mine = [call for call in calls if call.begun <= self.commands.get(call.thread, call.begun)]
        return [call for call in mine if call.name not in WAITS]

    @cached_property
    def start(self) -> list[Call]:
        return [call for call in self.calls if call.begun < self.requests[0]]

    @cached_property
    def turns(self) -> list[list[Call]]:
        """From each request to the next."""
        between = zip(self.requests, self.requests[1:], strict=False)
        return [[call for call in self.calls if begun <= call.begun < end] for begun, end in between]


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    return _traced(tmp_path_factory.mktemp("budgets"), "--permission-mode", "bypassPermissions")


@pytest.fixture(scope="module")
def confined(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    facts = _native.Confinement.available()
    if not facts["namespaces"] or not facts["landlock"]:
        pytest.skip(f"no sandbox here: {facts['why']}")
    return _traced(tmp_path_factory.mktemp("confined"), "--allowed-tools", "Bash")


def _traced(folder: Path, *leave: str) -> Trace:
    world = World(folder)
    output = world.root / "trace"
    try:
        world.serve(text("Done."))
        assert world.run("-p", "go").returncode == 0  # Python has compiled every module from here on
        world.serve(*[tool("Bash", {"command": f"true {turn}"}) for turn in range(TURNS)], text("Done."))
        claw = (CLAW, "-p", "go", *leave)
        done = subprocess.run(
            strace.command(output, *claw, trace="all"),
            cwd=world.workspace,
            env=world.environ,
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, b"Done.\n"), told(done)
        return Trace(strace.calls(output))
    finally:
        world.close()


def _loaded(calls: Iterable[Call]) -> set[str]:
    """Files of Python's whose size and time were looked at, as every import does, and libraries that were opened."""
    done = [call for call in calls if call.result != "-1"]
    looked_at = {path for call in done if call.name == "newfstatat" and (path := _path(call)).endswith(".py")}
    return looked_at | {path for call in done if call.name == "openat" and (path := _path(call)).endswith(".so")}


@traced
def test_what_is_imported_before_the_first_request(trace: Trace) -> None:
    loaded = _loaded(trace.start)
    packages = {part for path in loaded for part in Path(path.partition("site-packages/")[2]).parts[:1]}
    assert not packages & HEAVY
    assert not [path for path in loaded if "/_ssl." in path], "OpenSSL is loaded, and nothing uses it"
    assert len([path for path in loaded if path.endswith(".py")]) <= MODULES


@traced
def test_what_going_on_takes_beyond_a_start(trace: Trace, tmp_path: Path) -> None:
    world = World(tmp_path)
    try:
        world.serve(text("Done."), text("Done."), text("Done."))
        assert world.run("-p", "go").returncode == 0
        assert world.run("-p", "-c", "go").returncode == 0  # Python has compiled every module from here on
        traced = strace.command(tmp_path / "trace", CLAW, "-p", "-c", "go", trace="all")
        done = subprocess.run(traced, cwd=world.workspace, env=world.environ, capture_output=True, check=False)
        assert done.returncode == 0, told(done)
    finally:
        world.close()
    calls = strace.calls(tmp_path / "trace")
    request = next(call.begun for call in calls if strace.sends_request(call))
    before = [call for call in calls if call.begun < request]
    assert len(_loaded(before) - _loaded(trace.start)) <= RESUMED["modules"]
    assert sum(call.name in ("fdatasync", "fsync") for call in before) <= RESUMED["syncs"]


@traced
def test_what_is_imported_by_commands_that_ask_no_model(tmp_path: Path) -> None:
    world = World(tmp_path)
    try:
        world.serve(text("Done."))
        assert world.run("-p", "go").returncode == 0
        for words, most in MODULES_OF.items():
            _run(world, words, tmp_path / "first")  # which may compile modules
            _run(world, words, tmp_path / "trace")
            loaded = _loaded(strace.calls(tmp_path / "trace"))
            assert len([path for path in loaded if path.endswith(".py")]) <= most, words
    finally:
        world.close()


def _run(world: World, words: str, output: Path) -> None:
    """On a terminal, whose prompt is waited for where there are no words."""
    with closing(Pseudo(world)) as pseudo:
        pseudo.start(*words.split(), program=strace.command(output, CLAW, trace="openat,newfstatat"))
        if not words:
            pseudo.wait("context 0%")
            pseudo.type("\x04")
        assert pseudo.exit_code() == 0, pseudo.said


@traced
def test_what_a_start_and_a_turn_ask_of_the_kernel(trace: Trace) -> None:
    assert len(trace.of_claw(trace.start)) <= CALLS_OF_START
    turns = [trace.of_claw(turn) for turn in trace.turns]
    early, late = (statistics.median(map(len, turns[part])) for part in (EARLY, LATE))
    names = Counter(call.name for call in turns[TURNS // 2]).most_common(12)
    assert late <= CALLS_OF_TURN, names
    assert late <= early * 1.15, "a turn costs more the later it comes"


@traced
def test_what_a_confined_turn_asks_of_the_kernel(confined: Trace) -> None:
    turns = [confined.of_claw(turn) for turn in confined.turns]
    late = statistics.median(map(len, turns[LATE]))
    assert late <= CALLS_OF_CONFINED_TURN, Counter(call.name for call in turns[TURNS // 2]).most_common(12)
    started = [sum(call.name in FORKS and "CLONE_THREAD" not in call.arguments for call in turn) for turn in turns]
    # What is made for the next one may be made a moment later.
    assert sum(started[LATE]) <= PROCESSES_OF_CONFINED_TURN * len(started[LATE]) + 2


@traced
def test_how_often_a_turn_waits_for_the_disk(trace: Trace) -> None:
    for turn in trace.turns[EARLY] + trace.turns[LATE]:
        assert sum(call.name in ("fdatasync", "fsync") for call in turn) <= SYNCS_OF_TURN


@traced
def test_how_many_processes_a_turn_starts(trace: Trace) -> None:
    for turn in trace.turns[EARLY] + trace.turns[LATE]:
        made = [call for call in trace.of_claw(turn) if call.name in FORKS]
        assert sum("CLONE_THREAD" not in call.arguments for call in made) <= PROCESSES_OF_TURN


def test_what_a_turn_leaves_on_the_disk(tmp_path: Path) -> None:
    """All that lies in claw's folder once the session is closed. Turns of other lengths cost alike."""
    sizes = []
    for turns in (20, 60):
        (tmp_path / str(turns)).mkdir()
        world = World(tmp_path / str(turns))
        try:
            world.serve(*[tool("Bash", {"command": f"true {turn}"}) for turn in range(turns)], text("Done."))
            done = world.run("-p", "go", "--permission-mode", "bypassPermissions")
            assert done.returncode == 0, told(done)
            sizes.append(sum(path.stat().st_size for path in world.claw_home.rglob("*") if path.is_file()))
        finally:
            world.close()
    assert (sizes[1] - sizes[0]) / 40 <= BYTES_OF_TURN


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="each Python compiles to other opcodes")
def test_how_much_python_an_event_takes() -> None:
    (session,) = GOLDEN.iterdir()
    events = list(log.read(str(session)))
    for what, work in (("fold", lambda: fold_all(INITIAL, events)), ("decide", lambda: replay(str(session)))):
        work()  # what is made once is made now
        assert _opcodes(work) / len(events) <= OPCODES[what], what


def test_how_much_memory_an_event_takes() -> None:
    (session,) = GOLDEN.iterdir()
    events = list(log.read(str(session)))
    fold_all(INITIAL, events)
    tracemalloc.start()
    try:
        state = fold_all(INITIAL, events)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert state.session.id
    assert peak / len(events) <= MEMORY


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
@pytest.mark.skipif(not EXAMPLE.exists(), reason="cargo test has not built the example")
@pytest.mark.parametrize("what", INSTRUCTIONS)
def test_how_many_instructions_it_takes(what: str, tmp_path: Path) -> None:
    counts = []
    for times in (100, 300):
        folder = tmp_path / str(times)
        folder.mkdir()
        found = folder / "callgrind"
        command = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={found}", EXAMPLE]
        subprocess.run([*command, what, str(times), folder], check=True, capture_output=True)
        (total,) = (line for line in found.read_text().splitlines() if line.startswith("totals: "))
        counts.append(int(total.removeprefix("totals: ")))
    assert (counts[1] - counts[0]) / 200 <= INSTRUCTIONS[what]


def _path(call: Call) -> str:
    return call.arguments.partition('"')[2].partition('"')[0]


def _opcodes(work: Callable[[], object]) -> int:
    """How many of them the interpreter executes."""
    count = 0

    def follow(frame: types.FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if event == "call":
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return follow

    before = sys.gettrace()
    sys.settrace(follow)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
