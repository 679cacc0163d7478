"""Long-term memory: when notes are loaded, who may write them, and what follows from a call that does."""

from __future__ import annotations

from typing import Any

from claw.decide.addressed import Addressed, completed
from claw.events.base import Event
from claw.events.kinds import kind_of
from claw.events.memory import MemoryChanged, MemoryChangeRequested, MemoryLoaded, MemoryRequested, MemoryTold
from claw.events.results import texts
from claw.events.tool import ToolStarted
from claw.projections.long_term import in_words
from claw.projections.state import Agent, State
from claw.projections.turn import ToolCall

LOOK = "view"
"""The command that changes nothing."""
ASKED = "What is written down for later sessions is asked about."
EMPTY = "There are no notes yet."


def load(state: State, agent: Agent) -> list[Event]:
    """Have the notes read that count here; empty: memory is off, they are being read, or it is an agent that has those
    of the one that started it.
    """
    known = agent.long_term
    if not known.on or agent.origin.parent is not None or kind_of(MemoryRequested) in agent.pending.calls.values():
        return []
    return [MemoryRequested(known=known.digest, behind=bool(agent.conversation.entries))]


def look_again(state: State, agent: Agent) -> list[Event]:
    """At an input: whether they have changed; empty: that was looked at just now."""
    return load(state, agent) if agent.memory.stale else []


def turned_on(state: State, agent: Agent) -> list[Event]:
    """Once the settings have changed: those that were not loaded because memory was off."""
    return [] if agent.long_term.digest else load(state, agent)


def loaded(state: State, agent: Agent, event: MemoryLoaded) -> list[Event]:
    """What the model is told of what has changed; empty: nothing has."""
    return [MemoryTold(text=agent.long_term.news)] if agent.long_term.news else []


def judged(state: State, agent: Agent, call: ToolCall, verdict: dict[str, Any]) -> dict[str, Any]:
    """What policy says of the call, as `evaluate` gives it, or what is stricter: a note reaches sessions of which
    nobody thinks now, so only a rule of the person's, or the mode that asks nothing, lets one be written unasked.
    """
    if call.traits.effect != "remember" or call.arguments.get("command") == LOOK or verdict["verdict"] != "allow":
        return verdict
    mode = state.mode_of(agent)
    if verdict.get("source") != "mode" or mode == "bypassPermissions":
        return verdict
    stricter = {**verdict, "source": "builtin", "read_only": False}
    if mode in ("plan", "dontAsk"):
        return stricter | {"verdict": "deny", "reason": f"{ASKED} In the mode {mode} nobody is."}
    return stricter | {"verdict": "ask", "reason": ASKED}


def remember(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """The notes that a call looks at, or the change that it wants."""
    given = event.arguments
    command = given["command"]
    if command == LOOK:
        return [completed(agent.id, call.key, texts(in_words(agent.long_term.current).strip() or EMPTY))]
    text = next((given[name] for name in ("file_text", "new_str", "insert_text") if given.get(name) is not None), "")
    wanted = MemoryChangeRequested(
        tool_call=call.key,
        command=command,
        path=given.get("path") or given.get("old_path") or "",
        text=text,
        old=given.get("old_str") or "",
        line=given.get("insert_line") or 0,
        to=given.get("new_path") or "",
        known=agent.long_term.digest,
    )
    return [Addressed(agent.id, wanted)]


def changed(state: State, agent: Agent, event: MemoryChanged) -> list[Addressed]:
    """The call that wanted a change has its result."""
    return [completed(agent.id, event.tool_call, texts(event.told), is_error=event.is_error)]
