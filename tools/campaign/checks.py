"""What must hold of a session after every kill."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from claw import log
from claw._native import LogReader
from claw.cli.offline.invariants import examine
from claw.events import codec
from claw.events.agent import AgentFinished, AgentSpawned
from claw.events.base import Envelope
from claw.events.input import InputReceived
from claw.events.session import TurnFinished
from claw.events.tool import ToolResolved, ToolStarted
from claw.projections.state import MAIN
from claw.replay import replay
from tools.campaign.scenario import EFFECTS

MARK = "CLAW_CAMPAIGN"
"""Variable in the environment of a run and of all its tools: which run it is."""


class Broken(AssertionError):
    """Something that must hold does not."""


def require(holds: bool, what: str) -> None:
    if not holds:
        raise Broken(what)


def nothing_is_lost(path: Path, acknowledged: Sequence[bytes]) -> list[Envelope]:
    """Every event that was told is in the log as it was told; the log is whole and replays. All its events."""
    verified = LogReader(str(path)).verify()
    require(verified.ok, f"the log does not verify: {verified.error}")
    events = list(log.read(str(path)))
    require(len(events) >= len(acknowledged), f"{len(acknowledged)} events were told, {len(events)} are there")
    for event, told in zip(events, acknowledged, strict=False):
        require(codec.json_line(event) == told, f"event {event.seq} is not what was told")
    findings = examine(events).findings
    require(not findings, "; ".join(map(str, findings)))
    replayed = replay(str(path))
    require(replayed.ok, f"replay diverges: {replayed.divergence or replayed.needs}")
    return events


def nothing_ran_twice(workspace: Path, events: Sequence[Envelope]) -> None:
    """Each command took effect at most once, and none before its intent was in the log."""
    words = Counter(_words(workspace))
    twice = [word for word, times in words.items() if times > 1]
    require(not twice, f"ran twice: {twice}")
    # One whose facts were others by then was not performed, but judged anew.
    anew = {event.data.call for event in events if isinstance(event.data, ToolResolved)}
    started = [e.data.arguments for e in events if isinstance(e.data, ToolStarted) and e.seq not in anew]
    commands = [arguments["command"] for arguments in started if "command" in arguments]
    require(len(set(commands)) == len(commands), "a command was started twice")
    for word in words:
        require(any(f"echo {word} >>" in command for command in commands), f"{word} was done, but never started")


def answered_once(events: Sequence[Envelope]) -> None:
    """The input is there once, and so is the end of its turn; each agent that has begun has ended, once.

    An agent that ends in the background begins a turn of its parent's, which has an end of its own.
    """
    inputs = [event for event in events if isinstance(event.data, InputReceived)]
    ends = [event.data.reason for event in events if isinstance(event.data, TurnFinished) and event.agent == MAIN]
    spawned = [event for event in events if isinstance(event.data, AgentSpawned)]
    finished = [(event.agent, event.data.reason) for event in events if isinstance(event.data, AgentFinished)]
    woken = sum(event.data.background for event in spawned)
    require(len(inputs) == 1, f"{len(inputs)} inputs")
    require(set(ends) == {"done"} and len(ends) <= 1 + woken, f"the turn ended {ends}")
    require(sorted(finished) == sorted((event.agent, "done") for event in spawned), f"agents ended {finished}")
    prompts = [event.data.prompt for event in spawned]
    require(len(set(prompts)) == len(prompts), f"an agent has begun twice: {prompts}")


def survivors(world: str, run: int) -> list[str]:
    """Processes that tools of earlier runs in this world have left."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for name, value in _environ(pid):
            if name == MARK and value.startswith(f"{world}:") and value != f"{world}:{run}":
                found.append(f"{pid} of run {value}")
    return found


def _environ(pid: str) -> Iterator[tuple[str, str]]:
    try:
        content = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return
    for variable in content.split(b"\0"):
        name, _, value = variable.partition(b"=")
        yield name.decode("utf-8", "replace"), value.decode("utf-8", "replace")


def _words(workspace: Path) -> list[str]:
    try:
        return (workspace / EFFECTS).read_text().split()
    except FileNotFoundError:
        return []
