"""What a session does next when nothing is under way: go on with calls, end the turn, compact, or ask the model."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from claw import prompt
from claw.decide import compaction, hooks, scheduling, sizes
from claw.decide.behaviour import number
from claw.events.base import Event
from claw.events.context import CompactionStarted
from claw.events.control import BudgetExhausted
from claw.events.model import Purpose
from claw.events.session import TurnFinished
from claw.projections.conversation import Entry
from claw.projections.state import Agent, State


def go_on(state: State, agent: Agent) -> list[Event]:
    """The next derived events; none while calls are open or no turn is."""
    pending = agent.pending
    if pending.calls or not pending.turn_open:
        return []
    if agent.conversation.slots:
        return [] if pending.interrupting else scheduling.begin(state, agent)
    refused = hooks.refused(state, agent)
    if refused:
        return refused
    if pending.interrupting:
        return [_called_off(state, agent)]
    held = _held(state, agent)
    if held:
        return held
    exhausted = _exhausted(state, agent)
    if exhausted:
        return exhausted
    if pending.compaction is not None:
        return ask(state, agent)
    if agent.hooks.compacting is not None:
        return compact(state, agent, agent.hooks.compacting)
    if compaction.is_due(state, agent):
        return compact(state, agent, "window")
    return ask(state, agent)


def ask(state: State, agent: Agent) -> list[Event]:
    """The next attempt to ask the model: for the summary while a compaction runs, else for the turn."""
    purpose: Purpose = "turn" if agent.pending.compaction is None else "compaction"
    return [prompt.intend(state, agent, purpose, agent.pending.attempt + 1)]


def compact(state: State, agent: Agent, reason: compaction.Reason) -> list[Event]:
    """Begin a compaction; end the turn where there is nothing to make shorter."""
    started = compaction.plan(state, agent, reason)
    if started is not None:
        return hooks.before_compaction(state, agent, reason) or [_unless_blocked(state, agent, started)]
    if reason == "command":
        return [TurnFinished(reason="done", message="There is nothing to compact yet.")]
    return [too_long(state, agent)]


def end(state: State, agent: Agent) -> list[Event]:
    """End the turn, because the model has no more to do, unless hooks have to be asked first."""
    return hooks.before_stop(state, agent) or [_ended(state, agent)]


def _ended(state: State, agent: Agent) -> TurnFinished:
    """The end that hooks agree to, with what the user should know of the server."""
    finished = hooks.stopped(state, agent)
    if finished.message or number(state, "turn") < 2:
        return finished
    return replace(finished, message=sizes.cut_by_server(state, agent))


def _called_off(state: State, agent: Agent) -> TurnFinished:
    halted = agent.hooks.halted
    return TurnFinished(reason="interrupted") if halted is None else TurnFinished(reason="blocked", message=halted)


def _held(state: State, agent: Agent) -> list[Event]:
    """What comes before the next request because of hooks; empty: nothing does."""
    asked, sends = agent.hooks, agent.pending.inputs > 0
    if asked.stopping and not sends:
        return hooks.before_stop(state, agent) or ([] if hooks.keep_going(state, agent) else [_ended(state, agent)])
    if asked.refused is not None and not sends:
        if not asked.asked:
            return [TurnFinished(reason="blocked", message=f"The input was not sent: {asked.refused}")]
        if _last_speaker(state, agent) == "assistant":
            return end(state, agent)
    return hooks.before_sending(state, agent)


def _last_speaker(state: State, agent: Agent) -> str:
    conversation = agent.conversation
    return (*conversation.entries, *conversation.queued)[-1].role


def _unless_blocked(state: State, agent: Agent, started: CompactionStarted) -> Event:
    """Hooks may refuse a compaction that a person asked for, not one that the conversation cannot do without."""
    blocked = hooks.against_compaction(state, agent)
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
    model, conversation = state.session.settings.model, agent.conversation
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


def _exhausted(state: State, agent: Agent) -> list[Event]:
    limits, budget = state.session.settings.limits, agent.budget
    retrying = agent.pending.attempt > 0
    if limits.turns is not None and budget.turns >= limits.turns and not retrying:
        return [BudgetExhausted(what="turns", limit=limits.turns, used=budget.turns), TurnFinished(reason="turns")]
    if limits.nusd is None:
        return []
    if budget.unpriced:
        message = "Money is limited, but no price is known for this model."
        exhausted = BudgetExhausted(what="unpriced", limit=limits.nusd, used=budget.nusd)
        return [exhausted, TurnFinished(reason="budget", message=message)]
    if budget.nusd >= limits.nusd:
        exhausted = BudgetExhausted(what="money", limit=limits.nusd, used=budget.nusd)
        return [exhausted, TurnFinished(reason="budget")]
    return []
