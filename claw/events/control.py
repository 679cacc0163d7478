"""Time, limits, and calls that are called off."""

from typing import ClassVar, Literal

from claw.events.base import Derived, Event, Intent, Observed, Resumption


class TimerFired(Observed, frozen=True, kw_only=True, tag="timer.fired"):
    """`cancelled`: it was called off before its time."""

    call: int
    cancelled: bool = False


class TimerSet(Intent, frozen=True, kw_only=True, tag="timer.set"):
    """`time`: the agent's limit of time is over then. `servers`: nobody waits longer for servers whose tools are not
    known. `idle`: the person has been silent for so long. A resume waits for a retry again; the others it ends, as ones
    that were called off: another one follows for what is left of the time.
    """

    ends: ClassVar[tuple[type[Event], ...]] = (TimerFired,)
    doing: ClassVar[str] = "Waiting to try again"

    delay_ms: int
    purpose: Literal["retry", "time", "servers", "idle"]

    @property
    def resumption(self) -> Resumption:
        return "repeat" if self.purpose == "retry" else "report"


class WaitEnded(Observed, frozen=True, kw_only=True, tag="wait.ended"):
    """`cancelled`: it was called off before its time."""

    call: int
    cancelled: bool = False


class WaitRequested(Intent, frozen=True, kw_only=True, tag="wait.requested"):
    """Wait until this time, in ns since 1970 UTC, for the call `tool_call`, the key of a `tool.started`. A resume waits
    for what is left of it.
    """

    ends: ClassVar[tuple[type[Event], ...]] = (WaitEnded,)
    doing: ClassVar[str] = "Waiting"

    tool_call: int
    until: int


class CancelRequested(Intent, frozen=True, kw_only=True, tag="call.cancel_requested"):
    """Call off the call with this key; what follows is that call's own terminal event."""

    call: int


class BudgetExhausted(Derived, frozen=True, kw_only=True, tag="budget.exhausted"):
    """`limit` and `used` are turns, 10⁻⁹ US dollars, tokens, or milliseconds; `unpriced`: money is limited but the
    model has no price. `time` calls the turn off: what runs is cancelled, and nothing more begins.
    """

    what: Literal["turns", "money", "unpriced", "tokens", "time"]
    limit: int
    used: int


class LimitAnswered(Observed, frozen=True, kw_only=True, tag="limit.answered"):
    """`more` is added to the limit, in its unit; 0: it is the end. `headless`: nobody was there to be asked."""

    call: int
    what: Literal["turns", "money", "tokens", "time", "loop"]
    more: int = 0
    how: Literal["person", "headless", "withdrawn"] = "person"


class LimitAsked(Intent, frozen=True, kw_only=True, tag="limit.asked"):
    """May the session go on beyond this limit, and how far? `limit` and `used` are as in `budget.exhausted`; of a
    `loop` they are how often the same call may have the same result in a row, and had it; `name` is the call's tool.
    """

    ends: ClassVar[tuple[type[Event], ...]] = (LimitAnswered,)
    doing: ClassVar[str] = "Waiting for you"

    what: Literal["turns", "money", "tokens", "time", "loop"]
    limit: int
    used: int
    name: str = ""


class LoopNoticed(Derived, frozen=True, kw_only=True, tag="loop.noticed"):
    """The replies from the one of event `first` on make the same calls and get the same results, `count` of them.
    `text` tells the model so.
    """

    first: int
    count: int
    text: str
