"""Many sessions at the same time, in one process and in several on one store: each comes to its end, and is whole."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio

from bench import scale
from claw import log
from claw._native import LogReader
from claw.log import Home
from claw.replay import replay

SESSIONS, PROCESSES, TURNS = 40, 8, 3
FILES_AT_ONCE = 512
"""Files that the process may have open: enough for so many sessions, if none keeps what it does not need."""


@contextmanager
def few_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_AT_ONCE, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def are_whole(home: Home, count: int) -> None:
    paths = log.session_paths(home)
    assert len(paths) == count
    for path in paths:
        kinds = [envelope.kind for envelope in log.read(str(path))]
        assert kinds.count("tool.finished") == TURNS
        assert kinds.count("turn.finished") == 1
        assert kinds[-1] == "session.ended"
        verification = LogReader(str(path)).verify()
        assert (verification.ok, verification.sealed) == (True, True)
        assert replay(str(path)).ok


def test_many_sessions_in_one_process(tmp_path: Path) -> None:
    open_before = len(os.listdir("/proc/self/fd"))
    with scale.served(tmp_path) as environ, few_files():
        ends = anyio.run(scale.together, tmp_path, environ, SESSIONS, TURNS)
    assert ends == ["done"] * SESSIONS
    are_whole(Home(tmp_path / "claw"), SESSIONS)
    assert len(os.listdir("/proc/self/fd")) < open_before + 20, "what the sessions had open is closed"
    assert min(scale.turn_times(Home(tmp_path / "claw"))) > 0


def test_many_processes_on_one_store(tmp_path: Path) -> None:
    with scale.served(tmp_path) as environ:
        processes = [scale.start(tmp_path, environ, TURNS) for _ in range(PROCESSES)]
        assert [process.wait(120) for process in processes] == [0] * PROCESSES
    are_whole(Home(tmp_path / "claw"), PROCESSES)
