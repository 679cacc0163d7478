"""A result of a gigabyte: bounded in memory, in the log and in what the model is sent; the session goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.cli.live.world import CLAW, PATIENCE, World, text, told, tool

GIGABYTE = 1 << 30
MOST_MIB = 400
"""Of memory that the largest process of the run may take."""


def peak(world: World, *arguments: str) -> tuple[subprocess.CompletedProcess[bytes], int]:
    """claw run to its end, and the most memory that it or one of its processes took, in MiB."""
    code = (
        "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode; "
        "most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss; print(most // 1024, file=sys.stderr); "
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, CLAW, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=world.workspace,
        env=world.environ,
        timeout=PATIENCE * 3,
        check=False,
    )
    return done, int(told(done).split()[-1])


def size(folder: Path) -> int:
    """Bytes that all below it take of the disk."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*"))


def test_a_result_of_a_gigabyte_is_bounded_and_the_session_goes_on(world: World) -> None:
    with (world.workspace / "huge.txt").open("wb") as file:
        file.truncate(GIGABYTE)
    world.serve(
        tool("Bash", {"command": f"head -c {GIGABYTE} /dev/zero | tr '\\0' x; echo the end"}),
        tool("Read", {"file_path": "huge.txt"}, expect=["the end"]),
        text("so much", expect=["huge.txt"]),
        text("and more"),
    )
    done, mib = peak(world, "-p", "go", "--allowed-tools", "Bash")
    assert done.returncode == 0, told(done)
    assert done.stdout == b"so much\n"
    assert mib < MOST_MIB
    assert size(world.claw_home) < 64 << 20
    done = world.run("resume", "@last", "-p", "go on")
    assert (done.returncode, done.stdout) == (0, b"and more\n"), told(done)
    for verb in ("replay", "verify"):
        assert world.run(verb, "@last").returncode == 0
