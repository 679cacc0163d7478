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
from claw.projections.state import State


def go_on(state: State) -> list[Event]:
    """The next derived events; none while calls are open or no turn is."""
    pending = state.pending
    if pending.calls or not pending.turn_open:
        return []
    if state.conversation.slots:
        return [] if pending.interrupting else scheduling.begin(state)
    refused = hooks.refused(state)
    if refused:
        return refused
    if pending.interrupting:
        return [_called_off(state)]
    held = _held(state)
    if held:
        return held
    exhausted = _exhausted(state)
    if exhausted:
        return exhausted
    if pending.compaction is not None:
        return ask(state)
    if state.hooks.compacting is not None:
        return compact(state, state.hooks.compacting)
    if compaction.is_due(state):
        return compact(state, "window")
    return ask(state)


def ask(state: State) -> list[Event]:
    """The next attempt to ask the model: for the summary while a compaction runs, else for the turn."""
    purpose: Purpose = "turn" if state.pending.compaction is None else "compaction"
    return [prompt.intend(state, purpose, state.pending.attempt + 1)]


def compact(state: State, reason: compaction.Reason) -> list[Event]:
    """Begin a compaction; end the turn where there is nothing to make shorter."""
    started = compaction.plan(state, reason)
    if started is not None:
        return hooks.before_compaction(state, reason) or [_unless_blocked(state, started)]
    if reason == "command":
        return [TurnFinished(reason="done", message="There is nothing to compact yet.")]
    return [too_long(state)]


def end(state: State) -> list[Event]:
    """End the turn, because the model has no more to do, unless hooks have to be asked first."""
    return hooks.before_stop(state) or [_ended(state)]


def _ended(state: State) -> TurnFinished:
    """The end that hooks agree to, with what the user should know of the server."""
    finished = hooks.stopped(state)
    if finished.message or number(state, "turn") < 2:
        return finished
    return replace(finished, message=sizes.cut_by_server(state))


def _called_off(state: State) -> TurnFinished:
    halted = state.hooks.halted
    return TurnFinished(reason="interrupted") if halted is None else TurnFinished(reason="blocked", message=halted)


def _held(state: State) -> list[Event]:
    """What comes before the next request because of hooks; empty: nothing does."""
    asked, sends = state.hooks, state.pending.inputs > 0
    if asked.stopping and not sends:
        return hooks.before_stop(state) or ([] if hooks.keep_going(state) else [_ended(state)])
    if asked.refused is not None and not sends:
        if not asked.asked:
            return [TurnFinished(reason="blocked", message=f"The input was not sent: {asked.refused}")]
        if _last_speaker(state) == "assistant":
            return end(state)
    return hooks.before_sending(state)


def _last_speaker(state: State) -> str:
    conversation = state.conversation
    return (*conversation.entries, *conversation.queued)[-1].role


def _unless_blocked(state: State, started: CompactionStarted) -> Event:
    """Hooks may refuse a compaction that a person asked for, not one that the conversation cannot do without."""
    blocked = hooks.against_compaction(state)
    if blocked is None or started.reason != "command":
        return started
    return TurnFinished(reason="done", message=f"Not compacted: {blocked.reason or 'a PreCompact hook blocks it'}")


def too_long(state: State, said: str = "") -> TurnFinished:
    """The end of a turn that no compaction can save. `said` are the provider's words."""
    if number(state, "turn") >= 2:
        return _too_long(state, said)
    return TurnFinished(
        reason="overflow",
        failure="context_overflow",
        message="The conversation is longer than the model's window and cannot be made shorter.",
    )


def _too_long(state: State, said: str) -> TurnFinished:
    """What is too long, and for what; the longest texts are cut for the turns that come."""
    model, conversation = state.session.settings.model, state.conversation
    entries = (*conversation.entries, *conversation.queued)
    longest = sizes.longest(entries)
    beside = sizes.overhead(state) // sizes.BYTES_PER_TOKEN
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


def _exhausted(state: State) -> list[Event]:
    limits, budget = state.session.settings.limits, state.budget
    retrying = state.pending.attempt > 0
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
