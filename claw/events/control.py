"""Time, limits, and calls that are called off."""

from __future__ import annotations

from typing import ClassVar, Literal

from claw.events.base import Derived, Event, Intent, Observed


class TimerFired(Observed, frozen=True, kw_only=True, tag="timer.fired"):
    """`cancelled`: it was called off before its time."""

    call: int
    cancelled: bool = False


class TimerSet(Intent, frozen=True, kw_only=True, tag="timer.set"):
    ends: ClassVar[tuple[type[Event], ...]] = (TimerFired,)
    doing: ClassVar[str] = "Waiting to try again"

    delay_ms: int
    purpose: Literal["retry"]


class CancelRequested(Intent, frozen=True, kw_only=True, tag="call.cancel_requested"):
    """Call off the call with this key; what follows is that call's own terminal event."""

    call: int


class BudgetExhausted(Derived, frozen=True, kw_only=True, tag="budget.exhausted"):
    """`limit` and `used` are turns, or 10⁻⁹ US dollars; `unpriced`: money is limited but the model has no price."""

    what: Literal["turns", "money", "unpriced"]
    limit: int
    used: int
