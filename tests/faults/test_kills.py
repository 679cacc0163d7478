"""`kill -9` at random moments, more than a hundred times, by the real entry point; thousands by `make campaign`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from claw import log
from claw._native import LogWriter
from claw.events import codec
from claw.events.tool import ToolStarted
from tests.pure.drive import BASH, Drive
from tools.campaign import checks
from tools.campaign.checks import Broken
from tools.campaign.scenario import EFFECTS
from tools.campaign.together import together

KILLS = int(os.environ.get("CLAW_KILLS", "125"))
SEED = int(os.environ.get("CLAW_SEED", "20"))
JOBS = min(4, os.cpu_count() or 1)


def test_nothing_acknowledged_is_lost_and_nothing_runs_twice(tmp_path: Path) -> None:
    tally = together(tmp_path, KILLS, SEED, JOBS, lambda _: None)
    assert tally.kills == KILLS
    assert tally.sessions > 1
    assert len(tally.where) > 5, f"the kills did not spread: {tally.where}"


# --- the checks themselves can fail ----------------------------------------------------------------------------------


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Path, list[bytes]]:
    """A log, and its events as they were told."""
    drive = Drive()
    drive.say()
    path = tmp_path / "01901234-5678-7abc-8def-0123456789ab"
    writer = LogWriter.create(str(path), session=bytes.fromhex(path.name.replace("-", "")))
    log.append(writer, drive.log[:-1], durable=True)
    log.append(writer, drive.log[-1:], durable=True)
    writer.close()
    return path, [codec.json_line(event) for event in drive.log]


def test_a_lost_event_is_noticed(recorded: tuple[Path, list[bytes]]) -> None:
    path, told = recorded
    checks.nothing_is_lost(path, told[:-1])
    with pytest.raises(Broken, match="were told"):
        checks.nothing_is_lost(path, [*told, told[-1]])


def test_a_changed_event_is_noticed(recorded: tuple[Path, list[bytes]]) -> None:
    path, told = recorded
    with pytest.raises(Broken, match="event 1 is not what was told"):
        checks.nothing_is_lost(path, [told[0], told[1].replace(b'"agent":0', b'"agent":1'), *told[2:]])


def test_a_damaged_log_is_noticed(recorded: tuple[Path, list[bytes]]) -> None:
    path, told = recorded
    segment = path / "00000001.seg"
    content = bytearray(segment.read_bytes())
    content[1200] ^= 1
    segment.write_bytes(content)
    with pytest.raises(Broken, match="does not verify"):
        checks.nothing_is_lost(path, told)


def test_a_second_effect_is_noticed(tmp_path: Path) -> None:
    event = ToolStarted(request=1, name=BASH.name, arguments={"command": f"echo one >>{EFFECTS}"})
    events = [codec.envelop(event, seq=2, ts=0, agent=0, cause=1)]
    (tmp_path / EFFECTS).write_text("one\n")
    checks.nothing_ran_twice(tmp_path, events)
    (tmp_path / EFFECTS).write_text("one\none\n")
    with pytest.raises(Broken, match="ran twice"):
        checks.nothing_ran_twice(tmp_path, events)
    (tmp_path / EFFECTS).write_text("one\ntwo\n")
    with pytest.raises(Broken, match="never started"):
        checks.nothing_ran_twice(tmp_path, events)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    environ = {**os.environ, checks.MARK: "some world:3"}
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env=environ) as process:
        yield process
        process.kill()


def test_a_process_of_an_earlier_run_is_noticed(sleeper: subprocess.Popen[bytes]) -> None:
    assert checks.survivors("some world", 3) == []
    assert checks.survivors("another world", 4) == []
    assert checks.survivors("some world", 4) == [f"{sleeper.pid} of run some world:3"]
