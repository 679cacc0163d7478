"""Decisions, folds and requests touch nothing, and are the same bytes on any machine, at any time, in any place."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pure.pure_run import BEGUN
from tests.replay.goldens import SESSIONS

ROOT = Path(__file__).parent.parent.parent
MEMORY = {"brk", "mmap", "munmap", "mremap", "madvise", "mprotect", "futex"}
"""System calls that move nothing but a process's own memory."""

PLACES: dict[str, dict[str, str]] = {
    "hash order 0": {"PYTHONHASHSEED": "0"},
    "hash order 4242": {"PYTHONHASHSEED": "4242"},
    "Kathmandu": {"TZ": "Asia/Kathmandu"},
    "Turkish": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "no locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "without asserts": {"PYTHONOPTIMIZE": "2"},
    "nobody's home": {"HOME": "/nonexistent", "USER": "nobody", "CLAW_HOME": "/nonexistent", "TERM": "dumb"},
}


def run(*more: str, before: tuple[str, ...] = (), cwd: Path = ROOT, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-m", "tests.pure.pure_run", *map(str, SESSIONS), *more]
    path = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=cwd, env=path | environ, capture_output=True, text=True, timeout=120, check=False
    )


def digest(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"[0-9a-f]{64}\n", done.stdout)
    return done.stdout


@pytest.fixture(scope="module")
def here() -> str:
    return digest(run())


@pytest.mark.parametrize("place", PLACES)
def test_the_same_bytes_come_out_elsewhere(place: str, here: str) -> None:
    assert digest(run(**PLACES[place])) == here


def test_the_same_bytes_come_out_in_another_folder(here: str, tmp_path: Path) -> None:
    assert digest(run(cwd=tmp_path)) == here


@pytest.mark.parametrize(
    "act",
    [
        "time.time()",
        "time.monotonic_ns()",
        "random.random()",
        "os.urandom(1)",
        "os.environ['HOME']",
        "os.getenv('HOME')",
        "os.listdir('/')",
        "open('/etc/hostname')",
        "os.open('/etc/hostname', os.O_RDONLY)",
        "import decimal",
        "__import__('socket').socket()",
        "os.system('true')",
    ],
)
def test_the_watch_notices(act: str) -> None:
    done = run("--do", act)
    assert done.returncode != 0
    assert "Impure" in done.stderr


def test_the_kernel_is_asked_for_nothing_but_memory(tmp_path: Path) -> None:
    """The Rust half (policy, arguments, digests) has no audit hook, so its system calls are looked at."""
    trace = tmp_path / "trace"
    digest(run(before=("strace", "-f", "-qq", "-o", str(trace))))
    lines = [line.split(maxsplit=1)[1] for line in trace.read_text().splitlines()]
    (begun,) = (number for number, line in enumerate(lines) if line.startswith("write(2") and BEGUN in line)
    calls = [line.partition("(")[0] for line in lines[begun + 1 :]]
    assert calls[-2:] == ["write", "exit_group"]
    assert set(calls[:-2]) <= MEMORY
