"""How long to wait before a failed model call is tried again."""

from __future__ import annotations

from claw._native import blake3
from claw.decide.behaviour import number
from claw.events.base import Event
from claw.events.model import ModelFailed, ModelFellBack
from claw.events.session import Model, Retry
from claw.projections.rates import service_of
from claw.projections.state import Agent, State
from claw.projections.turn import attempts

LEAST_HELD = 10
"""Milliseconds that are not worth a wait: clocks differ by as much."""
SPREAD = 500
"""Milliseconds over which agents are spread that waited for one service."""
OVERLOADED = 3
"""Attempts at an overloaded service before another model is asked."""


def delay_ms(policy: Retry, seed: int, failed: ModelFailed, attempt: int) -> int | None:
    """Milliseconds before attempt `attempt + 1`; None when there is to be none.

    Doubles per attempt, with a jitter of up to half taken from the recorded seed; never less than the provider's own
    wish, and not at all when that is longer than the policy's cap.
    """
    if not failed.retryable or attempt >= policy.attempts:
        return None
    if failed.retry_after_ms is not None and failed.retry_after_ms > policy.cap_ms:
        return None
    full = min(policy.cap_ms, policy.base_ms << (attempt - 1))
    jittered = full - full * _fraction(f"{seed}:{failed.call}") // (2 * _WHOLE)
    return max(jittered, failed.retry_after_ms or 0)


_WHOLE = 0xFFFF_FFFF


def _fraction(seed: str) -> int:
    return int(blake3(seed.encode())[:8], 16)


def held_ms(state: State, agent: Agent, model: Model) -> int:
    """Milliseconds for which the model's service wants to be left alone, and a little more, so that not all agents ask
    it at once; 0: it may be asked. A wish that is longer than the policy's cap is not waited for, as above.
    """
    if number(state, "retry") < 2:
        return 0
    session = state.session
    until = state.rates.held.get(service_of(model.provider, model.base_url), 0)
    left = (until - state.now) // 1_000_000
    if not LEAST_HELD < left <= session.settings.retry.cap_ms:
        return 0
    seed = session.runtime.seed if session.runtime else 0
    return left + SPREAD * _fraction(f"{seed}:{agent.id}:{until}") // _WHOLE


def falls_back(state: State, agent: Agent, failed: ModelFailed, *, last: bool) -> list[Event]:
    """Another model, where one is named and this one's service has more to do than it can: after some attempts, and
    where there is to be no other.
    """
    fallback, model = state.session.settings.fallback, state.model_of(agent)
    tried = attempts(agent.turn)
    if fallback is None or failed.failure != "overloaded" or number(state, "retry") < 2:
        return []
    if agent.servers.fallen_back or fallback == model or not (last or tried >= OVERLOADED):
        return []
    return [ModelFellBack(model=model.name, fallback=fallback.name, failures=tried)]
