"""Nothing acts before its intent is on the disk: fdatasync has returned before the effect begins.

A kill keeps what the kernel has, so no kill can show this; a trace of system calls does.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from claw import log
from claw.events.base import Envelope
from claw.events.model import ModelRequested
from claw.events.tool import ToolStarted
from tests.cli.live.world import CLAW, World, text, tool
from tests.faults import strace
from tests.faults.strace import Call
from tests.log_format import reader

pytestmark = pytest.mark.skipif(bool(strace.unavailable()), reason=strace.unavailable() or "it can be traced")

HASTY = """
import sys
import anyio
from claw.runtime import Runtime

commit = Runtime._commit

async def hasty(self, taken):
    for step in taken.steps:
        self._dispatch(step)
    self._dispatch = lambda step: None
    await anyio.sleep(0.3)
    await commit(self, taken)
    del self._dispatch

Runtime._commit = hasty
from claw.__main__ import main
sys.exit(main())
"""
"""claw with a runtime that lets the handlers see their intents before the log has them."""


@dataclass(frozen=True)
class Act:
    """An intent, and the first system call that carries it out."""

    intent: Envelope
    effect: Call
    on_disk: int
    """Where in the trace its fdatasync had returned; beyond everything if it never did."""

    @property
    def is_late(self) -> bool:
        return self.on_disk >= self.effect.begun


def scripted(world: World) -> None:
    world.serve(
        tool("Bash", {"command": "echo one >one.txt"}, say="First this."),
        tool("Write", {"file_path": "made.txt", "content": "a\n"}),
        tool("Edit", {"file_path": "made.txt", "old_string": "a", "new_string": "b"}),
        tool("Bash", {"command": "cat made.txt"}),
        text("Done."),
    )


def traced(world: World, *program: str) -> list[Act]:
    output = world.root / "trace"
    command = strace.command(output, *program, "-p", "go", "--permission-mode", "bypassPermissions")
    done = subprocess.run(command, cwd=world.workspace, env=world.environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == b"Done.\n"
    (session,) = world.sessions()
    return list(_acts(world.claw_home / "sessions" / session, strace.calls(output)))


def _acts(session: Path, calls: list[Call]) -> Iterator[Act]:
    """Every intent that leaves the process, with its effect."""
    records = reader.read(session).records
    requests = _effects(calls, _sends_request)
    commands = _effects(calls, _starts_bash)
    writes = _effects(calls, _opens_temporary)
    for event in log.read(str(session)):
        match event.data:
            case ModelRequested():
                effect = next(requests)
            case ToolStarted(name="Bash"):
                effect = next(commands)
                assert event.data.arguments["command"] in effect.arguments
            case ToolStarted(name="Write" | "Edit"):
                effect = next(writes)
            case _:
                continue
        record = records[event.seq]
        yield Act(event, effect, _on_disk(calls, str(session / record.segment), record.block))


def _effects(calls: list[Call], is_one: Callable[[Call], bool]) -> Iterator[Call]:
    yield from sorted((call for call in calls if is_one(call)), key=lambda call: call.begun)


def _sends_request(call: Call) -> bool:
    return call.name in ("sendto", "sendmsg", "write", "writev") and '"POST /v1/messages' in call.arguments


def _starts_bash(call: Call) -> bool:
    return call.name == "execve" and 'bash", "-c", "' in call.arguments and call.result == "0"


def _opens_temporary(call: Call) -> bool:
    return call.name == "openat" and '".claw-' in call.arguments and "O_CREAT" in call.arguments


def _on_disk(calls: list[Call], segment: str, block: int) -> int:
    """Where the first fdatasync of the segment ends that begins after the block was written."""
    never = sys.maxsize
    written = (call.ended for call in calls if call.name == "pwrite64" and _covers(call, segment, block))
    since = next(written, never)
    synced = (call.ended for call in calls if _syncs(call, segment) and call.begun > since)
    return next(synced, never)


def _covers(call: Call, segment: str, block: int) -> bool:
    size, offset = (int(number) for number in call.arguments.rsplit(", ", 2)[1:])
    return call.path == segment and offset <= block < offset + size


def _syncs(call: Call, segment: str) -> bool:
    return call.name == "fdatasync" and call.path == segment and call.result == "0"


def test_every_effect_comes_after_its_intent_is_on_disk(world: World) -> None:
    scripted(world)
    acts = traced(world, CLAW)
    assert [act.intent.kind for act in acts] == ["model.requested", "tool.started"] * 4 + ["model.requested"]
    assert [act for act in acts if act.is_late] == []


def test_a_runtime_that_acts_first_is_found_out(world: World) -> None:
    scripted(world)
    acts = traced(world, sys.executable, "-c", HASTY)
    assert all(act.is_late for act in acts if act.intent.kind == "tool.started")
    assert any(act.is_late for act in acts if act.intent.kind == "model.requested")
