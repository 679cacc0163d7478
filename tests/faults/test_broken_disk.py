"""Writes and syncs that fail: the session stops with a sentence, and resumed it has lost nothing it had told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from claw._native import LogReader
from claw.replay import replay
from tests.cli.live.world import CLAW, World, objects, text, told, tool
from tests.faults import strace

pytestmark = pytest.mark.skipif(bool(strace.unavailable()), reason=strace.unavailable() or "it can be traced")

PROMPT = ("-p", "go", "--input-id", "one", "--output-format", "events")
PROMPT = ("-p", "go", "--input-id", "one", "--output-format", "events")
# strace counts the calls of each thread for itself; three of them may share those of a run.
FAULTS = [
    *(pytest.param(f"fdatasync:error=EIO:when={n}", id=f"EIO from sync {n}") for n in (1, 2, 3)),
    *(pytest.param(f"pwrite64:error=ENOSPC:when={n}", id=f"ENOSPC from write {n}") for n in (3,)),
    *(pytest.param(f"pwrite64:retval=64:when={n}", id=f"short write {n}") for n in (2, 5)),
    pytest.param("pwrite64:error=EIO:when=5+", id="EIO from all writes on"),
    pytest.param("fallocate:error=ENOSPC", id="ENOSPC from the first allocation"),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failed_write_stops_the_session_and_costs_nothing(world: World, fault: str) -> None:
    world.serve(
        tool("Bash", {"command": "echo one >>effects.txt"}),
        tool("Bash", {"command": "echo two >>effects.txt"}),
        text("Done."),
    )
    broken = _under(fault, world, "--permission-mode", "bypassPermissions")
    assert broken.returncode == 1, told(broken)
    lines = told(broken).splitlines()
    assert len(lines) == 2, lines
    assert lines[0].startswith("claw: ")
    assert lines[1].startswith("  try: ")
    acknowledged = objects(broken.stdout.splitlines())

    again = ("resume", "@last", *PROMPT) if acknowledged else PROMPT
    healed = world.run(*again, "--permission-mode", "bypassPermissions")
    assert healed.returncode == 0, told(healed)
    events = world.events()
    assert events[: len(acknowledged)] == acknowledged
    assert [event["kind"] for event in events].count("input.received") == 1
    assert [event["data"]["reason"] for event in events if event["kind"] == "turn.finished"] == ["done"]
    effects = (world.workspace / "effects.txt").read_text().split()
    assert sorted(set(effects)) == sorted(effects), "a command ran twice"
    session = _session(world)
    assert LogReader(str(session)).verify().ok
    assert replay(str(session)).ok


def _under(fault: str, world: World, *more: str) -> subprocess.CompletedProcess[bytes]:
    command = strace.command(world.root / "trace", CLAW, *PROMPT, *more, inject=fault)
    return subprocess.run(command, cwd=world.workspace, env=world.environ, capture_output=True, check=False)


def _session(world: World) -> Path:
    return world.claw_home / "sessions" / world.sessions()[-1]
