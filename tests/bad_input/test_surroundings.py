"""Places that are not writable, streams that are closed, text that is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.bad_input.complaint import complains, is_content
from tests.cli.live.world import CLAW, PATIENCE, World, text, told

NOBODY = 65534


def run(world: World, command: Sequence[str | bytes]) -> subprocess.CompletedProcess[bytes]:
    environ = world.environ
    return subprocess.run(command, cwd=world.workspace, env=environ, capture_output=True, check=False, timeout=PATIENCE)


def shell(world: World, script: str) -> subprocess.CompletedProcess[bytes]:
    return run(world, ["bash", "-c", script, "bash", CLAW])


# --- the home --------------------------------------------------------------------------------------------------------


@pytest.fixture
def open_world() -> Iterator[World]:
    """A world that others may look into."""
    with tempfile.TemporaryDirectory(prefix="claw-test-") as folder:
        os.chmod(folder, 0o755)
        made = World(Path(folder))
        yield made
        made.close()


def as_nobody() -> list[str]:
    """The words that make a command run without root's rights."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root needs setpriv to be someone else")
    probe = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if subprocess.run([*probe, CLAW, "--version"], capture_output=True, check=False).returncode:
        pytest.skip("others may not run this claw")
    return probe


@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_a_home_that_cannot_be_written(open_world: World, mode: int) -> None:
    world = open_world
    world.serve(text("Done."))
    world.claw_home.mkdir()
    someone = as_nobody()
    world.claw_home.chmod(mode)
    try:
        complains(run(world, [*someone, CLAW, "-p", "hi"]), 2, str(world.claw_home), "CLAW_HOME")
    finally:
        world.claw_home.chmod(0o700)
    is_content(world.run("-p", "hi"))


def test_a_home_that_is_a_file(world: World) -> None:
    world.claw_home.touch()
    complains(world.run("-p", "hi"), 2, str(world.claw_home), "CLAW_HOME")
    complains(world.run("log"), 2, str(world.claw_home))


def test_a_session_that_cannot_be_written(open_world: World) -> None:
    world = open_world
    world.serve(text("Done."), text("Again."))
    is_content(world.run("-p", "hi"))
    someone = as_nobody()
    for path in (world.claw_home, *world.claw_home.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o444)
    if not someone:
        for path in world.claw_home.rglob("*"):
            if path.is_dir():
                path.chmod(0o555)
    done = run(world, [*someone, CLAW, "resume", "@last", "-p", "hi"])
    for path in world.claw_home.rglob("*"):
        path.chmod(0o700)
    complains(done, 1, "Permission denied")
    is_content(world.run("resume", "@last", "-p", "hi"), b"Again.\n")


def test_no_home_at_all(world: World) -> None:
    del world.environ["CLAW_HOME"], world.environ["HOME"]
    complains(world.run("-p", "hi"), 2, "neither CLAW_HOME nor HOME is set", "export CLAW_HOME")


def test_home_unset_but_claw_home_set(world: World) -> None:
    world.serve(text("Done."))
    del world.environ["HOME"]
    is_content(world.run("-p", "hi"))


# --- streams ---------------------------------------------------------------------------------------------------------


def test_standard_output_is_closed(world: World) -> None:
    world.serve(text("Done."))
    done = shell(world, '"$1" -p hi >&-')
    is_content(done, b"")
    assert "turn.finished" in world.kinds()


def test_nobody_reads_standard_output(world: World) -> None:
    world.serve(text("Done."))
    done = shell(world, '"$1" -p hi --output-format stream-json | true; exit ${PIPESTATUS[0]}')
    assert done.returncode == 141, told(done)
    assert told(done) == ""
    assert world.run("verify", "@last").returncode == 0


def test_standard_output_is_a_full_disk(world: World) -> None:
    world.serve(text("Done."))
    complains(shell(world, '"$1" -p hi >/dev/full'), 1, "No space left")
    assert world.kinds()[-1] == "session.ended"


def test_all_streams_are_closed(world: World) -> None:
    world.serve(text("Done."))
    done = shell(world, '"$1" -p hi <&- >&- 2>&-')
    assert done.returncode == 0
    assert "turn.finished" in world.kinds()
    assert world.run("verify", "@last").returncode == 0


# --- text ------------------------------------------------------------------------------------------------------------


def test_an_argument_that_is_not_utf_8(world: World) -> None:
    world.serve(text("Done."))
    done = run(world, [CLAW, "-p", b"caf\xe9"])
    complains(done, 2, "UTF-8")
    assert world.sessions() == []


@pytest.mark.parametrize("flag", ["--name", "--model", "-C", "--input-id"])
def test_a_flag_that_is_not_utf_8(world: World, flag: str) -> None:
    world.serve(text("Done."))
    complains(run(world, [CLAW, "-p", "hi", flag, b"caf\xe9"]), 2)


def test_a_workspace_whose_name_is_not_utf_8(world: World) -> None:
    world.serve(text("Done."))
    folder = os.fsencode(world.root) + b"/caf\xe9"
    os.mkdir(folder)
    complains(run(world, [CLAW, "-p", "hi", "-C", folder]), 2, "UTF-8")
    command = [CLAW, "-p", "hi"]
    done = subprocess.run(command, cwd=folder, env=world.environ, capture_output=True, check=False, timeout=PATIENCE)
    complains(done, 2, "UTF-8", "caf")
    assert world.sessions() == []


def test_an_environment_that_is_not_utf_8(world: World) -> None:
    world.serve(text("Done."))
    done = shell(world, "export STRANGE=$'caf\\xe9' LANG=xx_YY.latin9; exec \"$1\" -p hi")
    assert (done.returncode, done.stdout) == (0, b"Done.\n"), told(done)


def test_a_prompt_of_two_megabytes(world: World) -> None:
    world.serve({**text("Done."), "expect": ["the very end"]})
    is_content(world.run("-p", stdin=b"0123456789abcde\n" * 131_072 + b"the very end"))
    assert world.run("verify", "@last").returncode == 0
    assert world.run("replay", "@last").returncode == 0


def test_a_prompt_with_control_characters(world: World) -> None:
    world.serve(text("Done."))
    is_content(world.run("-p", stdin=b"a\x00b\x1b[2Jc\r\xe2\x80\xae"))
    assert b"\x1b" not in world.run("log", "@last").stdout
