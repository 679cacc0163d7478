"""Which points can be forked, and that one damaged session does not hide the others."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest

from claw import log, session
from claw._native import LogWriter, new_session_id
from claw.errors import SessionNotFound, UsageError
from claw.events.base import Envelope
from claw.events.codec import envelop
from claw.events.input import InputReceived
from claw.events.session import SessionFaulted
from claw.log import Home
from tests.pure.drive import Drive


def write(home: Home, envelopes: list[Envelope], name: str = "") -> Path:
    raw = new_session_id(len(list(home.sessions.glob("*"))) + 1)
    path = home.session_path(str(uuid.UUID(bytes=raw)))
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = LogWriter.create(str(path), session=raw)
    log.append(writer, envelopes, durable=True)
    writer.close()
    return path


def answered() -> Drive:
    drive = Drive()
    drive.say()
    drive.reply("hi")
    return drive


def faulted() -> list[Envelope]:
    """The third input was never decided."""
    drive = answered()
    seq = len(drive.log)
    text = envelop(InputReceived(text="more"), seq=seq, ts=9_000, agent=0, cause=None)
    fault = envelop(SessionFaulted(error="no"), seq=seq + 1, ts=9_000, agent=0, cause=seq)
    return [*drive.log, text, fault]


def test_what_claw_failed_on_cannot_be_forked_and_what_was_before_it_can(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = write(home, faulted())
    tip = log.tip(str(path))
    for address in (path.name, f"{path.name}@{tip}", f"{path.name}@{tip - 1}"):
        at = log.fork_point(str(path), log.parse_address(address))
        with pytest.raises(UsageError, match="claw failed on event") as raised:
            session.fork(home, str(path), at)
        assert raised.value.hint == f"claw fork {path.name}@{tip - 1}^"
    before = log.fork_point(str(path), log.parse_address(f"{path.name}@{tip - 1}^"))
    made = session.fork(home, str(path), before)
    assert [event.kind for event in log.read(str(home.session_path(made)), before + 1)] == ["session.forked"]


def test_before_the_first_event_there_is_nothing_to_fork(tmp_path: Path) -> None:
    path = write(Home(tmp_path), answered().log)
    for seq in (0, 1):
        with pytest.raises(UsageError, match="nothing before the first event"):
            log.fork_point(str(path), log.parse_address(f"{path.name}@{seq}^"))


def test_a_fork_point_is_the_end_of_a_step(tmp_path: Path) -> None:
    path = write(Home(tmp_path), answered().log)
    for envelope in log.read(str(path)):
        at = log.fork_point(str(path), log.parse_address(f"{path.name}@{envelope.seq}"))
        following = list(log.read(str(path), at + 1, at + 2))
        assert at >= envelope.seq
        assert not following or not following[0].derived


def test_a_damaged_session_neither_hides_the_others_nor_is_passed_over(tmp_path: Path) -> None:
    home = Home(tmp_path)
    whole, damaged = write(home, answered().log), write(home, answered().log)
    segment = next(damaged.glob("*.seg"))
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 0xFF
    segment.write_bytes(data)
    os.utime(segment, ns=(1, 1))
    assert log.find(home, "@last") == whole
    os.utime(segment, ns=(2**62, 2**62))
    assert log.find(home, "@last") == damaged
    with pytest.raises(SessionNotFound):
        log.find(home, "a-name")
    assert log.find(home, damaged.name) == damaged


def test_a_fork_without_an_event_of_its_own_counts_as_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = write(home, answered().log)
    raw = new_session_id(99)
    child = home.session_path(str(uuid.UUID(bytes=raw)))
    LogWriter.fork(str(child), session=raw, parent=str(path), at=log.tip(str(path))).close()
    assert not log.has_events(str(child))
    assert log.find(home, "@last") == path
