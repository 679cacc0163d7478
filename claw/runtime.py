"""The only loop: drain what was observed, take a step for each, write one block, let the handlers see the intents."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import anyio
import anyio.to_thread
from anyio.abc import TaskStatus

from claw import log
from claw._native import LogWriter
from claw.decide.step import Step, take
from claw.errors import ClawError, InputConflict, LogFull, SessionFaulted
from claw.events.base import Envelope, Event
from claw.events.codec import envelop
from claw.events.context import InstructionsFound
from claw.events.control import CancelRequested, TimerFired
from claw.events.input import InputReceived
from claw.events.model import ModelFailed, ModelFinished
from claw.events.permission import PermissionAnswered, RuleSaved
from claw.events.request import Request
from claw.events.session import SessionFaulted as SessionFaultedEvent
from claw.events.tool import ToolFinished, ToolInterrupted, ToolResolved
from claw.handlers.base import Call, Handler
from claw.projections.state import State

TERMINAL = (
    ModelFinished,
    ModelFailed,
    ToolResolved,
    ToolFinished,
    ToolInterrupted,
    PermissionAnswered,
    RuleSaved,
    InstructionsFound,
    TimerFired,
)
"""Events that end a call."""

RESERVE = 96 * 1024
"""Bytes of log kept free for the terminal event of each open call: the largest inline result, and what goes with it."""

Listener = Callable[[Sequence[Envelope]], None]
Clock = Callable[[], int]


@dataclass(slots=True)
class _Item:
    """Something observed that has no seq yet. `done` is set when it is committed; then `seq` or `error` says how."""

    event: Event
    cause: int | None = None
    done: anyio.Event | None = None
    seq: int = -1
    error: BaseException | None = None


@dataclass(slots=True)
class _Running:
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    ended: bool = False


class Runtime:
    """Owns the writer of one log and the state after its last event.

    `clock` gives ns since 1970 UTC. Everything runs in one event loop; only `fdatasync` waits in a thread.
    """

    def __init__(
        self, writer: LogWriter, state: State, handlers: Iterable[Handler], *, clock: Clock = time.time_ns
    ) -> None:
        self.state = state
        self._writer = writer
        self._clock = clock
        self._last_ts = 0
        self._handlers = {intent: handler for handler in handlers for intent in handler.intents}
        self._inbox: list[_Item] = []
        self._wake = anyio.Event()
        self._committed = anyio.Event()
        self._listeners: list[Listener] = []
        self._running: dict[int, _Running] = {}
        self._stopping = False
        self._dead = False
        """Nothing more can be written."""
        self.failure: ClawError | None = None
        """Why the session cannot go on; None while it can."""

    # --- for the face ------------------------------------------------------------------------------------------------

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` in the event loop with the events of each block, once they are written."""
        self._listeners.append(listener)

    async def submit(self, event: Event) -> int:
        """Record an observed event; return its seq when its step is committed.

        Raises InputConflict, or what has stopped the session.
        """
        if self.failure is not None:
            raise self.failure
        item = _Item(event, done=anyio.Event())
        self._put(item)
        assert item.done is not None
        await item.done.wait()
        if item.error is not None:
            raise item.error
        return item.seq

    async def until(self, holds: Callable[[State], bool]) -> None:
        """Wait until the state is so. Raises what has stopped the session."""
        while not holds(self.state):
            if self.failure is not None:
                raise self.failure
            await self._committed.wait()

    def repeat(self, call: int, intent: Event, request: Request | None = None) -> None:
        """Give an intent that is open from an earlier run to its handler again. Only inside `run`."""
        self._dispatch_one(call, intent, request)

    # --- the loop ----------------------------------------------------------------------------------------------------

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Loop until `stop`, or until nothing can be written any more."""
        async with anyio.create_task_group() as self._tasks:
            task_status.started()
            while self._running or self._inbox or not self._stopping:
                await self._wake.wait()
                self._wake = anyio.Event()
                while self._inbox:
                    await self._turn_over(self._take_inbox())
        self._notify()

    def stop(self) -> None:
        """Cancel all calls, record how they end, start nothing more, and let `run` return."""
        self._stopping = True
        for running in self._running.values():
            running.scope.cancel()
        self._wake.set()

    def _put(self, item: _Item) -> None:
        self._inbox.append(item)
        self._wake.set()

    def _take_inbox(self) -> list[_Item]:
        items, self._inbox = self._inbox, []
        return items

    async def _turn_over(self, items: list[_Item]) -> None:
        """One block: a step for each item, one write, one sync where any of it must be durable."""
        state, steps, accepted = self.state, list[Step](), list[_Item]()
        next_seq = self._writer.next_seq
        for item in items:
            if self._dead or not self._admit(state, item):
                continue
            observed = envelop(item.event, seq=next_seq, ts=self._now(), agent=0, cause=item.cause)
            try:
                step = take(state, observed)
            except Exception as error:  # noqa: BLE001 - a fault of claw's own, recorded and reported
                step = self._fault(state, observed, error)
            item.seq = next_seq
            steps.append(step)
            accepted.append(item)
            state, next_seq = step.state, step.envelopes[-1].seq + 1
        if steps:
            await self._commit(state, steps, accepted)
        for item in items:
            if item.done is not None and not item.done.is_set():
                item.error = item.error or (self.failure if item.seq < 0 else None)
                item.done.set()

    def _now(self) -> int:
        self._last_ts = max(self._clock(), self._last_ts)
        return self._last_ts

    def _admit(self, state: State, item: _Item) -> bool:
        """Answer an input that came before with its old receipt; refuse one that contradicts it."""
        if not isinstance(item.event, InputReceived) or not item.event.id:
            return True
        receipt = state.session.receipts.get(item.event.id)
        if receipt is None:
            return True
        if receipt.digest == item.event.digest:
            item.seq = receipt.seq
        else:
            item.error = InputConflict(
                f"the input id {item.event.id!r} was used in event {receipt.seq} with another text",
                hint="send a new text with a new id",
            )
        return False

    def _fault(self, state: State, observed: Envelope, error: Exception) -> Step:
        self._dead = True
        text = f"{type(error).__name__}: {error}"
        fault = SessionFaultedEvent(error=text)
        event = envelop(fault, seq=observed.seq + 1, ts=observed.ts, agent=0, cause=observed.seq)
        self.failure = SessionFaulted(
            f"claw failed on event {observed.seq} ({observed.kind}): {text}",
            hint=f"the session is kept; claw fork S@{observed.seq}^ goes on from before it",
        )
        return Step([observed, event], state, {})

    async def _commit(self, state: State, steps: list[Step], accepted: list[_Item]) -> None:
        envelopes = [envelope for step in steps for envelope in step.envelopes]
        durable = any(envelope.data.durable for envelope in envelopes)
        try:
            await self._append(envelopes, durable, reserve=RESERVE * len(state.pending.calls))
        except ClawError as error:
            self._give_up(error, accepted)
            return
        self.state = state
        for listener in self._listeners:
            listener(envelopes)
        if self._dead:
            self.stop()
        elif not self._stopping:
            for step in steps:
                self._dispatch(step)
        self._notify()

    async def _append(self, envelopes: list[Envelope], durable: bool, reserve: int) -> None:
        reserve = 0 if self._stopping else reserve
        if durable:
            await anyio.to_thread.run_sync(lambda: log.append(self._writer, envelopes, durable=True, reserve=reserve))
        else:
            log.append(self._writer, envelopes, durable=False, reserve=reserve)

    def _give_up(self, error: ClawError, accepted: list[_Item]) -> None:
        """Stop the session. A full disk still takes the terminal events, for which room was reserved."""
        for item in accepted:
            item.seq, item.error = -1, error
        self._dead = self.failure is not None or not isinstance(error, LogFull)
        self.failure = self.failure or error
        self.stop()
        self._notify()

    def _notify(self) -> None:
        self._committed.set()
        self._committed = anyio.Event()

    # --- handlers ----------------------------------------------------------------------------------------------------

    def _dispatch(self, step: Step) -> None:
        for envelope in step.envelopes:
            event = envelope.data
            if isinstance(event, CancelRequested):
                running = self._running.get(event.call)
                if running is not None:
                    running.scope.cancel()
            elif event.intent:
                self._dispatch_one(envelope.seq, event, step.requests.get(envelope.seq))

    def _dispatch_one(self, seq: int, intent: Event, request: Request | None) -> None:
        running = self._running[seq] = _Running()
        self._tasks.start_soon(self._perform, seq, intent, request, running)

    async def _perform(self, seq: int, intent: Event, request: Request | None, running: _Running) -> None:
        def emit(event: Event) -> None:
            running.ended = running.ended or isinstance(event, TERMINAL)
            self._put(_Item(event, cause=seq))

        handler = self._handlers[type(intent)]
        problem = ""
        with running.scope:
            try:
                await handler.perform(Call(seq, intent, emit, request))
            except Exception as error:  # noqa: BLE001 - a handler that breaks its contract stops the session, loudly
                problem = f"{type(error).__name__}: {error}"
        if not running.ended and not problem:
            problem = "it reported no end"
        if problem:
            self.failure = self.failure or SessionFaulted(
                f"the handler of {type(intent).__name__} (event {seq}) failed: {problem}", hint="claw resume S"
            )
        del self._running[seq]
        if problem:
            self.stop()
            self._notify()
        self._wake.set()
