"""A disk that gets full: one clear sentence, what was told is kept, and every tool that started has its end."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from claw._native import LogReader
from claw.cli.offline.invariants import examine
from claw.log import read
from claw.replay import replay
from tests.cli.live.world import CLAW, World, objects, text, told, tool
from tests.faults import small_disk

pytestmark = pytest.mark.skipif(bool(small_disk.unavailable()), reason=small_disk.unavailable() or "there is one")

COMMANDS = 24
PROMPT = ("-p", "go", "--input-id", "one")


def talkative(number: int) -> str:
    """What cannot be packed."""
    return f"echo {number} >>effects.txt; head -c 45000 /dev/urandom | base64"


def slow(number: int) -> str:
    """Its output comes while it runs, so that it is still running when the disk is full."""
    return f"echo {number} >>effects.txt; for i in 1 2 3 4; do head -c 11000 /dev/urandom | base64; sleep 0.04; done"


def vast(number: int) -> str:
    """More than an event holds: the output is a blob."""
    return f"echo {number} >>effects.txt; head -c 250000 /dev/urandom | base64"


@pytest.mark.parametrize(("command", "size"), [(talkative, "1m"), (slow, "400k"), (slow, "1m"), (vast, "1m")])
def test_a_full_disk_stops_the_session_in_good_order(world: World, command: Callable[[int], str], size: str) -> None:
    world.serve(*(tool("Bash", {"command": command(number)}) for number in range(COMMANDS)), text("Done."))
    full = _on_a_disk_of(size, world)
    assert full.returncode == 1, told(full)
    lines = told(full).splitlines()
    assert len(lines) == 2, lines
    assert "no room" in lines[0] or "No space left" in lines[0]
    assert lines[1].startswith("  try: ")

    session = str(world.claw_home / "sessions" / world.sessions()[0])
    acknowledged = objects(full.stdout.splitlines())
    events = world.events()
    assert events[: len(acknowledged)] == acknowledged
    assert _seqs(events, "tool.started") == _ended(events), "a tool that started has no end"
    assert not examine(read(session)).findings

    healed = world.run("resume", "@last", *PROMPT, "--permission-mode", "bypassPermissions")
    assert (healed.returncode, healed.stdout) == (0, b"Done.\n"), told(healed)
    effects = (world.workspace / "effects.txt").read_text().split()
    assert effects == [str(number) for number in range(COMMANDS)]
    assert LogReader(session).verify().ok
    assert replay(session).ok


@pytest.mark.parametrize("command", [talkative, slow])
def test_a_command_in_the_background_has_its_end_as_well(world: World, command: Callable[[int], str]) -> None:
    background = [
        tool("Bash", {"command": f"echo {name}; sleep 1000", "run_in_background": True}) for name in ("one", "two")
    ]
    replies = (tool("Bash", {"command": command(number)}) for number in range(COMMANDS))
    world.serve(*background, *replies, text("Done."))
    full = _on_a_disk_of("1m", world)
    assert full.returncode == 1, told(full)
    assert len(told(full).splitlines()) == 2, told(full)
    events = world.events()
    ends = [
        (e["data"]["id"], e["data"]["reason"], e["data"]["content"]) for e in events if e["kind"] == "shell.finished"
    ]
    assert sorted(ends) == [("bash_1", "session_end", "one\n"), ("bash_2", "session_end", "two\n")]
    assert _seqs(events, "tool.started") == _ended(events), "a tool that started has no end"
    session = str(world.claw_home / "sessions" / world.sessions()[0])
    assert not examine(read(session)).findings
    healed = world.run("resume", "@last", *PROMPT, "--permission-mode", "bypassPermissions")
    assert (healed.returncode, healed.stdout) == (0, b"Done.\n"), told(healed)
    assert replay(session).ok


def test_a_reply_that_the_disk_cut_off_is_asked_for_again(world: World) -> None:
    world.serve(text(*("0123456789abcdef" * 256,) * 200))
    full = _on_a_disk_of("400k", world)
    assert full.returncode == 1
    assert "no room" in told(full)
    kinds = world.kinds()
    assert "model.chunk" in kinds
    assert not {"model.failed", "turn.finished"} & set(kinds), "nobody called it off"
    healed = world.run("resume", "@last")
    assert (healed.returncode, len(healed.stdout)) == (0, 200 * 4096 + 1), told(healed)
    assert world.run("verify", "@last").returncode == 0


def test_a_disk_with_no_room_at_all(world: World) -> None:
    world.serve(text("Done."))
    full = _on_a_disk_of("40k", world)
    assert full.returncode == 1
    assert "no room" in told(full)
    assert len(told(full).splitlines()) == 2
    assert world.run(*PROMPT).stdout == b"Done.\n"


def _on_a_disk_of(size: str, world: World) -> subprocess.CompletedProcess[bytes]:
    kept = world.root / "kept"
    command = [CLAW, *PROMPT, "--output-format", "events", "--permission-mode", "bypassPermissions"]
    done = subprocess.run(
        small_disk.command(world.claw_home, size, kept, *command),
        cwd=world.workspace,
        env=world.environ,
        capture_output=True,
        check=False,
    )
    world.claw_home.rmdir()
    kept.rename(world.claw_home)
    return done


def _seqs(events: list[dict[str, Any]], kind: str) -> set[int]:
    return {event["seq"] for event in events if event["kind"] == kind}


def _ended(events: list[dict[str, Any]]) -> set[int]:
    return {event["data"]["call"] for event in events if event["kind"] in ("tool.finished", "tool.interrupted")}
