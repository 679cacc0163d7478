"""Calls that wait, for a time or for what runs in the background, and what ends such a wait early."""

from __future__ import annotations

from typing import Any

from claw.decide import agents
from claw.decide.addressed import Addressed, completed, not_done
from claw.decide.behaviour import number
from claw.decide.clock import ns_of
from claw.decide.flow import go_on
from claw.events.agent import AgentMessaged
from claw.events.base import Event
from claw.events.control import CancelRequested, WaitEnded, WaitRequested
from claw.events.input import InputReceived
from claw.events.results import texts
from claw.events.shell import ShellAnswered, ShellAsked, ShellFinished, ending
from claw.events.tool import ToolStarted
from claw.projections.state import Agent, State
from claw.projections.turn import Interrupting, ToolCall

MOST_SECONDS = 24 * 60 * 60
USUAL_MS = 30_000
"""How long a call waits for what runs in the background, where it does not say."""

_SECOND = 1_000_000_000


def sleep(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """The wait that the call asks for."""
    until = _until(event.arguments, state.now)
    if isinstance(until, str):
        return [not_done(agent.id, call.key, until)]
    if number(state, "waits") >= 2 and (why := _unheard(agent, event.arguments)):
        return [completed(agent.id, call.key, texts(f"Not slept: {why}."))]
    return [Addressed(agent.id, WaitRequested(tool_call=call.key, until=until))]


def _unheard(agent: Agent, arguments: dict[str, Any]) -> str:
    """What would have ended the wait and came before it, so that the model has not heard of it; empty: nothing."""
    queued = agent.conversation.queued
    if any(not entry.about for entry in queued):
        return "the user says something"
    if arguments.get("wake_on_background") is True and queued:
        return "there is news of what runs in the background"
    return ""


def _until(arguments: dict[str, Any], now: int) -> int | str:
    """When the wait is over, in ns since 1970 UTC; or why there is none, for the model."""
    seconds, text = arguments.get("seconds"), arguments.get("until")
    if text is None:
        return "Give either `seconds` or `until`." if seconds is None else now + int(float(seconds) * _SECOND)
    if seconds is not None:
        return "Give either `seconds` or `until`, not both."
    until = ns_of(text)
    if until is None:
        return "`until` must be a time with its offset from UTC, as 2026-05-01T09:30:00+02:00 (`date -Is`)."
    if not now < until <= now + MOST_SECONDS * _SECOND:
        return f"`until` must be within the next {MOST_SECONDS // 3600} hours; it is {(until - now) // _SECOND} s away."
    return until


def look(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """How something is that runs in the background, now or once it has ended."""
    arguments = event.arguments
    ms = 0 if arguments.get("block") is False else int(arguments.get("timeout") or USUAL_MS)
    number = _number(arguments)
    if number is None:
        asked = ShellAsked(tool_call=call.key, id=_id(arguments), what="look", wait_ms=ms, room=event.room)
        return [Addressed(agent.id, asked)]
    child = agents.child_of(state, agent, number)
    if isinstance(child, Agent) and child.origin.background and not child.over and ms:
        return [Addressed(agent.id, WaitRequested(tool_call=call.key, until=state.now + ms * 1_000_000))]
    return agents.look_at(state, agent, call, number)


def stop(state: State, agent: Agent, call: ToolCall, event: ToolStarted) -> list[Addressed]:
    """The end of something that runs in the background."""
    number = _number(event.arguments)
    if number is not None:
        return agents.stop_one(state, agent, call, number)
    return [Addressed(agent.id, ShellAsked(tool_call=call.key, id=_id(event.arguments), what="kill"))]


def _id(arguments: dict[str, Any]) -> str:
    """What it is called by."""
    return str(arguments["task_id"])


def _number(arguments: dict[str, Any]) -> int | None:
    """The agent that the call means; None: no agent."""
    number = _id(arguments).lower().removeprefix("agent_").removeprefix("agent ")
    return int(number) if number.isdecimal() and number.isascii() else None


# --- the end of a wait -----------------------------------------------------------------------------------------------


def ended(state: State, agent: Agent, event: WaitEnded) -> list[Event | Addressed]:
    """The time is over, or the wait was called off with the turn. One that something else has ended has its result."""
    call = agent.conversation.call_of_question(event.call)
    if call is None:
        return list(go_on(state, agent))
    if call.traits.effect != "sleep":
        number = _number(call.arguments)
        assert number is not None, "nothing else that is looked at is waited for so"
        return [*agents.look_at(state, agent, call, number)]
    slept = _slept(state, call)
    if event.cancelled:
        return [not_done(agent.id, call.key, f"Interrupted after {slept}.")]
    return [completed(agent.id, call.key, texts(f"Slept for {slept}."))]


def answered(state: State, agent: Agent, event: ShellAnswered) -> list[Event | Addressed]:
    """What was asked of a command in the background is the call's result."""
    call = agent.conversation.call_of_question(event.call)
    if call is None:
        return list(go_on(state, agent))
    return [completed(agent.id, call.key, event.content, is_error=event.is_error)]


def on_input(agent: Agent, event: InputReceived, state: State) -> list[Event | Addressed]:
    """What the person says into a turn is not kept waiting: every wait ends."""
    if event.waits or isinstance(agent.turn, Interrupting):
        return []
    ends: list[Event | Addressed] = []
    for call in _waiting(agent):
        if call.traits.effect == "sleep":
            ends += _woken(state, agent, call, "the user says something")
        elif agent.pending.calls.get(call.question):
            ends.append(CancelRequested(call=call.question))
    return ends


def on_shell_end(state: State, agent: Agent, event: ShellFinished) -> list[Event | Addressed]:
    """A sleeper that wants to be woken by the end of what runs in the background is."""
    return _wake(state, agent, f"the background command {event.id} {ending(event)}")


def on_message(state: State, agent: Agent, event: AgentMessaged) -> list[Event | Addressed]:
    """The same for an agent that has ended, and who waits for just that one knows how it is."""
    other = next((one for one in state.started_by(agent) if one.id == event.sender and one.origin.end), None)
    if other is None:
        return []
    ends = _wake(state, agent, f"agent {other.id} has ended")
    for call in _waiting(agent):
        if call.traits.effect == "show_running" and _number(call.arguments) == other.id:
            ends += [*agents.look_at(state, agent, call, other.id), CancelRequested(call=call.question)]
    return ends


def _wake(state: State, agent: Agent, why: str) -> list[Event | Addressed]:
    sleeping = [call for call in _waiting(agent) if call.arguments.get("wake_on_background") is True]
    return [event for call in sleeping for event in _woken(state, agent, call, why)]


def _woken(state: State, agent: Agent, call: ToolCall, why: str) -> list[Event | Addressed]:
    told = texts(f"Woken after {_slept(state, call)}: {why}.")
    return [completed(agent.id, call.key, told), CancelRequested(call=call.question)]


def _waiting(agent: Agent) -> list[ToolCall]:
    """The agent's calls that wait."""
    return [call for call in agent.conversation.unfinished if call.since and not isinstance(agent.turn, Interrupting)]


def _slept(state: State, call: ToolCall) -> str:
    """How long the call has waited."""
    tenths = max(0, state.now - call.since) // (_SECOND // 10)
    return f"{tenths // 10}.{tenths % 10} s"
