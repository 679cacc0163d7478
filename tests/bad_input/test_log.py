"""Logs that are damaged, from the future, or taken away: refused with the place, and nothing is written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from claw._native import LogWriter
from claw.errors import LogPoisoned
from tests.bad_input.complaint import complains, is_content
from tests.cli.live.world import PATIENCE, World, text, told, tool
from tests.log_format.reader import crc32c, read

COMMANDS = [
    ["resume", "first", "-p", "hi"],
    ["fork", "first"],
    ["replay", "first"],
    ["log", "first"],
    ["show", "first@5"],
    ["cost", "first"],
]


def segment(world: World) -> Path:
    return world.claw_home / "sessions" / world.sessions()[0] / "00000001.seg"


def by_id(world: World, command: list[str]) -> list[str]:
    """With the session's id for its name, which cannot be read from a damaged log."""
    return [word.replace("first", world.sessions()[0]) for word in command]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_damaged_log(answered: World, command: list[str]) -> None:
    file = segment(answered)
    shutil.rmtree(file.parent / "snapshots", ignore_errors=True)
    content = bytearray(file.read_bytes())
    content[1500] ^= 1
    file.write_bytes(content)
    done = answered.run(*by_id(answered, command))
    assert done.returncode == 9, told(done)
    assert f"{file} is damaged at byte 1024" in told(done)
    assert "Traceback" not in told(done)
    assert file.read_bytes() == content


def test_a_damaged_log_is_saved_as_far_as_it_is_whole(world: World) -> None:
    world.serve(text("Hello."), text("Hello."), text("Again."))
    for more in (["--name", "first"], ["-c"]):
        assert world.run("-p", "hi", *more).returncode == 0
    answered, first = world, segment(world)
    whole = read(first.parent).records
    shutil.rmtree(first.parent / "snapshots", ignore_errors=True)
    file = first.with_name(whole[-1].segment)
    content = bytearray(file.read_bytes())
    content[whole[-1].block + 100] ^= 1
    file.write_bytes(content)
    complains(answered.run("resume", file.parent.name, "-p", "hi"), 9, "fsck --salvage")
    assert answered.run("verify", file.parent.name).returncode == 9
    saved = answered.run("fsck", "--salvage", file.parent.name)
    assert saved.returncode == 0, told(saved)
    session = saved.stdout.decode().strip()
    good = [record for record in whole if record.segment != whole[-1].segment or record.block < whole[-1].block]
    kinds = [record.kind for record in good]
    assert [event["kind"] for event in answered.events(session)] == [*kinds, "session.salvaged"]
    assert answered.run("verify", session).returncode == 0
    resumed = answered.run("resume", "-p", "go on")
    assert (resumed.returncode, resumed.stdout) == (0, b"Hello.\n"), told(resumed)
    assert answered.run("log", "@last").stdout == answered.run("log", session).stdout
    assert answered.events()[-1]["kind"] == "session.ended"


def test_damage_in_an_older_segment_is_found_by_whoever_goes_on(world: World) -> None:
    """Each run of a session begins a segment; a snapshot spares it the events before, and must not hide damage."""
    world.serve(text("First."), text("Again."), text("Third."))
    for more in ([], ["-c"], ["-c"]):
        assert world.run(*more, "-p", "hi").returncode == 0
    folder = segment(world).parent
    older, newest = sorted(folder.glob("*.seg"))[-2:]
    content = bytearray(older.read_bytes())
    content[len(content) // 2] ^= 1
    older.write_bytes(content)
    before = newest.read_bytes()
    for command in (["resume", folder.name, "-p", "hi"], ["resume", "-p", "hi"], ["fork", folder.name]):
        complains(world.run(*command), 9, f"{older} is damaged at byte")
    assert newest.read_bytes() == before


@pytest.mark.parametrize("command", [*COMMANDS, ["verify", "first"]], ids=lambda command: command[0])
def test_a_log_of_a_newer_format(answered: World, command: list[str]) -> None:
    file = segment(answered)
    content = bytearray(file.read_bytes())
    content[8] = 9
    content[508:512] = crc32c(bytes(content[:508])).to_bytes(4, "little")
    file.write_bytes(content)
    done = answered.run(*by_id(answered, command))
    assert done.returncode == 1, told(done)
    assert "newer claw" in told(done) + done.stdout.decode()
    assert "Traceback" not in told(done)
    assert file.read_bytes() == content


def test_damage_that_a_snapshot_hides_is_still_found(answered: World) -> None:
    file = segment(answered)
    content = bytearray(file.read_bytes())
    content[1500] ^= 1
    file.write_bytes(content)
    for command in ("verify", "replay", "log"):
        assert answered.run(command, file.parent.name).returncode == 9, command
    complains(answered.run("resume", file.parent.name, "-p", "hi"), 9, "is damaged at byte 1024")


@pytest.mark.parametrize("harm", ["empty", "a folder", "no segment", "zeros"])
def test_what_is_no_log_at_all(answered: World, harm: str) -> None:
    file = segment(answered)
    size = file.stat().st_size
    file.unlink()
    match harm:
        case "empty":
            file.touch()
        case "a folder":
            file.mkdir()
        case "zeros":
            file.write_bytes(bytes(size))
        case _:
            shutil.rmtree(file.parent / "snapshots", ignore_errors=True)
    done = answered.run("resume", file.parent.name, "-p", "hi")
    assert done.returncode in (1, 2, 9), told(done)
    complains(done, done.returncode)
    is_content(answered.run("-p", "hi"), b"Hello.\n")


def test_a_second_writer_is_told_who_writes(world: World) -> None:
    world.serve(tool("Bash", {"command": "touch begun; sleep 600"}), text("Done."))
    first = world.spawn("-p", "go", "--name", "first", "--permission-mode", "bypassPermissions")
    try:
        _until_there(world.workspace / "begun")
        before = world.events("first")
        complains(world.run("resume", "first", "-p", "me too"), 1, f"is being written by process {first.pid}")
        assert world.events("first") == before
        assert world.run("verify", "first").returncode == 0
        assert world.run("fork", "first").returncode == 0
    finally:
        first.terminate()
        _, errors = first.communicate(timeout=PATIENCE)
    assert first.returncode == 143, errors.decode()
    assert "claw resume" in errors.decode()


def test_the_session_is_deleted_while_it_runs(world: World) -> None:
    world.serve(tool("Bash", {"command": f"rm -rf {world.claw_home}/sessions"}), text("Done."))
    done = world.run("-p", "hi", "--permission-mode", "bypassPermissions")
    assert "Traceback" not in told(done)
    assert done.returncode in (0, 1), told(done)
    if done.returncode:
        complains(done, 1)
    world.serve(text("Hello."))
    is_content(world.run("-p", "hi"), b"Hello.\n")


def test_a_forked_process_cannot_write(tmp_path: Path) -> None:
    writer = LogWriter.create(str(tmp_path / "log"), session=b"s" * 16)
    record = ("x", 1, 0, 0, None, 0, b"\x80")
    writer.append([record], durable=True)
    script = (
        "import sys; from claw._native import LogWriter; from claw.errors import LogLocked\n"
        "try: LogWriter.open(sys.argv[1])\nexcept LogLocked as error: print(error)\n"
    )
    python = [sys.executable, "-c", script, str(tmp_path / "log")]
    assert str(os.getpid()) in subprocess.run(python, capture_output=True, text=True, check=True).stdout
    child = os.fork()
    if child == 0:
        try:
            writer.append([record], durable=True)
        except LogPoisoned:
            os._exit(7)
        except BaseException:  # noqa: BLE001
            os._exit(8)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) in (7, 8)
    writer.append([record], durable=True)
    writer.close()
    assert len(read(tmp_path / "log").records) == 2


def _until_there(path: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < end, f"{path} never came"
        time.sleep(0.05)
