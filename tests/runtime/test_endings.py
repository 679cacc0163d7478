"""However a session's loop ends, nobody waits for it for ever."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import anyio
import pytest

from claw import log
from claw.errors import LogPoisoned, SessionFaulted
from claw.events.base import Envelope
from claw.events.control import TimerFired, TimerSet
from claw.events.input import InputInterrupted, InputReceived
from claw.events.model import ModelRequested
from claw.events.permission import PermissionAnswered, PermissionAsked
from claw.events.request import Parameters
from claw.recovery import ending
from claw.runtime import Runtime
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
    await runtime.until(lambda state: state.main.pending.quiet)


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
    for intent, end in ((asked, PermissionAnswered), (timer, TimerFired)):
        assert ending(str(tmp_path), 3, intent, cancelled=False) is None
        assert isinstance(ending(str(tmp_path), 3, intent, cancelled=True), end)


async def test_a_lost_call_has_the_price_of_what_it_had_used(tmp_path: Path) -> None:
    async with running(tmp_path / "s", Instructions(), Model(str(tmp_path / "s"), hang=True)) as runtime:
        await runtime.submit(InputReceived(text="hi"))
        await runtime.until(lambda state: "model.requested" in state.main.pending.calls.values())
    name = "claude-sonnet-4-5"
    parameters = Parameters(max_tokens=1)
    intent = ModelRequested(
        purpose="turn", provider="anthropic", api="anthropic", model=name, parameters=parameters, attempt=1, digest=""
    )
    (envelope,) = log.read(str(tmp_path / "s"), kinds=["model.requested"])
    end = ending(str(tmp_path / "s"), envelope.seq, intent, cancelled=False)
    assert end is not None
    assert end.nusd == 0  # type: ignore[attr-defined]
