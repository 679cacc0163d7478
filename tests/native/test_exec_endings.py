"""Everything that a command started ends with it, with claw, or when claw says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from claw import _native
from claw.errors import ToolError
from tests.native.running import PATIENCE, Shell, ended, eventually, new_mark, read_all, read_until, sleeping

ESCAPES = {
    "background": "sleep {mark} &",
    "disowned": "sleep {mark} & disown",
    "without hangup": "nohup sleep {mark} >/dev/null 2>&1 &",
    "own session": "setsid sleep {mark} &",
    "double fork": "(setsid nohup sleep {mark} >/dev/null 2>&1 & )",
    "deep": "bash -c 'bash -c \"sleep {mark} & disown\" & disown'",
    "deaf": "bash -c 'trap \"\" TERM HUP; sleep {mark}; sleep {mark}' &",
    "stopped": "sleep {mark} & until [ $(ps -o comm= $!) = sleep ]; do :; done; kill -STOP $!",
    "daemon": "python3 -c 'import os, time\n"
    'if os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\nos.execlp("sleep", "sleep", "{mark}")\' &',
    "own subreaper": "python3 -c 'import ctypes, os\nctypes.CDLL(None).prctl(36, 1)\n"
    'os.system("setsid sleep {mark} &")\' &',
}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
def test_what_a_command_leaves_behind_ends_when_it_has_ended(shell: Shell, escape: str) -> None:
    mark = new_mark()
    line = escape.format(mark=mark) + f"\nwhile ! pgrep -f 'sleep {mark}' >/dev/null; do sleep 0.01; done; exit 5"
    process = shell.bash(line)
    assert ended(process) == 5
    assert sleeping(mark) == 0
    assert read_all(process) == b""
    assert _native.wait_guard(shell.guard, 0)


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
def test_kill_ends_all_of_it(shell: Shell, escape: str) -> None:
    mark = new_mark()
    process = shell.bash(escape.format(mark=mark) + "\necho ready; while true; do sleep 1; done")
    read_until(process, b"ready\n")
    eventually(lambda: sleeping(mark) > 0)
    process.kill()
    process.kill()
    assert ended(process) == 143
    assert sleeping(mark) == 0
    assert _native.wait_guard(shell.guard, 0)


GRANTED = "from tests.native.running import granted\n"


def start_claw(program: str) -> subprocess.Popen[str]:
    """A process that starts `program`'s command as claw does, and then says "ready"."""
    argv = [sys.executable, "-c", "import os, time\nfrom claw import _native\n" + GRANTED + program]
    claw = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert claw.stdout is not None
    assert claw.stdout.readline() == "ready\n"
    return claw


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
def test_a_killed_claw_takes_all_of_it_along(tmp_path: Path, escape: str) -> None:
    mark, guard = new_mark(), str(tmp_path / "guard")
    line = escape.format(mark=mark) + "\nwhile true; do sleep 1; done"
    program = (
        f"p = _native.Process(granted({line!r}), shell='bash', cwd='/', env=dict(os.environ), guard={guard!r})\n"
        "print('ready', flush=True)\ntime.sleep(1000)\n"
    )
    with start_claw(program) as claw:
        eventually(lambda: sleeping(mark) > 0)
        assert not _native.wait_guard(guard, 0)
        claw.send_signal(signal.SIGKILL)
        assert claw.communicate(timeout=PATIENCE)[0] == "", "claw's output is held open by nothing that it left"
    assert _native.wait_guard(guard, PATIENCE)
    assert sleeping(mark) == 0


def test_claw_that_dies_with_a_child_of_its_own_alive_still_takes_its_commands_along(tmp_path: Path) -> None:
    mark, guard = new_mark(), str(tmp_path / "guard")
    # The fork holds claw's end of the control socket: only the death of claw's own process tells.
    program = (
        "env = {'PATH': '/bin:/usr/bin'}\n"
        f"p = _native.Process(granted('exec sleep {mark}'), shell='sh', cwd='/', env=env, guard={guard!r})\n"
        "if os.fork() == 0:\n    time.sleep(1000)\n"
        "print('ready', flush=True)\ntime.sleep(1000)\n"
    )
    with start_claw(program) as claw:
        claw.send_signal(signal.SIGKILL)
        claw.wait(PATIENCE)
        try:
            assert _native.wait_guard(guard, PATIENCE)
            assert sleeping(mark) == 0
        finally:
            os.killpg(claw.pid, signal.SIGKILL)


RUNNER = """\
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
while True:
    time.sleep(0.002)
    if os.fork():
        os._exit(0)
"""


def test_a_process_that_always_runs_ahead_is_caught(shell: Shell) -> None:
    # One at a time, each gone before it can be looked at twice.
    (shell.folder / "runner.py").write_text(RUNNER)
    process = shell.bash("python3 runner.py & sleep 1000")
    read_until(process, b"ready\n")
    process.kill()
    assert ended(process) == 143
    assert _native.wait_guard(shell.guard, 0)


def test_a_command_that_ignores_sigterm_gets_sigkill(shell: Shell) -> None:
    process = shell.bash("trap '' TERM; echo ready; while true; do sleep 0.1; done")
    read_until(process, b"ready\n")
    process.kill()
    assert ended(process) == 137


def test_a_command_may_tidy_up_on_sigterm(shell: Shell) -> None:
    process = shell.bash("trap 'echo bye; exit 9' TERM; echo ready; while true; do sleep 0.01; done")
    read_until(process, b"ready\n")
    process.kill()
    assert read_all(process).endswith(b"bye\n")
    assert ended(process) == 9


def test_a_filter_that_a_command_wrote_to_may_finish(shell: Shell) -> None:
    status, output = shell.run("exec > >(sleep 0.05; cat; echo filtered); echo text")
    assert (status, output) == (0, b"text\nfiltered\n")


def test_the_guard_is_held_as_long_as_anything_runs(shell: Shell) -> None:
    assert _native.wait_guard(shell.guard, 0), "no file, no guard"
    first, second = shell.bash("sleep 1000"), shell.bash("sleep 1000")
    assert not _native.wait_guard(shell.guard, 0)
    first.kill()
    ended(first)
    assert not _native.wait_guard(shell.guard, 0), "two may hold one guard"
    second.kill()
    assert _native.wait_guard(shell.guard, PATIENCE)
    assert ended(second) == 143


def test_the_guard_is_not_the_commands_to_release(shell: Shell) -> None:
    process = shell.bash(f"flock -n -x {shell.guard} true; echo $?; flock -u {shell.guard} true; sleep 1000")
    assert read_until(process, b"\n") == b"1\n"
    assert not _native.wait_guard(shell.guard, 0)
    process.kill()
    ended(process)


def test_a_guard_that_cannot_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ToolError, match="cannot look at the guard"):
        _native.wait_guard(str(tmp_path / "file" / "guard"), 0)


def test_a_supervisor_that_is_killed_takes_the_command_along(shell: Shell) -> None:
    process = shell.bash("echo $PPID; exec sleep 1000")
    supervisor = int(read_until(process, b"\n"))
    os.kill(supervisor, signal.SIGKILL)
    with pytest.raises(ToolError, match="supervisor was killed"):
        process.wait(PATIENCE)
    assert read_all(process) == b""
    process.kill()


def test_a_supervisor_heeds_no_other_signal(shell: Shell) -> None:
    process = shell.bash("kill -TERM $PPID; kill -INT $PPID; kill -HUP $PPID; kill -USR1 $PPID; sleep 0.05; exit 4")
    assert ended(process) == 4


@pytest.mark.skipif(os.geteuid() != 0, reason="needs setpriv")
def test_nobody_looks_into_the_supervisors_memory(shell: Shell) -> None:
    # It is a copy of claw's. Another user's process, and one of the same user without privileges, may not read it.
    process = shell.bash("setpriv --reuid 65534 --clear-groups cat /proc/$PPID/environ; stat -c %u /proc/$PPID/environ")
    assert read_all(process).endswith(b"Permission denied\n0\n")
