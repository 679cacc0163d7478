"""Nothing acts before its intent is on the disk: fdatasync has returned before the effect begins.

A kill keeps what the kernel has, so no kill can show this; a trace of system calls does.
"""

from __future__ import annotations

import codecs
import json
import re
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from claw import log
from claw.events.base import DURABLE, Envelope
from claw.events.hook import HookRequested
from claw.events.model import ModelRequested
from claw.events.tool import ToolStarted
from tests.cli.live.world import CLAW, World, text, tool
from tests.faults import strace
from tests.faults.strace import Call

pytestmark = pytest.mark.skipif(bool(strace.unavailable()), reason=strace.unavailable() or "it can be traced")

HASTY = """
import sys
import anyio
from claw.runtime import Runtime

commit = Runtime._commit

async def hasty(self, taken):
    self._dispatch(taken)
    self._dispatch = lambda taken: None
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
    hook = {"type": "command", "command": "exit 0 # the hook's"}
    settings = world.home / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"hooks": {"PreToolUse": [{"matcher": "Edit", "hooks": [hook]}]}}))
    world.serve(
        tool("Bash", {"command": "echo one >one.txt"}, say="First this."),
        tool("Write", {"file_path": "made.txt", "content": "a\n"}),
        tool("Edit", {"file_path": "made.txt", "old_string": "a", "new_string": "b"}),
        tool("Bash", {"command": "cat made.txt"}),
        text("Done."),
    )


def traced(world: World, *program: str) -> tuple[list[Act], list[Envelope]]:
    """What a session did, and its log."""
    output = world.root / "trace"
    command = strace.command(output, *program, "-p", "go", "--permission-mode", "bypassPermissions")
    done = subprocess.run(command, cwd=world.workspace, env=world.environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == b"Done.\n"
    (session,) = world.sessions()
    events = list(log.read(str(world.claw_home / "sessions" / session)))
    return list(_acts(events, strace.calls(output))), events


def _acts(events: list[Envelope], calls: list[Call]) -> Iterator[Act]:
    """Every intent that leaves the process, with its effect."""
    blocks = list(_blocks(calls))
    hooks = _effects(calls, _starts_hook)
    requests = _effects(calls, strace.sends_request)
    commands = _effects(calls, lambda call: strace.starts_bash(call) and not _starts_hook(call))
    writes = _effects(calls, _opens_temporary)
    for event in events:
        match event.data:
            case ModelRequested():
                effect = next(requests)
            case ToolStarted(name="Bash"):
                effect = next(commands)
                assert event.data.arguments["command"] in effect.arguments
            case ToolStarted(name="Write" | "Edit"):
                effect = next(writes)
            case HookRequested():
                effect = next(hooks)
            case _:
                continue
        (block,) = (block for block in blocks if event.seq in block.seqs)
        yield Act(event, effect, _on_disk(calls, block))


def _effects(calls: list[Call], is_one: Callable[[Call], bool]) -> Iterator[Call]:
    yield from sorted((call for call in calls if is_one(call)), key=lambda call: call.begun)


def _starts_hook(call: Call) -> bool:
    return call.name == "execve" and "# the hook's" in call.arguments and call.result == "0"


def _opens_temporary(call: Call) -> bool:
    return call.name == "openat" and '".claw-' in call.arguments and "O_CREAT" in call.arguments


@dataclass(frozen=True)
class Block:
    """Records as they were appended: `docs/log-format.md`, section 3."""

    segment: str
    seqs: range
    written: int
    """Where in the trace the write had returned."""


def _blocks(calls: list[Call]) -> Iterator[Block]:
    for call in calls:
        match = re.search(r', "(?P<bytes>.*)"(?:\.\.\.)?, \d+, \d+$', call.arguments)
        if call.name != "pwrite64" or match is None or not call.path.endswith(".seg"):
            continue
        begin = codecs.escape_decode(match["bytes"].encode())[0]
        assert isinstance(begin, bytes)
        count, first = struct.unpack_from("<IQ", begin, 20)
        if not begin.startswith(b"claw") and count:
            yield Block(call.path, range(first, first + count), call.ended)


def _on_disk(calls: list[Call], block: Block) -> int:
    """Where the first fdatasync of the segment ends that begins after the block was written."""
    synced = (call.ended for call in calls if _syncs(call, block.segment) and call.begun > block.written)
    return next(synced, sys.maxsize)


def _syncs(call: Call, segment: str) -> bool:
    return call.name == "fdatasync" and call.path == segment and call.result == "0"


def test_every_effect_comes_after_its_intent_is_on_disk_and_a_call_waits_for_the_disk_twice(world: World) -> None:
    scripted(world)
    acts, events = traced(world, CLAW)
    kinds = [act.intent.kind for act in acts]
    turn = ["model.requested", "tool.started"]
    assert kinds == [*turn * 2, "model.requested", "hook.requested", *turn[1:], *turn, "model.requested"]
    assert [act for act in acts if act.is_late] == []
    assert [len(waits) for waits in _waits(events)] == [2, 2, 3, 2], "one more for the hook"


def _waits(events: list[Envelope]) -> Iterator[set[int]]:
    """For each reply with calls, the steps that waited for the disk, by the seq of the event they began with."""
    waits: set[int] = set()
    step, began = 0, False
    for event in events:
        step = step if event.derived else event.seq
        if event.flags & DURABLE:
            waits.add(step)
        if isinstance(event.data, ModelRequested):
            asked, waits = waits, set()
            if began:
                yield asked
            began = True


def test_a_runtime_that_acts_first_is_found_out(world: World) -> None:
    scripted(world)
    acts, _ = traced(world, sys.executable, "-c", HASTY)
    assert all(act.is_late for act in acts if act.intent.kind in ("tool.started", "hook.requested"))
    assert any(act.is_late for act in acts if act.intent.kind == "model.requested")
