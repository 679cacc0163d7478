"""The process that commands are started from: there is one, it holds nothing of claw's, and it ends with claw."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from claw import _native
from tests.native.running import PATIENCE, Shell

CLAW = """
from claw import _native
_native.prepare_starts()
print("ready", flush=True)
input()
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_there_is_one_for_all_commands_and_the_next_one_replaces_one_that_was_killed(shell: Shell) -> None:
    assert shell.run("echo 1") == (0, b"1\n")
    (first,) = _starters(os.getpid())
    assert shell.run("echo 2; exit 3") == (3, b"2\n")
    _native.prepare_starts()
    assert _starters(os.getpid()) == [first]
    os.kill(first, signal.SIGKILL)
    _wait_for_the_end_of(first)
    assert shell.run("echo 3") == (0, b"3\n")
    (second,) = _starters(os.getpid())
    assert second != first


def test_a_command_goes_on_whose_starter_was_killed(shell: Shell) -> None:
    process = shell.bash("read -r line; echo $line", stdin=b"still here\n")
    for starter in _starters(os.getpid()):
        os.kill(starter, signal.SIGKILL)
        _wait_for_the_end_of(starter)
    assert process.wait(PATIENCE) == 0
    assert process.read(PATIENCE) == b"still here\n"
    assert _native.wait_guard(shell.guard, PATIENCE)


def test_a_fork_of_claw_has_one_of_its_own(shell: Shell) -> None:
    assert shell.run("true")[0] == 0
    before = _starters(os.getpid())
    child = os.fork()
    if child == 0:
        whole = shell.run("echo $PPID")[0] == 0 and len(_starters(os.getpid())) == 1
        os._exit(0 if whole else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert _starters(os.getpid()) == before


@pytest.mark.parametrize("killed", [True, False])
def test_it_holds_nothing_of_claw_s_and_ends_with_it(killed: bool) -> None:
    command = [sys.executable, "-c", CLAW]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as claw:
        assert claw.stdout is not None
        assert claw.stdin is not None
        assert claw.stdout.readline() == b"ready\n"
        (starter,) = _starters(claw.pid)
        pointed = {os.readlink(f"/proc/{starter}/fd/{fd}") for fd in os.listdir(f"/proc/{starter}/fd")}
        assert {name for name in pointed if not name.startswith(("socket:", "anon_inode:"))} == {"/dev/null"}
        assert os.getsid(starter) == starter
        if killed:
            claw.kill()
        else:
            claw.stdin.close()
        assert claw.stdout.read() == b""
    _wait_for_the_end_of(starter)


def _wait_for_the_end_of(starter: int) -> None:
    until = time.monotonic() + PATIENCE
    while _comm(starter) == "claw-starter" and time.monotonic() < until:
        time.sleep(0.01)
    assert _comm(starter) != "claw-starter"


def _starters(parent: int) -> list[int]:
    """Those of this process, but for dead ones; it takes its name once it runs."""
    until = time.monotonic() + PATIENCE
    found: list[int] = []
    while not found and time.monotonic() < until:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        found = [pid for pid in pids if _comm(pid) == "claw-starter" and _parent(pid) == parent]
    return found


def _comm(pid: int) -> str:
    """Its name; empty where it is gone or dead."""
    fields = _stat(pid)
    return "" if fields is None or fields[1][0] == "Z" else fields[0]


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return -1 if fields is None else int(fields[1][1])


def _stat(pid: int) -> tuple[str, list[str]] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    name, _, rest = text.partition("(")[2].rpartition(") ")
    return name, rest.split()
