"""What replay says of a log that it cannot pass, and with which exit code."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from claw.events.base import DERIVED, DURABLE, SKIPPABLE
from claw.events.codec import Record, decode
from claw.replay import replay, report
from tests.replay.goldens import SESSIONS, golden, records, rewrite
from tools.replay import check

CLAW = str(Path(sys.executable).parent / "claw")


def changed(record: Record, **fields: Any) -> Record:
    """The record with these fields of its payload changed."""
    payload = msgspec.msgpack.decode(record[7]) | fields
    return (*record[:7], msgspec.msgpack.encode(payload))


def with_one(seq: int, change: Callable[[Record], Record]) -> Callable[[list[Record]], list[Record]]:
    return lambda log: [change(record) if record[0] == seq else record for record in log]


def seq_of(session: Path, kind: str) -> int:
    return next(record[0] for record in records(session) if record[2] == kind)


def diverging(memory: Path) -> tuple[Path, int]:
    """A session whose first retry waited another time than claw decides."""
    source = golden("retry-529")
    seq = seq_of(source, "timer.set")
    return rewrite(source, memory, with_one(seq, lambda record: changed(record, delay_ms=1))), seq


def test_an_intents_delay_is_compared_and_the_report_says_all(memory: Path) -> None:
    path, seq = diverging(memory)
    result = replay(str(path))
    found = result.divergence
    assert found is not None
    assert (found.seq, found.recorded_kind, found.derived_kind) == (seq, "timer.set", "timer.set")
    (difference,) = found.differences
    assert (difference.field, difference.recorded) == ("delay_ms", 1)
    assert [kind for _, kind in found.causes][:3] == ["timer.set", "model.failed", "model.requested"]
    text = report(result)
    assert f"event {seq} diverges" in text
    assert f"claw show {path.name}@{seq}" in text


def test_the_first_of_many_differences_is_the_one_reported(memory: Path) -> None:
    source = golden("retry-529")
    path = rewrite(
        source,
        memory,
        lambda log: [changed(record, delay_ms=1) if record[2] == "timer.set" else record for record in log],
    )
    found = replay(str(path)).divergence
    assert found is not None
    assert found.seq == seq_of(source, "timer.set")


PLANTED: list[tuple[str, str, dict[str, Any]]] = [
    ("permission-asked", "permission.evaluated", {"mode": "marzipan"}),
    ("permission-asked", "permission.asked", {"arguments": {"command": "marzipan"}}),
    ("permission-asked", "tool.started", {"arguments": {"marzipan": 1}}),
    ("edit-with-diff", "tool.requested", {"name": "marzipan"}),
    ("edit-with-diff", "turn.finished", {"reason": "marzipan"}),
    ("compaction", "context.compacted", {"summary": "marzipan"}),
]


@pytest.mark.parametrize(("name", "kind", "fields"), PLANTED)
def test_without_content_no_word_of_the_session_is_said(
    name: str, kind: str, fields: dict[str, Any], memory: Path
) -> None:
    source = golden(name)
    seq = seq_of(source, kind)
    path = rewrite(source, memory, with_one(seq, lambda record: changed(record, **fields)))
    details = check.check(path, content=False).details
    assert f"event {seq} " in details
    assert "marzipan" not in details
    done = subprocess.run([CLAW, "replay", "--no-content", str(path)], capture_output=True, text=True, check=False)
    assert f"event {seq} " in done.stdout + done.stderr
    assert "marzipan" not in done.stdout + done.stderr


def test_without_content_no_word_of_a_failure_of_decide_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(state: object, observed: object, verdicts: object) -> None:
        raise KeyError("marzipan")

    monkeypatch.setattr("claw.replay.take", failing)
    result = replay(str(golden("plain-answer")))
    assert "KeyError" in report(result, content=False)
    assert "marzipan" in report(result)
    assert "marzipan" not in report(result, content=False)


def test_with_content_the_words_are_said(memory: Path) -> None:
    source = golden("edit-with-diff")
    seq = seq_of(source, "tool.requested")
    path = rewrite(source, memory, with_one(seq, lambda record: changed(record, name="marzipan")))
    assert "marzipan" in report(replay(str(path)))


def test_a_missing_record_is_a_failure(memory: Path) -> None:
    """Whatever observed event of a finished session is cut out, replay cannot pass by accident."""
    source = golden("parallel-tools")
    silent = {"model.chunk", "tool.output", "session.ended"}
    for gone in (record for record in records(source) if not record[6] & DERIVED and record[2] not in silent):
        path = rewrite(source, memory, lambda log: [record for record in log if record[0] != gone[0]])  # noqa: B023
        assert check.check(path).verdict in ("diverges", "damaged"), gone[:3]
        shutil.rmtree(path)


def test_a_log_of_behaviour_that_this_claw_does_not_have_needs_another(memory: Path) -> None:
    source = golden("plain-answer")

    def future(record: Record) -> Record:
        runtime = msgspec.msgpack.decode(record[7])["runtime"]
        return changed(record, runtime=runtime | {"claw": "9.9", "behaviours": runtime["behaviours"] | {"retry": 99}})

    path = rewrite(source, memory, with_one(0, future))
    result = replay(str(path))
    assert not result.ok
    assert result.divergence is None
    assert result.needs == ["retry 99"]
    assert "needs another claw" in report(result)
    assert "9.9" in report(result)
    assert check.check(path).verdict == "other claw"
    assert replayed_by_command(path).returncode == 1


def test_a_resume_by_a_claw_that_decides_otherwise_needs_another_from_there_on(memory: Path) -> None:
    source = golden("killed-in-tool")
    seq = seq_of(source, "session.resumed")

    def future(record: Record) -> Record:
        runtime = msgspec.msgpack.decode(record[7])["runtime"]
        return changed(record, runtime=runtime | {"behaviours": runtime["behaviours"] | {"tools": 99}})

    result = replay(str(rewrite(source, memory, with_one(seq, future))))
    assert result.needs == ["tools 99"]
    assert result.events == seq


@pytest.mark.parametrize(
    ("flags", "verdict"), [(DURABLE, "newer"), (DURABLE | SKIPPABLE, "same")], ids=["needed", "skippable"]
)
def test_an_unknown_fact_is_of_a_newer_claw_unless_it_may_be_skipped(flags: int, verdict: str, memory: Path) -> None:
    source = golden("plain-answer")
    end = records(source)[-1]
    fact = (end[0] + 1, end[1], "dream.dreamt", 1, 0, None, flags, msgspec.msgpack.encode({"kind": "dream.dreamt"}))
    path = rewrite(source, memory, lambda log: [*log, fact])
    checked = check.check(path)
    assert checked.verdict == verdict, checked.details
    if verdict == "newer":
        assert "newer claw" in checked.details
        assert replayed_by_command(path).returncode == 1


def test_a_log_that_does_not_verify_is_not_replayed(memory: Path) -> None:
    path = memory / golden("plain-answer").name
    shutil.copytree(golden("plain-answer"), path)
    segment = next(path.glob("*.seg"))
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    assert check.check(path).verdict == "damaged"
    done = replayed_by_command(path)
    assert done.returncode == 9
    assert "Traceback" not in done.stderr


def replayed_by_command(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([CLAW, "replay", str(path)], capture_output=True, text=True, check=False)


# --- python -m tools.replay -----------------------------------------------------------------------------------------


def checked(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.replay", "check", *arguments]
    root = Path(check.__file__).parent.parent.parent
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_the_checker_passes_the_golden_sessions() -> None:
    done = checked()
    assert done.returncode == 0, done.stdout
    unchecked = sum(check.check(session).verdict == "unchecked" for session in SESSIONS)
    same = len(SESSIONS) - unchecked
    assert f"{same} of {len(SESSIONS)} sessions the same, {unchecked} the same with verdicts not checked" in done.stdout


def test_the_checker_names_what_diverges_and_exits_8(memory: Path) -> None:
    path, seq = diverging(memory)
    shutil.copytree(golden("plain-answer"), memory / golden("plain-answer").name)
    done = checked(str(memory))
    assert done.returncode == 8
    assert f"event {seq} diverges" in done.stdout
    assert "1 of 2 sessions the same" in done.stdout
    assert path.name in done.stdout


def test_damage_outranks_divergence(memory: Path) -> None:
    diverging(memory)
    path = memory / golden("plain-answer").name
    shutil.copytree(golden("plain-answer"), path)
    segment = next(path.glob("*.seg"))
    segment.write_bytes(segment.read_bytes()[:3000])
    assert checked(str(memory)).returncode == 9


def test_the_checker_says_what_it_did_not_find(tmp_path: Path) -> None:
    assert checked(str(tmp_path)).returncode == 1
    assert checked(str(tmp_path / "nowhere")).returncode == 2


def test_every_record_of_a_golden_session_decodes() -> None:
    for session in SESSIONS:
        for record in records(session):
            assert decode(record).kind == record[2]
