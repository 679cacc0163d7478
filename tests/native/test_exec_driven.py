"""`claw._native.Process` with a driver: what is told to it is granted each time, as it was granted."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from claw import _native
from claw.errors import ToolError
from tests.native.running import Shell, ended, eventually, granted, read_until


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def driven(tmp_path: Path, line: str, driver: str) -> _native.Process:
    return _native.Process(
        granted(line),
        shell="/bin/sh",
        cwd=str(tmp_path),
        env=dict(os.environ),
        guard=str(tmp_path / "g"),
        driver=driver,
    )


def test_what_is_told_is_what_was_granted_once(tmp_path: Path) -> None:
    """The length, and what a shell reads as this very text."""
    process = driven(tmp_path, "it's\n'é'", "cat")
    told = read_until(process, b"__claw_done $?\n").decode()
    word, length, rest = told.split(" ", 2)
    assert word == "__claw_cell"
    quoted = rest.encode()[: int(length)].decode()
    assert (
        subprocess.run(["sh", "-c", f"printf %s {quoted}"], capture_output=True, check=True).stdout.decode()
        == "it's\n'é'"
    )
    grant = granted("second")
    process.give(grant)
    assert b"__claw_cell 8 'second';" in read_until(process, b"__claw_done $?\n")
    with pytest.raises(ToolError, match="no command left"):
        process.give(grant)
    process.kill()
    ended(process)


def test_nothing_is_told_to_what_nobody_drives(shell: Shell) -> None:
    process = shell.bash("sleep 100")
    assert process.channel_fd is None
    process.interrupt()
    with pytest.raises(ToolError):
        process.give(granted("true"))
    process.kill()
    ended(process)


def test_an_interrupt_reaches_the_group_and_is_answered(tmp_path: Path) -> None:
    driver = "trap 'echo interrupted >&2' INT; read -r line; sleep 100; read -r back; echo $back >&0"
    process = driven(tmp_path, "true", driver)
    eventually(
        lambda: b"sleep" in subprocess.run(["ps", "-o", "args", "-g", str(process.pid)], capture_output=True).stdout
    )
    process.interrupt()
    assert b"interrupted" in read_until(process, b"interrupted\n")
    assert process.channel_fd is not None
    os.set_blocking(process.channel_fd, True)
    assert os.read(process.channel_fd, 100) == b"__claw_back\n"
    ended(process)
    process.interrupt()


def test_a_driver_has_no_other_input(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="driven"):
        _native.Process(
            granted("true"),
            shell="/bin/sh",
            cwd=str(tmp_path),
            env={},
            guard=str(tmp_path / "g"),
            stdin=b"x",
            driver="cat",
        )
