"""What was observed, and the steps that were taken for it; what of it there is room for where the disk is full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import anyio
from msgspec import Struct, field

from claw.decide.step import Step
from claw.events.base import Envelope, Event
from claw.events.kinds import TERMINAL
from claw.events.model import ModelFinished
from claw.events.request import Request
from claw.events.shell import ShellFinished
from claw.projections.state import MAIN, State

ALONE: tuple[type[Event], ...] = (*(kind for kind in TERMINAL if kind is not ModelFinished), ShellFinished)
"""Those that make sense without the pieces before them."""

RESERVE = 96 * 1024
"""Bytes of log kept free for the terminal event of each open call, and of each command in the background: the largest
inline result, and what goes with it."""


class Item(Struct, eq=False):
    """Something observed that has no seq yet: events of one kind that came together, mostly one. `done` is set when
    they are committed; then `seq`, of the first of them, or `error` says how.
    """

    events: Sequence[Event]
    agent: int = MAIN
    cause: int | None = None
    done: anyio.Event | None = None
    seq: int = -1
    error: BaseException | None = None


class Taken(Struct):
    """The steps that were taken for these items, and the state after them; not written yet."""

    state: State
    next_seq: int
    envelopes: list[Envelope] = field(default_factory=list)
    derived: list[Envelope] = field(default_factory=list)
    requests: dict[int, Request] = field(default_factory=dict)
    """The canonical request of each `model.requested` among them."""
    durable: bool = False
    """Whether they must be on the disk before anything acts on them."""
    items: list[Item] = field(default_factory=list)

    def add(self, step: Step) -> None:
        self.state = step.state
        self.next_seq += len(step.envelopes)
        self.envelopes += step.envelopes
        self.derived += step.envelopes[1:]
        self.requests.update(step.requests)
        self.durable = self.durable or any([envelope.data.durable for envelope in step.envelopes])

    def add_inert(self, envelopes: list[Envelope]) -> None:
        """A step for each of these, which are of one kind."""
        self.next_seq += len(envelopes)
        self.envelopes += envelopes
        self.durable = self.durable or envelopes[0].data.durable


def beginnings(items: Sequence[Item]) -> Iterator[list[Item]]:
    """A half, a quarter and less of the events that came together, what stands before them, and how calls ended."""
    total = sum(len(item.events) for item in items)
    most = total // 2 if total > len(items) else 0
    while most > 0:
        left, part = most, list[Item]()
        for item in items:
            if isinstance(item.events[0], ALONE):
                part.append(item)
            elif left > 0:
                part.append(Item(item.events[:left], item.agent, item.cause) if len(item.events) > left else item)
                left -= len(item.events)
        yield part
        most //= 2


def room(state: State, calls: int) -> int:
    """Bytes to keep free for the ends of so many calls and of the commands that run in the background."""
    return RESERVE * (calls + len(state.shells.running))
