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

HELD = 64 * 1024
"""KiB that a process holds before it has a starter."""
IN_A_THREAD = f"""
import sys, threading
from pathlib import Path
from tests.native.running import PATIENCE, Shell
shell, held = Shell(Path(sys.argv[1])), bytearray(b"held" * {HELD * 256})
def start():
    process = shell.bash("sleep 1000")
    supervisor = open(f"/proc/{{process.pid}}/stat").read().rsplit(")", 1)[1].split()[1]
    print(open(f"/proc/{{supervisor}}/comm").read().strip())
    status = open(f"/proc/{{supervisor}}/status").read().splitlines()
    print(*(line.split()[1] for line in status if line.startswith("RssAnon:")))
    process.kill()
    process.wait(PATIENCE)
    print(shell.run("echo told; exit 3"))
thread = threading.Thread(target=start)
thread.start()
thread.join()
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


def test_what_it_forks_has_no_memory_of_python_s_even_where_a_thread_made_it_late(tmp_path: Path) -> None:
    command = [sys.executable, "-c", IN_A_THREAD, str(tmp_path)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=PATIENCE, check=True)
    name, anonymous, said = done.stdout.splitlines()
    assert name == "claw-supervisor"
    assert int(anonymous) < HELD // 4
    assert said == "(3, b'told\\n')"


FREED_ELSEWHERE = """
import sys, threading
from pathlib import Path
from tests.native.running import Shell
from claw import _native
kept = []
thread = threading.Thread(target=lambda: kept.extend(bytes(size) for size in range(8, 4096, 8) for _ in range(8)))
thread.start()
thread.join()
kept.clear()
_native.prepare_starts()
print(*(Shell(Path(sys.argv[1])).run("exit 3")[0] for _ in range(4)))
"""


def test_what_it_forks_may_allocate_what_another_thread_had(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FREED_ELSEWHERE, str(tmp_path)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONMALLOC": "malloc"},
        timeout=PATIENCE,
        check=False,
    )
    assert done.stdout == "3 3 3 3\n", done.stderr


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
