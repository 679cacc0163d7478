"""The recorded sessions: each verifies, and every decision in it comes out as it was recorded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from claw import log
from claw.events.codec import json_line
from claw.replay import replay
from tests.replay.goldens import SESSIONS, title
from tools.replay import golden
from tools.replay.check import check
from tools.replay.golden import GOLDENS

LARGEST = 128_000
OF_A_MACHINE = re.compile(r"(?<![\w.~])/(?:root|home|Users|work|mnt|var)/|\.venv|sk-ant-|sk-proj-")


@pytest.mark.parametrize("session", SESSIONS, ids=title)
def test_a_golden_session_verifies_and_replays(session: Path) -> None:
    checked = check(session)
    assert checked.verdict in ("same", "unchecked"), checked.details
    assert checked.events == sum(1 for _ in log.read(str(session)))


def test_replay_compares_every_derived_event() -> None:
    for session in SESSIONS:
        derived = sum(envelope.derived for envelope in log.read(str(session)))
        assert replay(str(session)).derived == derived > 0


@pytest.mark.parametrize("name", golden.names())
def test_a_golden_is_defined_recorded_and_told_of(name: str) -> None:
    assert golden.load(name).about
    assert golden.is_recorded(name)
    assert f"`{name}`" in (GOLDENS / "README.md").read_text()


def test_every_recorded_session_belongs_to_a_golden() -> None:
    assert {session.parent.parent.name for session in SESSIONS} == set(golden.names())


@pytest.mark.parametrize("name", golden.names())
def test_a_golden_holds_the_record_and_nothing_else(name: str) -> None:
    files = [file for file in (GOLDENS / name).rglob("*") if file.is_file()]
    strange = [
        file
        for file in files
        if file.suffix != ".seg" and file.name != "golden.json" and file.parent.parent.name != "blobs"
    ]
    assert strange == []


@pytest.mark.parametrize("session", SESSIONS, ids=title)
def test_a_golden_session_is_small(session: Path) -> None:
    assert sum(file.stat().st_size for file in session.rglob("*") if file.is_file()) < LARGEST


@pytest.mark.parametrize("session", SESSIONS, ids=title)
def test_a_golden_says_nothing_of_a_machine_or_a_key(session: Path) -> None:
    for envelope in log.read(str(session)):
        line = json_line(envelope).decode()
        assert OF_A_MACHINE.search(line) is None, line
