"""What an agent may use: calls of its model, money, tokens, time; what is left, and what follows when nothing is."""

from __future__ import annotations

from typing import Literal, TypeAlias

from claw.decide.behaviour import number
from claw.events.agent import AgentKind
from claw.events.base import Event
from claw.events.control import BudgetExhausted, LimitAsked, TimerSet
from claw.events.kinds import kind_of
from claw.events.session import Limits, TurnFinished
from claw.projections.state import MAIN, Agent, State
from claw.projections.turn import Interrupting, attempts

Shared: TypeAlias = Literal["nusd", "tokens"]
"""What an agent gets a share of, and gives back what it has not used: the field of `Limits`, and of `Budget`."""


def limits_of(state: State, agent: Agent) -> Limits:
    """How often its model may be asked, and what it may use: its share, or what the session may."""
    session = state.session.settings.limits
    if agent.id == MAIN:
        return session
    own = agent.origin.limits
    return Limits(
        turns=own.turns,
        nusd=session.nusd if own.nusd is None else own.nusd,
        tokens=session.tokens if own.tokens is None else own.tokens,
        ms=own.ms,
    )


def of_child(state: State, agent: Agent, kind: AgentKind) -> Limits:
    """Those of an agent that it starts: as its kind says, and never more than its parent has left."""
    return Limits(
        turns=_less(kind.turns, limits_of(state, agent).turns),
        nusd=_share(state, agent, "nusd"),
        tokens=_less(kind.tokens, _share(state, agent, "tokens")),
        ms=_less(kind.ms, time_left(state, agent)),
    )


def _less(one: int | None, other: int | None) -> int | None:
    return min((most for most in (one, other) if most is not None), default=None)


def none_for_child(state: State, agent: Agent) -> str:
    """Why nothing is left for an agent, for the model that wants to start one; empty: there is, or no limit is set."""
    money, tokens = _share(state, agent, "nusd"), _share(state, agent, "tokens")
    if money is not None and agent.budget.unpriced:
        return "No agent begins: money is limited, and no price is known for your model."
    for share, what in ((money, "money is"), (tokens, "tokens are")):
        if share is not None and share <= 0:
            return f"No agent begins: no {what} left for one. Say what is done, and what is not."
    return ""


def exhausted(state: State, agent: Agent) -> list[Event]:
    """The end of its turn, where nothing is left of something; empty: the model may be asked."""
    return _asking(state, agent, _exhausted(state, agent))


def _exhausted(state: State, agent: Agent) -> list[Event]:
    limits, budget = limits_of(state, agent), agent.budget
    if limits.turns is not None and budget.turns >= limits.turns and attempts(agent.turn) == 0:
        return [BudgetExhausted(what="turns", limit=limits.turns, used=budget.turns), TurnFinished(reason="turns")]
    return _no_money(state, agent, limits) or _no_tokens(state, agent, limits) or _out_of_time(state, agent)


def _asking(state: State, agent: Agent, exhausted: list[Event]) -> list[Event]:
    """Instead of the end the question whether to go on, where a person can lift the limit: that of the session."""
    if number(state, "limits") < 2 or agent.id != MAIN or not exhausted:
        return exhausted
    reached = exhausted[0]
    if not isinstance(reached, BudgetExhausted) or reached.what == "unpriced":
        return exhausted
    if kind_of(LimitAsked) in agent.pending.calls.values():
        return []
    return [LimitAsked(what=reached.what, limit=reached.limit, used=reached.used)]


def answered(state: State, agent: Agent) -> list[Event]:
    """The end of the turn, where nobody has lifted the limit; empty: there is none by now."""
    return _exhausted(state, agent)


def is_spent(state: State, agent: Agent) -> bool:
    """Whether nothing is left of the money or the tokens that it may use."""
    return bool(_no_money(state, agent, limits_of(state, agent)) or _no_tokens(state, agent, limits_of(state, agent)))


def _no_money(state: State, agent: Agent, limits: Limits) -> list[Event]:
    left = _left(state, agent, "nusd")
    if left is None:
        return []
    assert limits.nusd is not None
    if agent.budget.unpriced:
        message = "Money is limited, but no price is known for this model."
        exhausted = BudgetExhausted(what="unpriced", limit=limits.nusd, used=limits.nusd - left)
        return [exhausted, TurnFinished(reason="budget", message=message)]
    if left > 0:
        return []
    return [BudgetExhausted(what="money", limit=limits.nusd, used=limits.nusd - left), TurnFinished(reason="budget")]


def _no_tokens(state: State, agent: Agent, limits: Limits) -> list[Event]:
    left = _left(state, agent, "tokens")
    if left is None or left > 0:
        return []
    assert limits.tokens is not None
    used = limits.tokens - left
    return [BudgetExhausted(what="tokens", limit=limits.tokens, used=used), TurnFinished(reason="tokens")]


# --- shares ----------------------------------------------------------------------------------------------------------


def _left(state: State, agent: Agent, what: Shared) -> int | None:
    """What it may still use: of its own share, and of what this run of the session may use; None: nobody has set a
    limit. What it has given to those below it is not its own until they end.
    """
    lefts = []
    share = getattr(agent.origin.limits, what)
    if share is not None:
        lefts.append(share - _committed(state, agent, what))
    whole = getattr(state.session.settings.limits, what)
    if whole is not None:
        lefts.append(whole - (_committed(state, agent, what) if agent.id == MAIN else _used(state, what)[MAIN]))
    return min(lefts, default=None)


def _used(state: State, what: Shared) -> dict[int, int]:
    """What each agent and all below it have used in this run, by the agent's id."""
    used: dict[int, int] = {id: getattr(agent.budget, what) for id, agent in state.agents.items()}
    # Whoever starts an agent has a smaller id.
    for id in sorted(used, reverse=True):
        parent = state.agents[id].origin.parent
        if parent is not None:
            used[parent] += used[id]
    return used


def _committed(state: State, agent: Agent, what: Shared) -> int:
    """What it has used, or given away: of an agent at work the whole share counts."""
    used = _used(state, what)
    given = sum(
        used[other.id] if other.origin.end else max(getattr(other.origin.limits, what) or 0, used[other.id])
        for other in state.started_by(agent)
    )
    own: int = getattr(agent.budget, what)
    return own + given


def _share(state: State, agent: Agent, what: Shared) -> int | None:
    """An agent's share: as much as each of the others that the same reply still starts, and as its parent keeps."""
    left = _left(state, agent, what)
    if left is None:
        return None
    begun = {other.origin.call for other in state.started_by(agent)}
    waiting = [
        call
        for call in agent.conversation.unfinished
        if call.traits.effect in ("spawn", "skill") and call.key not in begun
    ]
    return max(0, left // (len(waiting) + 1))


# --- time ------------------------------------------------------------------------------------------------------------


def time_left(state: State, agent: Agent) -> int | None:
    """Milliseconds until its time is over; None: nobody has set a limit."""
    limit = limits_of(state, agent).ms
    return None if limit is None else max(0, limit - agent.budget.ms)


def out_of_time(state: State, agent: Agent) -> list[Event]:
    """What comes of it that its time is over; empty: it is not."""
    return _asking(state, agent, _out_of_time(state, agent))


def _out_of_time(state: State, agent: Agent) -> list[Event]:
    limit = limits_of(state, agent).ms
    if limit is None or agent.budget.ms < limit or not _runs(agent):
        return []
    return [BudgetExhausted(what="time", limit=limit, used=agent.budget.ms)]


def set_timer(state: State, agent: Agent) -> list[Event]:
    """The timer for the rest of its time; empty: there is one, or none is needed."""
    left = time_left(state, agent)
    if not left or agent.pending.deadline is not None or not _runs(agent):
        return []
    return [TimerSet(delay_ms=left, purpose="time")]


def _runs(agent: Agent) -> bool:
    return agent.turn.is_open and not isinstance(agent.turn, Interrupting)
