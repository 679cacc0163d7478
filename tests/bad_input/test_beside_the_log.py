"""Files in a session's folder that are not what claw put there: said, never waited for, never written through."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bad_input.complaint import complains, is_content
from tests.cli.live.world import World, text, told, tool


@pytest.fixture
def long(world: World) -> World:
    """A world with one session that has content too long for its log."""
    (world.workspace / "long.txt").write_text("a line of a long file\n" * 6_000)
    world.serve(tool("Bash", {"command": "cat long.txt"}), text("Done."), text("Again."))
    assert world.run("-p", "go", "--name", "first", "--allowed-tools", "Bash").returncode == 0
    return world


def folder(world: World) -> Path:
    (session,) = world.sessions()
    return world.claw_home / "sessions" / session


def blobs(path: Path) -> list[Path]:
    return [file for file in (path / "blobs").rglob("*") if not file.is_dir()]


def changed(file: Path) -> None:
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b"long", b"LONG", 1))


def shorter(file: Path) -> None:
    file.chmod(0o644)
    os.truncate(file, 5)


def fifo(file: Path) -> None:
    file.unlink(missing_ok=True)
    os.mkfifo(file)


def link(file: Path) -> None:
    elsewhere = file.parent.parent.parent / "moved"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)


SPOILT = [changed, shorter, os.unlink, fifo, link]


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_content_that_is_not_what_the_log_says_is_damage(spoil: Callable[[Path], None], long: World) -> None:
    (blob,) = blobs(folder(long))
    assert long.run("verify", "first").returncode == 0
    assert b"damage     none" in long.run("fsck", "first").stdout
    spoil(blob)
    verified, explained = long.run("verify", "first"), long.run("fsck", "first")
    assert (verified.returncode, explained.returncode) == (9, 9)
    assert "event " in told(verified)
    assert b"damage     event " in explained.stdout
    assert b"damage     none" not in explained.stdout


def test_a_salvaged_session_has_its_long_content(long: World) -> None:
    path = folder(long)
    is_content(long.run("-c", "-p", "go on"), b"Again.\n")
    long.serve(text("Again."))
    segment = max(path.glob("*.seg"))
    segment.write_bytes(segment.read_bytes()[:-100])
    saved = long.run("fsck", "--salvage", path.name)
    assert saved.returncode == 0, told(saved)
    session = saved.stdout.decode().strip()
    assert [file.name for file in blobs(path.parent / session)] == [file.name for file in blobs(path)]
    assert long.run("verify", session).returncode == 0
    is_content(long.run("-c", "-p", "go on"), b"Again.\n")


def odd(path: Path, precious: Path) -> Iterator[str]:
    """Put one odd thing after the other in the path's place; what it is."""
    makers: dict[str, Callable[[], None]] = {
        "a FIFO": lambda: os.mkfifo(path),
        "a link": lambda: path.symlink_to(precious),
        "a second name": lambda: os.link(precious, path),
    }
    for what, make in makers.items():
        path.unlink(missing_ok=True)
        make()
        yield what


@pytest.mark.parametrize("name", ["lock", "tools.lock", "00000002.seg", "00000002.seg.tmp"])
def test_something_odd_in_a_files_place_is_neither_waited_for_nor_written_through(name: str, answered: World) -> None:
    path = folder(answered)
    precious = answered.root / "precious"
    precious.write_text("precious")
    for what in odd(path / name, precious):
        for command in (["resume", path.name, "-p", "hi"], *([["log"]] if name.endswith(".seg") else [])):
            assert "Traceback" not in told(answered.run(*command)), (name, what, command)
        assert precious.read_text() == "precious", (name, what)


def test_a_link_in_the_place_of_blobs_is_not_written_through(long: World) -> None:
    path, elsewhere = folder(long), long.root / "elsewhere"
    elsewhere.mkdir()
    shutil.rmtree(path / "blobs")
    (path / "blobs").symlink_to(elsewhere)
    long.serve(tool("Bash", {"command": "cat long.txt long.txt"}), text("Done."))
    done = long.run("resume", path.name, "-p", "hi", "--allowed-tools", "Bash")
    assert "Traceback" not in told(done)
    assert os.listdir(elsewhere) == []


def test_a_folder_that_holds_another_session_than_its_name_says(world: World) -> None:
    world.serve(text("One."), text("Two."))
    for prompt in ("one", "two"):
        assert world.run("-p", prompt).returncode == 0
    one, other = (world.claw_home / "sessions" / name for name in world.sessions())
    backup = world.root / "backup"
    shutil.copytree(one, backup)
    assert world.run("verify", str(backup)).returncode == 0, "a copy elsewhere goes by that folder's name"
    shutil.rmtree(one)
    shutil.copytree(other, one)
    for command in (["verify", one.name], ["replay", one.name], ["show", one.name]):
        done = world.run(*command)
        assert done.returncode == 9, command
        assert "another session than its name says" in told(done), command
    complains(world.run("resume", one.name, "-p", "hi"), 9, "another session than its name says")
    assert world.run("verify", other.name).returncode == 0
