"""What a session does next when nothing is under way: go on with calls, end the turn, compact, or ask the model."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from msgspec.structs import replace

from claw import prompt
from claw.decide import (
    clearing,
    compaction,
    delivery,
    hooks,
    limits,
    loops,
    mcp,
    plans,
    retry,
    scheduling,
    sizes,
    surroundings,
    typed,
)
from claw.decide.behaviour import number
from claw.events.base import Event
from claw.events.context import CompactionStarted
from claw.events.control import TimerSet
from claw.events.model import Purpose
from claw.events.session import TurnFinished
from claw.projections.entries import Entry
from claw.projections.state import Agent, State
from claw.projections.turn import (
    AskingModel,
    BeforeCompaction,
    Compacting,
    Idle,
    Interrupting,
    Ready,
    RunningCalls,
    RunningTyped,
    Stopping,
    attempts,
    then,
)


def go_on(state: State, agent: Agent) -> list[Event]:
    """The next derived events; none while something is waited for or no turn is open."""
    if agent.pending.awaited:
        return []
    match agent.turn:
        case Idle() | AskingModel():
            return []
        case RunningCalls() if agent.conversation.unfinished:
            return scheduling.begin(agent)
        case Interrupting() as turn:
            return hooks.refused(agent) or [_called_off(turn)]
        case RunningTyped() as turn:
            return typed.go_on(state, agent, turn)
        case RunningCalls() if agent.delivery.is_done and not agent.conversation.inputs:
            return end(state, agent)
        case Compacting():
            return _before_asking(state, agent) or ask(state, agent)
        case BeforeCompaction(reason=reason):
            return _before_asking(state, agent) or compact(state, agent, reason)
        case RunningCalls() if plans.is_answer(agent) and not agent.conversation.inputs:
            return end(state, agent)
        case Ready() | RunningCalls() | Stopping():
            return _before_asking(state, agent) or _ask_or_compact(state, agent)


def ask(state: State, agent: Agent) -> list[Event]:
    """The next attempt to ask the model: for the summary while a compaction runs, else for the turn."""
    purpose: Purpose = "compaction" if isinstance(agent.turn, Compacting) else "turn"
    held = retry.held_ms(state, agent, prompt.asked(state, agent, purpose))
    if held:
        return [TimerSet(delay_ms=held, purpose="retry")]
    return [prompt.intend(state, agent, purpose, attempts(agent.turn) + 1)]


def _ask_or_compact(state: State, agent: Agent) -> list[Event]:
    if compaction.is_due(state, agent):
        return clearing.clear(state, agent) or compact(state, agent, "window")
    return loops.due(state, agent) or surroundings.news(state, agent) or mcp.news(state, agent) or ask(state, agent)


def compact(state: State, agent: Agent, reason: compaction.Reason) -> list[Event]:
    """Begin a compaction; end the turn where there is nothing to make shorter."""
    started = compaction.plan(state, agent, reason)
    if started is not None:
        return hooks.before_compaction(state, agent, reason) or [_unless_blocked(agent, started)]
    if reason == "command":
        return [TurnFinished(reason="done", message="There is nothing to compact yet.")]
    return [too_long(state, agent)]


def end(state: State, agent: Agent) -> list[Event]:
    """End the turn, because the model has no more to do, unless hooks have to be asked first."""
    return delivery.demand(state, agent) or hooks.before_stop(state, agent) or [_ended(state, agent)]


def _ended(state: State, agent: Agent) -> TurnFinished:
    """The end that hooks agree to, with what the user should know of the server."""
    finished = hooks.stopped(agent)
    if finished.message or number(state, "turn") < 2:
        return finished
    return replace(finished, message=sizes.cut_by_server(state, agent))


def _called_off(turn: Interrupting) -> TurnFinished:
    if turn.halted is not None:
        return TurnFinished(reason="blocked", message=turn.halted)
    if turn.out_of_time:
        return TurnFinished(reason="time")
    return TurnFinished(reason="stopped" if turn.stopped else "interrupted")


def _before_asking(state: State, agent: Agent) -> list[Event]:
    """What comes before the next request, or instead of it; empty: nothing does."""
    return hooks.refused(agent) or _held(state, agent) or limits.exhausted(state, agent)


def _held(state: State, agent: Agent) -> list[Event]:
    """What comes before the next request because of hooks; empty: nothing does."""
    if agent.conversation.inputs:
        return hooks.before_sending(state, agent)
    match then(agent.turn):
        case Stopping():
            return hooks.before_stop(state, agent) or ([] if hooks.keep_going(agent) else [_ended(state, agent)])
        case Ready(refused=str() as refused, asked=False) if agent.origin.parent is None:
            return [TurnFinished(reason="blocked", message=f"The input was not sent: {refused}")]
        case Ready(refused=str()) if _last_speaker(agent) == "assistant":
            return end(state, agent)
    return []


def _last_speaker(agent: Agent) -> str:
    """Who said the last words that were meant for an answer."""
    conversation = agent.conversation
    newest_first = chain(reversed(conversation.queued), reversed(conversation.entries))
    return next(entry.role for entry in newest_first if not entry.instructions)


def _unless_blocked(agent: Agent, started: CompactionStarted) -> Event:
    """Hooks may refuse a compaction that a person asked for, not one that the conversation cannot do without."""
    blocked = hooks.against_compaction(agent)
    if blocked is None or started.reason != "command":
        return started
    return TurnFinished(reason="done", message=f"Not compacted: {blocked.reason or 'a PreCompact hook blocks it'}")


def too_long(state: State, agent: Agent, said: str = "") -> TurnFinished:
    """The end of a turn that no compaction can save. `said` are the provider's words."""
    if number(state, "turn") >= 2:
        return _too_long(state, agent, said)
    return TurnFinished(
        reason="overflow",
        failure="context_overflow",
        message="The conversation is longer than the model's window and cannot be made shorter.",
    )


def _too_long(state: State, agent: Agent, said: str) -> TurnFinished:
    """What is too long, and for what; the longest texts are cut for the turns that come."""
    model, conversation = state.model_of(agent), agent.conversation
    entries = (*conversation.entries, *conversation.queued)
    longest = sizes.longest(entries)
    beside = sizes.overhead(state, agent) // sizes.BYTES_PER_TOKEN
    total = beside + sum(map(sizes.size_of_entry, entries)) // sizes.BYTES_PER_TOKEN
    what = "message" if _is_message(entries, longest) else "conversation"
    message = (
        f"The {what} is too long for the model: with the instructions and tools ({beside} tokens) it has about {total} "
        f"tokens, and the window of {model.name} is taken to be {model.window} tokens, {model.max_output} of them for "
        "the reply."
    )
    share = model.window * sizes.BYTES_PER_TOKEN // 20
    limit = share if sizes.LEAST < share < longest else sizes.LEAST
    return TurnFinished(
        reason="overflow",
        failure="context_overflow",
        message=f"{message} The provider says: {said}" if said else message,
        limit=limit,
    )


def _is_message(entries: Sequence[Entry], longest: int) -> bool:
    """Whether the longest text is one of the user's own."""
    inputs = (entry for entry in entries if entry.role == "user" and not entry.holds_results)
    return sizes.longest(inputs) == longest
