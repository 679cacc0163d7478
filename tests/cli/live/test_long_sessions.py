"""Sessions of many events: what is kept beside them, and that it is enough to go on."""

from __future__ import annotations

import uuid
from pathlib import Path

from bench.recorded import make
from claw import log
from claw.projections.state import INITIAL, fold_all
from claw.session import snapshots
from tests.cli.live.world import World, text


def long_session(world: World, events: int) -> Path:
    """A session of about so many events, without what is kept beside it."""
    path = world.claw_home / "sessions" / str(uuid.UUID(int=(7 << 76) | (2 << 62) | events))
    make(path, events, str(world.workspace))
    for file in (path / "snapshots").iterdir():
        file.unlink()
    return path


def kept(path: Path) -> list[Path]:
    return sorted((path / "snapshots").glob("*")) if (path / "snapshots").is_dir() else []


def test_what_is_kept_of_a_long_session_is_small_and_opens_it(world: World) -> None:
    world.serve(*[text("Here.")] * 20)
    path = long_session(world, 3_000)
    assert world.run("resume", path.name, "-p", "go on").returncode == 0
    (first,) = kept(path)
    tip = log.tip(str(path))
    assert snapshots.restore(str(path), tip).folded < 10
    assert snapshots.restore(str(path), tip).state == fold_all(INITIAL, log.read(str(path)))
    assert world.run("resume", path.name, "-p", "go on").returncode == 0
    assert kept(path) == [first], "the few events since then are folded sooner than a snapshot is read"
    assert world.run("verify", path.name).returncode == 0


def test_a_link_in_the_place_of_snapshots_is_not_written_through(world: World) -> None:
    world.serve(*[text("Here.")] * 20)
    path, elsewhere = long_session(world, 3_000), world.root / "elsewhere"
    (path / "snapshots").rmdir()
    elsewhere.mkdir()
    (path / "snapshots").symlink_to(elsewhere)
    done = world.run("resume", path.name, "-p", "go on")
    assert (done.returncode, done.stdout) == (0, b"Here.\n")
    assert list(elsewhere.iterdir()) == []


def test_nothing_is_kept_of_a_short_session(world: World) -> None:
    world.serve(text("One."))
    assert world.run("-p", "hi").returncode == 0
    (session,) = world.sessions()
    assert kept(world.claw_home / "sessions" / session) == []
