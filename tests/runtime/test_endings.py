"""However a session's loop ends, nobody waits for it for ever."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import anyio
import pytest

from claw import log
from claw._native import BlobStore
from claw.errors import LogPoisoned, SessionFaulted
from claw.events.base import Envelope, Event, Intent
from claw.events.content import Usage
from claw.events.control import TimerFired, TimerSet
from claw.events.input import InputInterrupted, InputReceived
from claw.events.model import ModelChunk, ModelRequested, UsageSeen
from claw.events.permission import PermissionAnswered, PermissionAsked
from claw.events.request import Parameters
from claw.handlers.base import Handler, LostCall
from claw.handlers.model import ModelHandler
from claw.handlers.permission import Headless, PermissionHandler
from claw.handlers.timer import TimerHandler
from claw.providers import connect
from claw.runtime import Runtime
from claw.session import recovery
from tests.runtime.test_runtime import Instructions, Model, running

pytestmark = pytest.mark.anyio


async def test_a_listener_that_fails_stops_the_session_and_wakes_who_waits(tmp_path: Path) -> None:
    def broken(envelopes: Sequence[Envelope]) -> None:
        raise OSError("no screen")

    async with running(tmp_path / "s", Instructions(), Model(str(tmp_path / "s"))) as runtime:
        runtime.subscribe(broken)
        with pytest.raises(SessionFaulted, match="no screen"):
            await submit_and_settle(runtime)
    assert next(log.read(str(tmp_path / "s"), kinds=["input.received"])).data.text == "hi"


async def submit_and_settle(runtime: Runtime) -> None:
    await runtime.submit(InputReceived(text="hi"))
    await runtime.until(lambda state: state.main.quiet)


async def test_after_the_end_nothing_is_accepted_and_nobody_waits(tmp_path: Path) -> None:
    async with running(tmp_path / "s", Instructions(), Model(str(tmp_path / "s"))) as runtime:
        await submit_and_settle(runtime)
    with pytest.raises(SessionFaulted, match="ended"):
        await runtime.submit(InputReceived(text="more"))


async def test_what_cannot_be_encoded_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async with running(tmp_path / "s", Instructions(), Model(str(tmp_path / "s"))) as runtime:
        await runtime.until(lambda state: not state.main.pending.calls)
        with pytest.raises(SessionFaulted, match="could not write InputReceived"):
            await runtime.submit(InputReceived(text="\udcff"))


async def test_two_sends_with_one_id_in_a_block_that_fails_are_both_refused(tmp_path: Path) -> None:
    errors: list[BaseException] = []

    async def send(runtime: Runtime) -> None:
        try:
            await runtime.submit(InputReceived(text="\udcff", id="a", digest="d"))
        except (SessionFaulted, LogPoisoned) as error:
            errors.append(error)

    async with running(tmp_path / "s", Instructions(), Model(str(tmp_path / "s"))) as runtime:
        await runtime.until(lambda state: not state.main.pending.calls)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(send, runtime)
            tasks.start_soon(send, runtime)
    assert len(errors) == 2


async def test_a_call_cut_off_by_a_stop_stays_open_and_one_called_off_does_not(tmp_path: Path) -> None:
    for called_off, kinds in ((False, []), (True, ["model.failed"])):
        path = tmp_path / str(called_off)
        async with running(path, Instructions(), Model(str(path), hang=True)) as runtime:
            await runtime.submit(InputReceived(text="hi"))
            await runtime.until(lambda state: "model.requested" in state.main.pending.calls.values())
            if called_off:
                await runtime.submit(InputInterrupted(how="user"))
        assert [e.kind for e in log.read(str(path), kinds=["model.failed"])] == kinds


def test_recovery_performs_nothing_again_that_was_called_off(tmp_path: Path) -> None:
    asked, timer = PermissionAsked(request=1, name="Bash", arguments={}), TimerSet(delay_ms=1, purpose="retry")
    cases: tuple[tuple[Intent, Handler, type[Event]], ...] = (
        (asked, PermissionHandler(Headless(), str), PermissionAnswered),
        (timer, TimerHandler(), TimerFired),
    )
    for intent, handler, end in cases:
        assert recovery.end(str(tmp_path), 3, intent, handler, cancelled=False) is None
        assert isinstance(recovery.end(str(tmp_path), 3, intent, handler, cancelled=True), end)


def test_a_lost_call_has_the_price_of_what_it_had_used(tmp_path: Path) -> None:
    def price(model: str, provider: str, usage: Usage, at: datetime, base_url: str) -> tuple[int, str]:
        return usage.input, f"{provider} {model}"

    parameters = Parameters(max_tokens=1)
    intent = ModelRequested(
        purpose="turn", provider="anthropic", api="anthropic", model="m", parameters=parameters, attempt=1, digest=""
    )
    seen = ModelChunk(call=3, index=0, block=0, delta=UsageSeen(usage=Usage(input=7)))
    handler = ModelHandler(lambda intent: connect(intent, {}), BlobStore(str(tmp_path)), (), price, at_once=8)
    end = handler.end_lost(LostCall(3, intent, [seen]))
    assert (end.failure, end.usage.input, end.nusd, end.priced_by) == ("lost", 7, 7, "anthropic m")
