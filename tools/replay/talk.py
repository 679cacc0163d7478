"""A person at the terminal, played: lines to a session, answers to its questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager

import anyio

from claw import session
from claw.events.base import Envelope
from claw.events.codec import json_line
from claw.events.control import LimitAsked
from claw.events.permission import Mode, PermissionAsked
from claw.events.question import Choices, PlanProposed, QuestionAsked
from claw.handlers.permission import Answers, Reply, Review
from claw.session import Session
from claw.session.config import Options
from claw.session.schedules import Scheduler
from tools.replay.golden import Answer, Command, Configure, Line, Moment, Rename, Say, Tag, Talk, Wait
from tools.replay.stage import PATIENCE, RecordingFailed, Stage


class Person:
    """Answers questions in order. Implements `Asker`."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = list(answers)

    async def go_on(self, question: LimitAsked) -> int | None:
        return None

    async def ask(self, question: PermissionAsked) -> Reply:
        answer = self._answers.pop(0)
        if answer.wait:
            await anyio.sleep_forever()
        return Reply(allowed=answer.allowed, scope=answer.scope, reason=answer.reason)

    async def answer(self, questions: QuestionAsked) -> Answers:
        answer = self._answers.pop(0)
        if answer.wait:
            await anyio.sleep_forever()
        if not answer.allowed:
            return Answers(how="declined", reason=answer.reason)
        return Answers(answers=tuple(Choices(chosen=(one,)) for one in answer.choose))

    async def review(self, proposed: PlanProposed, modes: Sequence[Mode]) -> Review:
        answer = self._answers.pop(0)
        if answer.wait:
            await anyio.sleep_forever()
        return Review(accepted=answer.allowed, mode=answer.mode, edited=answer.edited, reason=answer.reason)

    @property
    def left(self) -> int:
        return len(self._answers)


def talk(stage: Stage, act: Talk, environ: Mapping[str, str]) -> None:
    """Hold the whole conversation. Raises RecordingFailed, ClawError."""
    anyio.run(_talk, stage, act, environ)


async def _talk(stage: Stage, act: Talk, environ: Mapping[str, str]) -> None:
    person = Person(act.answers)
    async with _opened(stage, act, environ, person) as opened, anyio.create_task_group() as beside:
        beside.start_soon(Scheduler(opened, environ, _complain).run)
        alarms = [_Alarm(line.until if isinstance(line, Wait) else None) for line in act.lines]
        for alarm in alarms:
            opened.subscribe(alarm.see)
        await opened.settled()
        for line, alarm in zip(act.lines, alarms, strict=True):
            await _enter(opened, line, alarm)
        beside.cancel_scope.cancel()
    if person.left:
        raise RecordingFailed(f"{person.left} answers were not asked for")


def _opened(
    stage: Stage, act: Talk, environ: Mapping[str, str], person: Person
) -> AbstractAsyncContextManager[Session]:
    if act.resume:
        options = Options(workspace=str(stage.workspace), environ=environ, allowed=act.allowed, mode=act.mode)
        return session.resumed(stage.home, str(stage.last_session()), options, person)
    options = Options(
        workspace=str(stage.workspace), environ=environ, allowed=act.allowed, mode=act.mode, model=act.model
    )
    return session.started(stage.home, options, person)


def _complain(problem: str) -> None:
    raise RecordingFailed(problem)


async def _enter(opened: Session, line: Line, alarm: _Alarm) -> None:
    match line:
        case Say():
            await _say(opened, line)
        case Command():
            await opened.command(line.name, line.argument)
        case Configure():
            await opened.configure(model=line.model, mode=line.mode)
        case Rename():
            await opened.rename(line.name)
        case Tag():
            await opened.tag(line.tags.split())
        case Wait():
            await alarm.ring()
    end = await opened.settled()
    if isinstance(line, Say) and (end is None or end.reason != line.end):
        raise RecordingFailed(f"{line.text!r} was to end {line.end}: {end}")


async def _say(opened: Session, line: Say) -> None:
    interrupt = _Alarm(line.interrupt)
    second = _Alarm(line.at)
    opened.subscribe(interrupt.see)
    opened.subscribe(second.see)
    await _give(opened, line.text)
    if line.at is not None:
        await second.ring()
        if line.beside:
            await opened.aside(line.meanwhile)
            return
        await (opened.tell(line.to, line.meanwhile) if line.to else _give(opened, line.meanwhile, waits=line.waits))
    if line.interrupt is not None:
        await interrupt.ring()
        await (opened.stop(line.to) if line.to else opened.interrupt("user"))


async def _give(opened: Session, text: str, *, waits: bool = False) -> int:
    if text.startswith("!"):
        return await opened.shell(text[1:])
    return (await opened.enter(text, waits=waits)).seq


class _Alarm:
    """Goes off when its moment has come."""

    def __init__(self, moment: Moment | None) -> None:
        self._moment = moment
        self._count = 0
        self._came = anyio.Event()

    def see(self, envelopes: Sequence[Envelope]) -> None:
        moment = self._moment
        if moment is None:
            return
        hits = [one for one in envelopes if one.kind == moment.kind and moment.holding in json_line(one).decode()]
        self._count += len(hits)
        if self._count >= moment.count:
            self._came.set()

    async def ring(self) -> None:
        with anyio.fail_after(PATIENCE):
            await self._came.wait()
