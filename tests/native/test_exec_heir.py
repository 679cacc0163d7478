"""What is to be done once a command has ended is done by its supervisor where claw is gone, and only there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from claw import _native
from tests.native.running import PATIENCE, ended, granted, read_until

CLAW = """
import sys
from tests.native.running import granted, read_until
from claw import _native
line, guard, folder = sys.argv[1:]
heir = ["/bin/sh", "-c", 'read -r will; echo "$will, $1, $V, $PWD" >told', "sh", "an argument"], b"a will\\n"
env = {"PATH": "/usr/bin:/bin", "V": "a variable"}
process = _native.Process(granted(line), shell="/bin/sh", cwd=folder, env=env, guard=guard, heir=heir)
read_until(process, b"ready\\n")
print("ready", flush=True)
process.wait(1000)
"""


@pytest.mark.parametrize(
    "line",
    [
        "echo ready; sleep 1000",
        "trap '' TERM; echo ready; sleep 1000",
        "echo ready; (setsid sleep 1000 &) ; sleep 1000",
    ],
)
def test_it_is_done_once_all_of_the_command_is_gone_and_before_anybody_takes_over(tmp_path: Path, line: str) -> None:
    guard = str(tmp_path / "guard")
    command = [sys.executable, "-c", CLAW, line, guard, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=tmp_path, env=_environ()) as claw:
        assert claw.stdout is not None
        assert claw.stdout.readline() == b"ready\n"
        claw.send_signal(signal.SIGKILL)
    assert _native.wait_guard(guard, PATIENCE)
    assert (tmp_path / "told").read_text() == f"a will, an argument, a variable, {tmp_path}\n"


def test_a_living_claw_does_it_itself(tmp_path: Path) -> None:
    heir = ["/bin/sh", "-c", "echo done >told"], b""
    guard = str(tmp_path / "guard")
    env = {"PATH": os.environ["PATH"]}
    process = _native.Process(
        granted("echo ready; sleep 1000"), shell="/bin/sh", cwd=str(tmp_path), env=env, guard=guard, heir=heir
    )
    read_until(process, b"ready\n")
    process.kill()
    assert ended(process) == 143
    assert _native.wait_guard(guard, PATIENCE)
    assert not (tmp_path / "told").exists()


def _environ() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
