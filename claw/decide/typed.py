"""Commands that the person runs, by a line that they have typed: which call of the shell each is, and who allows it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from claw.decide import scheduling
from claw.events.base import Event
from claw.events.permission import Mode, PermissionEvaluated
from claw.events.session import TurnFinished
from claw.events.tool import ToolRequested
from claw.events.tools import BUILTIN, Footprint, Subject, ToolSpec
from claw.projections.state import Agent, State
from claw.projections.turn import RunningTyped, ToolCall

TIMEOUT_MS = 600_000
"""After which a command is ended: as long as the tool allows."""

MOST_ROOM = 32 * 1024
"""Bytes of what such a command says that the model reads at most."""

TYPED = "The person has typed this command."


def go_on(state: State, agent: Agent, turn: RunningTyped) -> list[Event]:
    """The next of its commands; the end of the turn, where the line was nothing but one."""
    for index, call in enumerate(turn.calls):
        if call.request < 0:
            return [_requested(state, index, call)]
        if call.result is None:
            return scheduling.begin(agent)
    return [TurnFinished(reason="done")]


def _requested(state: State, index: int, call: ToolCall) -> ToolRequested:
    item = call.wanted
    assert item is not None, "a call that no model has made is for something"
    tool = _shell(state) if item.what == "shell" else _reader(state)
    if tool is None:
        error = "This session has no tool for it."
        return ToolRequested(id=call.id, name="", index=index, error=error, origin=call.origin)
    shell = {tool.traits.argument: item.text, "timeout": TIMEOUT_MS}
    return ToolRequested(
        id=call.id,
        name=tool.name,
        index=index,
        arguments=shell if item.what == "shell" else {tool.traits.paths[0]: item.text},
        traits=tool.traits,
        origin=call.origin,
    )


def _shell(state: State) -> ToolSpec | None:
    """The tool of claw's own that runs a command line."""
    return next((tool for tool in _own(state) if _does(tool, "command", "execute")), None)


def _reader(state: State) -> ToolSpec | None:
    """The one that reads a file."""
    return next((tool for tool in _own(state) if _does(tool, "path", "read") and not tool.traits.searches), None)


def _own(state: State) -> tuple[ToolSpec, ...]:
    own = state.tools.sources.get(BUILTIN)
    return own.tools if own else ()


def _does(tool: ToolSpec, subject: Subject, footprint: Footprint) -> bool:
    return (tool.traits.subject, tool.traits.footprint) == (subject, footprint)


def mode_of(state: State, agent: Agent, call: ToolCall) -> Mode:
    """The mode that a call is judged in: for what the person has typed there is but the first."""
    return "default" if call.origin == "person" else state.mode_of(agent)


def judged(call: ToolCall, evaluated: PermissionEvaluated, verdict: dict[str, Any]) -> PermissionEvaluated:
    """The verdict on what the person has typed themselves: nobody is asked. What a rule denies stays denied, and so
    does what would write to a protected path.
    """
    if call.origin != "person" or evaluated.verdict != "ask":
        return evaluated
    held = _protected(call, verdict)
    if held:
        return replace(evaluated, verdict="deny", source="builtin", reason=held)
    return replace(evaluated, verdict="allow", rule="", source="typed", reason=TYPED)


def _protected(call: ToolCall, verdict: dict[str, Any]) -> str:
    """Why a protected path keeps the command from being run; empty: none does."""
    guarded = [f"`{path.canonical}` is protected" for path in call.paths if path.protected]
    reasons = (segment["reason"] for segment in verdict["segments"] if segment["verdict"] == "ask")
    return next((reason for reason in reasons if any(words in reason for words in guarded)), "")
