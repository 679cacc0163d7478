"""Sessions that no machine would run into on a good day, made by hand: limits met exactly, calls that end in the wrong
order, a person who interferes. Their decisions are recorded by the claw that runs the tests, so they show changes of
`decide` and no regressions.
"""

from __future__ import annotations

import uuid
from pathlib import Path

from claw import log
from claw._native import LogWriter
from tests.pure.drive import Drive
from tests.replay.histories import (
    agent_hooks,
    agents,
    asking,
    background_agents,
    beside,
    calls,
    cells,
    deliveries,
    hooks,
    hooks_judged,
    hooks_of_turns,
    hooks_told,
    instructions,
    isolated_agents,
    keeping,
    limits,
    lists,
    mcp,
    media,
    memory,
    overload,
    people,
    scheduled,
    searches,
    settings,
    shares,
    sizes,
    skills_used,
    starts,
    surroundings,
    tags,
    times,
    titles,
    told_agents,
    turns,
    typed_lines,
    waits,
    windows,
)
from tests.replay.histories.parts import HISTORIES

__all__ = [
    "HISTORIES",
    "agent_hooks",
    "agents",
    "asking",
    "background_agents",
    "beside",
    "calls",
    "cells",
    "deliveries",
    "hooks",
    "hooks_judged",
    "hooks_of_turns",
    "hooks_told",
    "instructions",
    "isolated_agents",
    "keeping",
    "limits",
    "lists",
    "mcp",
    "media",
    "memory",
    "overload",
    "people",
    "scheduled",
    "searches",
    "settings",
    "shares",
    "sizes",
    "skills_used",
    "starts",
    "surroundings",
    "tags",
    "times",
    "titles",
    "told_agents",
    "turns",
    "typed_lines",
    "waits",
    "windows",
    "write_all",
]


def write(drive: Drive, path: Path) -> Path:
    """The history as a log."""
    writer = LogWriter.create(str(path), session=uuid.UUID(path.name).bytes)
    log.append(writer, drive.log, durable=True)
    writer.close()
    return path


def write_all(folder: Path) -> list[Path]:
    """All histories, each a log below `folder`."""
    return [write(make(), folder / str(uuid.UUID(int=number))) for number, make in enumerate(HISTORIES.values())]
