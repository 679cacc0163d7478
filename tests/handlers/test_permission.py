"""Questions are put one at a time, in order, and always answered."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import anyio
import pytest

from claw.events.base import Event
from claw.events.control import LimitAsked
from claw.events.input import InputInterrupted
from claw.events.permission import PermissionAnswered, PermissionAsked, RuleSaved, RuleSaveRequested
from claw.handlers.base import Call
from claw.handlers.permission import Headless, PermissionHandler, Reply
from claw.handlers.rules import RuleSaveHandler

pytestmark = pytest.mark.anyio


def asked(name: str = "Bash") -> PermissionAsked:
    return PermissionAsked(request=1, name=name, arguments={})


def hidden(text: str) -> str:
    return text.replace("hunter2", "***")


class Person:
    """Answers when told to; remembers what was asked, and how many questions stood at once."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.open = 0
        self.most = 0
        self.gate = anyio.Event()

    async def go_on(self, question: LimitAsked) -> int | None:
        return None

    async def ask(self, question: PermissionAsked) -> Reply:
        self.seen.append(question.name)
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await self.gate.wait()
            await anyio.lowlevel.checkpoint()
        finally:
            self.open -= 1
        return Reply(allowed=True, scope="session", reason=question.name)


async def answer(handler: PermissionHandler, events: list[Event], seq: int, name: str = "Bash") -> None:
    await handler.perform(Call(seq, asked(name), events.append))


async def test_the_answer_is_reported() -> None:
    person, events = Person(), list[Event]()
    person.gate.set()
    await answer(PermissionHandler(person, hidden), events, 7)
    assert events == [PermissionAnswered(call=7, allowed=True, how="person", scope="session", reason="Bash")]


async def test_a_no_that_stops_the_other_calls_is_a_no_and_then_an_interruption() -> None:
    class Stopping:
        async def go_on(self, question: LimitAsked) -> int | None:
            return None

        async def ask(self, question: PermissionAsked) -> Reply:
            return Reply(allowed=False, halt=True)

    events: list[Event] = []
    await answer(PermissionHandler(Stopping(), hidden), events, 7)
    assert events == [PermissionAnswered(call=7, allowed=False, how="person"), InputInterrupted(how="user")]


async def test_a_secret_in_a_reason_is_not_written_down() -> None:
    person, events = Person(), list[Event]()
    person.gate.set()
    await answer(PermissionHandler(person, hidden), events, 7, "use hunter2")
    (event,) = events
    assert isinstance(event, PermissionAnswered)
    assert event.reason == "use ***"


async def test_without_anyone_to_ask_the_answer_is_no() -> None:
    events: list[Event] = []
    await answer(PermissionHandler(Headless(), hidden), events, 7)
    (event,) = events
    assert isinstance(event, PermissionAnswered)
    assert (event.allowed, event.how, event.scope) == (False, "headless", "once")
    assert "Bash" in event.reason


async def test_questions_are_put_one_at_a_time_in_order_of_seq() -> None:
    person, events = Person(), list[Event]()
    handler = PermissionHandler(person, hidden)
    async with anyio.create_task_group() as group:
        for seq in (5, 3, 9, 4):
            group.start_soon(answer, handler, events, seq, f"q{seq}")
        await anyio.wait_all_tasks_blocked()
        assert person.seen == ["q3"]
        person.gate.set()
    assert person.seen == ["q3", "q4", "q5", "q9"]
    assert person.most == 1
    assert [event.call for event in events if isinstance(event, PermissionAnswered)] == [3, 4, 5, 9]


@pytest.mark.parametrize("which", [3, 4, 5])
async def test_a_withdrawn_question_makes_way_for_the_next(which: int) -> None:
    person, events = Person(), list[Event]()
    handler = PermissionHandler(person, hidden)
    scopes = {seq: anyio.CancelScope() for seq in (3, 4, 5)}

    async def one(seq: int) -> None:
        with scopes[seq]:
            await answer(handler, events, seq, f"q{seq}")

    async with anyio.create_task_group() as group:
        for seq in scopes:
            group.start_soon(one, seq)
        await anyio.wait_all_tasks_blocked()
        scopes[which].cancel()
        await anyio.wait_all_tasks_blocked()
        assert events == [PermissionAnswered(call=which, allowed=False, how="withdrawn")]
        person.gate.set()
    ended = [event for event in events if isinstance(event, PermissionAnswered)]
    assert sorted(event.call for event in ended) == [3, 4, 5]
    assert [event.allowed for event in ended] == [False, True, True]
    assert person.most == 1


async def test_one_that_is_withdrawn_in_the_moment_of_its_turn_blocks_nobody() -> None:
    person, events = Person(), list[Event]()
    handler = PermissionHandler(person, hidden)
    first = asyncio.ensure_future(answer(handler, events, 1))
    second = asyncio.ensure_future(answer(handler, events, 2))
    third = asyncio.ensure_future(answer(handler, events, 3))
    await anyio.wait_all_tasks_blocked()
    first.cancel()
    second.cancel()
    person.gate.set()
    await third
    assert await asyncio.gather(first, second, return_exceptions=True)
    assert {(event.call, event.allowed) for event in events if isinstance(event, PermissionAnswered)} == {
        (1, False),
        (2, False),
        (3, True),
    }


async def test_an_asker_that_fails_has_not_said_yes() -> None:
    class Broken:
        async def go_on(self, question: LimitAsked) -> int | None:
            return None

        async def ask(self, question: PermissionAsked) -> Reply:
            raise EOFError("no terminal")

    events: list[Event] = []
    handler = PermissionHandler(Broken(), hidden)
    await answer(handler, events, 1)
    await answer(handler, events, 2)
    assert [(event.call, event.allowed, event.reason) for event in events if isinstance(event, PermissionAnswered)] == [
        (1, False, "Asking failed: EOFError: no terminal"),
        (2, False, "Asking failed: EOFError: no terminal"),
    ]


async def saved(path: Path, rule: str) -> RuleSaved:
    events: list[Event] = []
    await RuleSaveHandler(path).perform(Call(5, RuleSaveRequested(rule=rule), events.append))
    (event,) = events
    assert isinstance(event, RuleSaved)
    assert (event.call, event.path) == (5, str(path))
    return event


async def test_a_rule_is_saved_once_however_often_it_is_repeated(tmp_path: Path) -> None:
    path = tmp_path / ".claude/settings.json"
    for _ in range(2):
        assert (await saved(path, "Bash(git log:*)")).error == ""
    assert json.loads(path.read_text()) == {"permissions": {"allow": ["Bash(git log:*)"]}}


async def test_a_rule_that_cannot_be_saved_is_said(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{broken")
    assert "settings.json:1" in (await saved(tmp_path / "settings.json", "Edit")).error
    (tmp_path / "file").write_text("")
    assert "cannot be written" in (await saved(tmp_path / "file/settings.json", "Edit")).error
