"""When instruction files are read: as the session begins, with each input, and when a call first touches a folder or a
file for which some count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from claw.decide.behaviour import number
from claw.events.base import Event
from claw.events.context import InstructionRule, InstructionsRequested
from claw.events.tool import PROBE, PROGRAM, PathFact, ToolStarted
from claw.projections.memory import names
from claw.projections.state import Agent, State

LEFT_OUT = (".git", "node_modules")
"""Folders in which nobody writes for who works here."""


def on_opening(state: State, agent: Agent) -> list[Event]:
    """Read all, as the session begins or goes on; empty: they are being read."""
    if _is_reading(agent):
        return []
    return [InstructionsRequested()] if number(state, "instructions") < 2 else [_all(agent, "session")]


def on_input(state: State, agent: Agent) -> list[Event]:
    """Look what has changed; empty: that was done just now."""
    if number(state, "instructions") < 2 or _is_reading(agent) or not agent.memory.stale:
        return []
    return [_all(agent, "input")]


def _all(agent: Agent, why: Literal["session", "input"]) -> InstructionsRequested:
    memory = agent.memory
    return InstructionsRequested(
        why=why,
        workspace=agent.origin.workspace,
        known=memory.known,
        waiting=memory.waiting,
        folders=memory.folders,
        rules=memory.counting,
        # The model was sent something that begins with the instructions there were.
        behind=bool(agent.conversation.entries),
    )


def on_touch(state: State, agent: Agent, event: ToolStarted) -> list[Event]:
    """Read what counts for the folders and files of a call that begins; empty: nothing more does than did before."""
    if number(state, "instructions") < 2:
        return []
    memory = agent.memory
    touched = [path for path in event.paths if path.inside and path.parameter not in (PROBE, PROGRAM)]
    folders = [folder for path in touched for folder in _folders(path)]
    new = tuple(folder for folder in dict.fromkeys(folders) if folder not in memory.folders)
    rules = tuple(_begin_to_count(state, agent, touched))
    if not new and not rules:
        return []
    of_rules = dict.fromkeys(rule.folder for rule in rules if rule.folder)
    return [
        InstructionsRequested(
            why="touch",
            workspace=agent.origin.workspace,
            known=memory.known,
            waiting=memory.waiting,
            folders=tuple(dict.fromkeys((*new, *of_rules))),
            rules=tuple(rule.path for rule in rules),
            behind=True,
        )
    ]


def _folders(path: PathFact) -> Iterator[str]:
    """The folders between the workspace and what is touched, outermost first; without the workspace itself."""
    parts = path.canonical.split("/")
    if not path.directory:
        parts.pop()
    if any(part in LEFT_OUT for part in parts) or parts == ["."]:
        return
    for end in range(1, len(parts) + 1):
        yield "/".join(parts[:end])


def _begin_to_count(state: State, agent: Agent, touched: list[PathFact]) -> Iterator[InstructionRule]:
    """The rules that do not count yet and are for one of these files."""
    memory, workspace = agent.memory, state.workspace_of(agent)
    files = [path.canonical for path in touched if not path.directory]
    for rule in memory.rules:
        if rule.path not in memory.counting and any(names(rule, workspace, file) for file in files):
            yield rule


def _is_reading(agent: Agent) -> bool:
    """Whether all of them are being looked at."""
    return agent.memory.looks in agent.pending.calls
