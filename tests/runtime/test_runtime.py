"""The loop: what it promises to handlers, to those who send input, and when something breaks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from claw import log
from claw._native import LogReader, LogWriter, new_session_id
from claw.decide import core
from claw.errors import InputConflict, LogError, SessionFaulted, UsageError
from claw.events.base import Envelope, Event, Intent
from claw.events.content import TextBlock, Usage
from claw.events.context import InstructionsFound, InstructionsRequested
from claw.events.input import InputInterrupted, InputReceived
from claw.events.model import BlockOpened, ModelChunk, ModelFailed, ModelFinished, ModelRequested, TextPiece
from claw.handlers.base import Call, Handler
from claw.projections.state import INITIAL
from claw.runtime import Runtime
from tests.pure.drive import started

pytestmark = pytest.mark.anyio


class Instructions(Handler):
    intents: frozenset[type[Intent]] = frozenset({InstructionsRequested})

    async def perform(self, call: Call) -> None:
        call.emit(InstructionsFound(call=call.seq, files=()))


class Model(Handler):
    """Answers at once in `pieces` chunks, which come `together` or not, unless `hang`."""

    intents: frozenset[type[Intent]] = frozenset({ModelRequested})

    def __init__(self, path: str, pieces: int = 3, hang: bool = False, together: bool = False) -> None:
        self.path, self.pieces, self.hang, self.together = path, pieces, hang, together
        self.durable_when_called: list[bool] = []

    async def perform(self, call: Call) -> None:
        durable = LogReader(self.path).refresh()[1]
        self.durable_when_called.append(call.seq < durable)
        assert call.request is not None
        try:
            if self.hang:
                await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            call.emit(ModelFailed(call=call.seq, failure="interrupted", message="called off"))
            raise
        deltas = [BlockOpened(block=TextBlock(text="")), *[TextPiece(text="x")] * self.pieces]
        chunks = [ModelChunk(call=call.seq, index=n, block=0, delta=delta) for n, delta in enumerate(deltas)]
        for some in [chunks] if self.together else [[chunk] for chunk in chunks]:
            call.emit(*some)
        text = TextBlock(text="x" * self.pieces)
        call.emit(ModelFinished(call=call.seq, content=(text,), stop="end_turn", usage=Usage(input=1)))


@asynccontextmanager
async def running(path: Path, *handlers: Handler) -> AsyncIterator[Runtime]:
    writer = LogWriter.create(str(path), session=new_session_id(0))
    runtime = Runtime(writer, INITIAL, handlers)
    async with anyio.create_task_group() as tasks:
        await tasks.start(runtime.run)
        await runtime.submit(started())
        yield runtime
        runtime.stop()
    writer.close()


async def test_chunks_that_come_together_are_the_events_that_they_are_one_by_one(tmp_path: Path) -> None:
    sessions = []
    for together in (False, True):
        path = tmp_path / str(together)
        told: list[Envelope] = []
        async with running(path, Instructions(), Model(str(path), pieces=200, together=together)) as runtime:
            runtime.subscribe(told.extend)
            await runtime.submit(InputReceived(text="hi"))
            await runtime.until(lambda state: state.main.quiet)
        events = list(log.read(str(path)))
        assert [envelope.seq for envelope in told] == [envelope.seq for envelope in events[-len(told) :]]
        sessions.append([(e.seq, e.kind, e.version, e.agent, e.cause, e.flags, e.data) for e in events])
    assert sessions[0] == sessions[1]


async def test_a_turn_goes_through_and_every_intent_was_on_disk_before_it_was_seen(tmp_path: Path) -> None:
    model = Model(str(tmp_path / "s"))
    async with running(tmp_path / "s", Instructions(), model) as runtime:
        await runtime.submit(InputReceived(text="hi"))
        await runtime.until(lambda state: state.main.quiet)
    assert model.durable_when_called == [True]
    kinds = [envelope.kind for envelope in log.read(str(tmp_path / "s"))]
    assert kinds.count("model.chunk") == 4
    assert kinds[-1] == "turn.finished"


async def test_chunks_that_arrive_together_are_one_block(tmp_path: Path) -> None:
    blocks: list[list[str]] = []
    async with running(tmp_path / "s", Instructions(), Model(str(tmp_path / "s"), pieces=50)) as runtime:
        runtime.subscribe(lambda envelopes: blocks.append([envelope.kind for envelope in envelopes]))
        await runtime.submit(InputReceived(text="hi"))
        await runtime.until(lambda state: state.main.quiet)
    assert max(block.count("model.chunk") for block in blocks) == 51


async def test_an_input_sent_twice_is_answered_with_the_first_receipt(tmp_path: Path) -> None:
    async with running(tmp_path / "s", Instructions(), Model(str(tmp_path / "s"))) as runtime:
        first = await runtime.submit(InputReceived(text="hi", id="a", digest="1"))
        again = await runtime.submit(InputReceived(text="hi", id="a", digest="1"))
        assert first == again
        with pytest.raises(InputConflict, match=f"event {first}"):
            await runtime.submit(InputReceived(text="ho", id="a", digest="2"))
        await runtime.until(lambda state: state.main.quiet)
    assert [envelope.kind for envelope in log.read(str(tmp_path / "s"))].count("input.received") == 1


async def test_what_is_said_to_an_agent_that_is_not_at_work_is_refused_and_not_recorded(tmp_path: Path) -> None:
    async with running(tmp_path / "s", Instructions()) as runtime:
        for event in (InputReceived(text="hi"), InputInterrupted(how="user")):
            with pytest.raises(UsageError, match="agent 3 is not at work"):
                await runtime.submit(event, 3)
        assert runtime.failure is None
    kinds = {envelope.kind for envelope in log.read(str(tmp_path / "s"))}
    assert not kinds & {"input.received", "input.interrupted", "session.faulted"}


async def test_an_interrupt_cancels_the_handler_and_its_terminal_event_ends_the_turn(tmp_path: Path) -> None:
    async with running(tmp_path / "s", Instructions(), Model(str(tmp_path / "s"), hang=True)) as runtime:
        await runtime.submit(InputReceived(text="hi"))
        await runtime.until(lambda state: "model.requested" in state.main.pending.calls.values())
        await runtime.submit(InputInterrupted(how="user"))
        await runtime.until(lambda state: state.main.quiet)
    ends = [envelope.data for envelope in log.read(str(tmp_path / "s"), kinds=["turn.finished"])]
    assert [end.reason for end in ends] == ["interrupted"]


async def test_a_fault_in_decide_is_recorded_with_the_event_and_stops_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(state: object, agent: object, event: object) -> list[Event]:
        raise ZeroDivisionError("no")

    async with running(tmp_path / "s", Instructions(), Model(str(tmp_path / "s"))) as runtime:
        await runtime.until(lambda state: not state.main.pending.calls)
        monkeypatch.setitem(core._DECISIONS, InputReceived, broken)
        seq = await runtime.submit(InputReceived(text="hi"))
        with pytest.raises(SessionFaulted, match="ZeroDivisionError"):
            await runtime.submit(InputReceived(text="more"))
    last: list[Envelope] = list(log.read(str(tmp_path / "s"), seq))
    assert [envelope.kind for envelope in last] == ["input.received", "session.faulted"]
    assert last[1].cause == seq


async def test_a_handler_that_reports_no_end_stops_the_session_loudly(tmp_path: Path) -> None:
    class Silent(Model):
        async def perform(self, call: Call) -> None:
            return

    async with running(tmp_path / "s", Instructions(), Silent(str(tmp_path / "s"))) as runtime:
        await runtime.submit(InputReceived(text="hi"))
        with pytest.raises(SessionFaulted, match="came to no end"):
            await runtime.until(lambda state: state.main.quiet)


async def test_a_dead_writer_stops_the_session_and_nothing_is_dispatched(tmp_path: Path) -> None:
    model = Model(str(tmp_path / "s"))
    writer = LogWriter.create(str(tmp_path / "s"), session=new_session_id(0))
    runtime = Runtime(writer, INITIAL, (Instructions(), model))
    async with anyio.create_task_group() as tasks:
        await tasks.start(runtime.run)
        await runtime.submit(started())
        await runtime.until(lambda state: not state.main.pending.calls)
        writer.close()
        with pytest.raises(LogError) as raised:
            await runtime.submit(InputReceived(text="hi"))
    assert runtime.failure is raised.value
    assert model.durable_when_called == []
