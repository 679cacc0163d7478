"""The only loop: drain what was observed, take a step for each, write one block, let the handlers see the intents."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

import anyio
from anyio.abc import TaskStatus
from msgspec import Struct, field

from claw import log
from claw._native import LogWriter
from claw.decide.step import Step, is_inert, take
from claw.errors import ClawError, InputConflict, LogFull, SessionFaulted, UsageError
from claw.events.base import Envelope, Event, Intent
from claw.events.codec import envelop, envelop_all
from claw.events.control import CancelRequested, TimerFired, WaitEnded
from claw.events.hook import HookRequested
from claw.events.input import InputInterrupted, InputReceived, InputWithdrawn
from claw.events.kinds import TERMINAL
from claw.events.model import ModelChunk, ModelFailed, ModelFinished
from claw.events.permission import PermissionAnswered
from claw.events.question import PlanReviewed, QuestionAnswered
from claw.events.request import Request
from claw.events.session import SessionFaulted as SessionFaultedEvent
from claw.events.shell import ShellFinished, ShellNoticed, ShellOutput
from claw.events.tool import ToolStarted
from claw.execution.threads import finished
from claw.handlers.base import Call, Handler
from claw.projections.state import MAIN, State
from claw.projections.turn import Interrupting
from claw.runtime.steps import ALONE, Item, Taken, beginnings, room

Listener = Callable[[Sequence[Envelope]], None]
Clock = Callable[[], int]


class _Running(Struct):
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
        self._inbox: list[Item] = []
        self._wake = anyio.Event()
        self._committed = anyio.Event()
        self._over = anyio.Event()
        self._listeners: list[Listener] = []
        self._running: dict[int, _Running] = {}
        self._stopping = False
        """No call is started any more, and those that run are cancelled."""
        self._leaving = False
        """`run` returns when nothing runs."""
        self._dead = False
        """Nothing more can be written."""
        self.failure: ClawError | None = None
        """Why the session cannot go on; None while it can."""

    # --- for its users ------------------------------------------------------------------------------------------------

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` in the event loop with the events of each block, once they are written."""
        self._listeners.append(listener)

    async def submit(self, event: Event, agent: int = MAIN) -> int:
        """Record an observed event, which is one of this agent's; return its seq when its step is committed.

        Raises InputConflict, UsageError for an input to an agent that is not at work, or what has stopped the session.
        """
        if self.failure is not None:
            raise self.failure
        if self._over.is_set():
            raise SessionFaulted("the session has ended", hint="claw resume S")
        item = Item((event,), agent, done=anyio.Event())
        self._put(item)
        assert item.done is not None
        await item.done.wait()
        if item.error is not None:
            raise item.error
        return item.seq

    def record(self, event: Event) -> None:
        """Record an observed event soon; whether it is written nobody waits for."""
        self._put(Item((event,)))

    async def until(self, holds: Callable[[State], bool]) -> None:
        """Wait until the state is so. Raises what has stopped the session."""
        while not holds(self.state):
            if self.failure is not None:
                raise self.failure
            if self._over.is_set():
                raise SessionFaulted("the session has ended", hint="claw resume S")
            await self._committed.wait()

    def handler_of(self, intent: Intent) -> Handler:
        """Who performs intents of this kind."""
        return self._handlers[type(intent)]

    def repeat(self, call: int, agent: int, intent: Intent) -> None:
        """Give an intent that is open from an earlier run to its handler again. Only inside `run`."""
        self._dispatch_one(call, agent, intent, None)

    # --- the loop ----------------------------------------------------------------------------------------------------

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Loop until `stop`, or until nothing can be written any more."""
        try:
            async with anyio.create_task_group() as self._tasks:
                task_status.started()
                while self._running or self._inbox or not self._leaving:
                    await self._wake.wait()
                    self._wake = anyio.Event()
                    while self._inbox:
                        await self._turn_over(self._take_inbox())
        finally:
            self._dead = True
            self._over.set()
            self._reject(self._take_inbox())
            self._notify()

    async def over(self) -> None:
        """Wait until `run` has returned: how the calls ended that `stop` cancelled is in the log then."""
        await self._over.wait()

    def stop(self) -> None:
        """Cancel all calls, record how they end, start nothing more, and let `run` return."""
        self._halt()
        self._leaving = True

    def _halt(self) -> None:
        """The same, but `run` goes on while commands run in the background: whoever ends them calls `stop`."""
        self._stopping = True
        self._leaving = self._leaving or self._dead or not self.state.shells.running
        for running in self._running.values():
            running.scope.cancel()
        self._wake.set()

    def _put(self, item: Item) -> None:
        self._inbox.append(item)
        self._wake.set()

    def _take_inbox(self) -> list[Item]:
        items, self._inbox = self._inbox, []
        return items

    async def _turn_over(self, items: list[Item]) -> None:
        """One block: a step for each item, one write, one sync where any of it must be durable."""
        try:
            taken = self._take(items, broken=self.failure is not None)
            if taken.envelopes:
                await self._commit(taken)
        except BaseException as error:
            if isinstance(error, Exception):
                self.failure = self.failure or SessionFaulted(
                    f"claw failed while it wrote to the session: {type(error).__name__}: {error}", hint="claw resume S"
                )
            self._reject(items)
            raise
        for item in items:
            if item.seq >= self._writer.next_seq:
                item.seq = -1
            if item.seq < 0:
                item.error = item.error or self.failure
            if item.done is not None:
                item.done.set()

    def _reject(self, items: Iterable[Item]) -> None:
        """Nothing will become of these any more: wake those who wait for them."""
        for item in items:
            if item.done is not None and not item.done.is_set():
                item.error = item.error or self.failure or SessionFaulted("the session has ended", hint="claw resume S")
                item.done.set()

    def _take(self, items: Iterable[Item], *, broken: bool) -> Taken:
        """A step for each item that is admitted; nothing is written yet. `broken`: not all that came before is."""
        taken = Taken(self.state, self._writer.next_seq)
        for item in items:
            if self._dead or not self._admit(taken.state, item, broken):
                continue
            item.seq = taken.next_seq
            taken.items.append(item)
            if is_inert(type(item.events[0])):
                ts = self._now()
                taken.add_inert(envelop_all(item.events, seq=item.seq, ts=ts, agent=item.agent, cause=item.cause))
                continue
            for event in item.events:
                if not self._dead:
                    taken.add(self._step(taken, event, item))
        return taken

    def _step(self, taken: Taken, event: Event, item: Item) -> Step:
        observed = envelop(event, seq=taken.next_seq, ts=self._now(), agent=item.agent, cause=item.cause)
        try:
            return take(taken.state, observed)
        except Exception as error:  # noqa: BLE001 - a fault of claw's own, recorded and reported
            return self._fault(taken.state, observed, error)

    def _now(self) -> int:
        self._last_ts = max(self._clock(), self._last_ts)
        return self._last_ts

    def _admit(self, state: State, item: Item, broken: bool) -> bool:
        """Answer an input that came before with its old receipt; refuse one that contradicts it.

        What was cut off because the session stops, and not because somebody called it off, stays open: resume asks the
        model and the person again, and waits again.
        """
        event = item.events[0]
        match event:
            case ShellOutput(id=id) | ShellNoticed(id=id) | ShellFinished(id=id):
                # Where the disk had no room for its start, there is nothing to go on with.
                return any(shell.id == id for shell in state.shells.running)
            case (
                ModelFailed(failure="interrupted")
                | PermissionAnswered(how="withdrawn")
                | QuestionAnswered(how="withdrawn")
                | PlanReviewed(how="withdrawn")
                | TimerFired(cancelled=True)
                | WaitEnded(cancelled=True)
            ):
                return not self._stopping or isinstance(state.agents[item.agent].turn, Interrupting)
            case InputReceived() | InputInterrupted() if item.agent != MAIN and not _is_at_work(state, item.agent):
                item.error = UsageError(f"agent {item.agent} is not at work", hint="/agents lists those that are")
                return False
            case InputWithdrawn(input=seq) if not any(one.seq == seq for one in state.main.conversation.waiting):
                item.error = UsageError("that was sent already")
                return False
            case ModelChunk() | ModelFinished() if broken:
                return False  # a piece before it may not have found room; the call stays open and is asked again
        if not isinstance(event, InputReceived) or not event.id:
            return True
        receipt = state.session.receipts.get(event.id)
        if receipt is None:
            return True
        if receipt.digest == event.digest:
            item.seq = receipt.seq
        else:
            item.error = InputConflict(
                f"the input id {event.id!r} was used in event {receipt.seq} with another text",
                hint="send a new text with a new id",
            )
        return False

    def _fault(self, state: State, observed: Envelope, error: Exception) -> Step:
        self._dead = True
        text = f"{type(error).__name__}: {error}"
        fault = SessionFaultedEvent(error=text)
        event = envelop(fault, seq=observed.seq + 1, ts=observed.ts, agent=observed.agent, cause=observed.seq)
        self.failure = SessionFaulted(
            f"claw failed on event {observed.seq} ({observed.kind}): {text}",
            hint=f"the session is kept; claw fork S@{observed.seq}^ goes on from before it",
        )
        return Step([observed, event], state, {})

    async def _commit(self, taken: Taken) -> None:
        try:
            await self._append(taken, room(taken.state, 0 if self._stopping else len(taken.state.calls)))
        except LogFull as error:
            await self._make_do(taken, error)
        except ClawError as error:
            self._give_up(taken, error)
        except (ValueError, TypeError) as error:
            kinds = ", ".join(sorted({type(item.events[0]).__name__ for item in taken.items}))
            self._give_up(taken, SessionFaulted(f"claw could not write {kinds}: {error}", hint="claw doctor"))
        else:
            self._publish(taken)

    async def _append(self, taken: Taken, reserve: int) -> None:
        envelopes = taken.envelopes
        if taken.durable:
            await finished(lambda: log.append(self._writer, envelopes, durable=True, reserve=reserve))
        else:
            log.append(self._writer, envelopes, durable=False, reserve=reserve)

    def _publish(self, taken: Taken) -> None:
        """The block is written: this is the state now; tell it, and let the handlers see their intents."""
        self.state = taken.state
        if self._dead:
            self.stop()
        elif not self._stopping:
            self._dispatch(taken)
        for listener in self._listeners:
            try:
                listener(taken.envelopes)
            except ClawError as error:
                self._fail(error)
            except Exception as error:  # noqa: BLE001 - whoever looks on must not stop the log from being written
                self._fail(SessionFaulted(f"showing the session failed: {error!r}", hint="claw resume S"))
        self._notify()

    async def _make_do(self, taken: Taken, error: LogFull) -> None:
        """The disk is full: stop, and write what fits into the room kept for it: all, or at least how calls ended.

        No tool and no hook is begun any more, so no event says that one was.
        """
        broken = self.failure is not None
        self._fail(error)
        still_open = sum(not running.ended for running in self._running.values())
        ends = [item for item in taken.items if isinstance(item.events[0], ALONE)]
        parts = [(part, still_open) for part in beginnings(taken.items)]
        for items, calls in ((taken.items, still_open), *parts, (ends, 0)):
            less = self._take(items, broken=broken)
            if not less.envelopes:
                break
            if any(isinstance(envelope.data, (HookRequested, ToolStarted)) for envelope in less.derived):
                continue
            try:
                await self._append(less, room(less.state, calls))
            except LogFull:
                continue
            except ClawError as worse:
                self._give_up(taken, worse)
                return
            self._disown((item for item in taken.items if item not in less.items), error)
            self._publish(less)
            return
        self._disown(taken.items, error)

    def _give_up(self, taken: Taken, error: ClawError) -> None:
        """The log takes no more."""
        self._dead = True
        self._disown(taken.items, error)
        self._fail(error)

    def _disown(self, items: Iterable[Item], error: ClawError) -> None:
        for item in items:
            item.seq, item.error = -1, error

    def _fail(self, error: ClawError) -> None:
        self.failure = self.failure or error
        self._halt()
        self._notify()

    def _notify(self) -> None:
        self._committed.set()
        self._committed = anyio.Event()

    # --- handlers ----------------------------------------------------------------------------------------------------

    def _dispatch(self, taken: Taken) -> None:
        for envelope in taken.derived:
            event = envelope.data
            if isinstance(event, CancelRequested):
                running = self._running.get(event.call)
                if running is not None:
                    running.scope.cancel()
            elif event.intent and event.resumption != "keep":
                self._dispatch_one(envelope.seq, envelope.agent, event, taken.requests.get(envelope.seq))

    def _dispatch_one(self, seq: int, agent: int, intent: Intent, request: Request | None) -> None:
        running = self._running[seq] = _Running()
        self._tasks.start_soon(self._perform, seq, agent, intent, request, running)

    async def _perform(self, seq: int, agent: int, intent: Intent, request: Request | None, running: _Running) -> None:
        last: Item | None = None

        def emit(*events: Event) -> None:
            nonlocal last
            running.ended = running.ended or isinstance(events[0], TERMINAL)
            last = Item(events, agent, cause=seq, done=anyio.Event())
            self._put(last)

        async def written() -> None:
            if last is not None and last.done is not None:
                await last.done.wait()

        handler = self.handler_of(intent)
        problem = ""
        with running.scope:
            try:
                await handler.perform(Call(seq, intent, emit, request, agent, written))
            except Exception as error:  # noqa: BLE001 - a handler that breaks its contract stops the session, loudly
                problem = str(error) or type(error).__name__
        if not running.ended and not problem:
            problem = "it came to no end"
        if problem:
            self.failure = self.failure or SessionFaulted(
                f"something went wrong inside claw while it worked on event {seq}: {problem}", hint="claw resume S"
            )
        del self._running[seq]
        if problem:
            self._halt()
            self._notify()
        self._wake.set()


def _is_at_work(state: State, id: int) -> bool:
    agent = state.agents.get(id)
    return agent is not None and not agent.over
