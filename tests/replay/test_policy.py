"""Verdicts in replay: compared under the policy that gave them, and taken as given, and said to be, under another."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from claw._native import POLICY_DIGEST
from claw.events.codec import Record, decode
from claw.events.session import SessionForked, SessionResumed, SessionStarted
from claw.replay import replay, report
from tests.replay.goldens import SESSIONS, golden, records, rewrite
from tests.replay.histories import HISTORIES, write
from tests.replay.test_verdicts import changed
from tools.replay import check

CLAW = str(Path(sys.executable).parent / "claw")
OTHER = "0" * 32


def policies(session: Path) -> set[str]:
    """The digests that a session names."""
    found = (decode(record).data for record in records(session))
    return {
        event.runtime.policy for event in found if isinstance(event, SessionStarted | SessionResumed | SessionForked)
    }


def under(
    policy: str, then: Callable[[Record], Record] = lambda record: record
) -> Callable[[list[Record]], list[Record]]:
    """The records as a claw with this policy would have written them, each changed further by `then`."""

    def one(record: Record) -> Record:
        payload = msgspec.msgpack.decode(record[7])
        if "runtime" in payload:
            record = changed(record, runtime=payload["runtime"] | {"policy": policy})
        return then(record)

    return lambda log: [one(record) for record in log]


def judged_otherwise(record: Record) -> Record:
    """Each verdict as a policy with other reasons would have told it."""
    if record[2] == "permission.evaluated":
        return changed(record, reason="It has always been so.", part="other", source="another")
    if record[2] == "permission.asked":
        return changed(record, reason="It has always been so.", part="other", suggestion="Bash(other)")
    return record


def with_rules_that_can_be_read(record: Record) -> Record:
    """Such new settings in the place of any."""
    if record[2] == "config.changed":
        config = msgspec.msgpack.decode(record[7])["config"]
        return changed(record, config=config | {"rules": []})
    return record


def with_verdicts() -> Path:
    return max((path for path in SESSIONS if path.parent.parent.name == "verdicts"), key=lambda path: path.name)


def verdicts_in(session: Path) -> int:
    return sum(record[2] == "permission.evaluated" for record in records(session))


def test_under_the_same_policy_a_verdict_that_differs_is_a_divergence(memory: Path) -> None:
    path = rewrite(with_verdicts(), memory, under(POLICY_DIGEST, judged_otherwise))
    found = replay(str(path)).divergence
    assert found is not None
    assert found.recorded_kind == "permission.evaluated"
    assert {difference.field for difference in found.differences} == {"reason", "part", "source"}


def test_under_another_policy_what_was_recorded_is_taken_and_said_to_be_unchecked(memory: Path) -> None:
    path = rewrite(golden("edit-with-diff"), memory, under(OTHER, judged_otherwise))
    result = replay(str(path))
    assert result.ok
    assert result.unchecked == verdicts_in(path) == 3
    assert "verdicts not checked" in report(result)
    assert f"claw permissions backtest {path.name}" in report(result)
    assert check.check(path).verdict == "unchecked"


def test_what_is_told_of_a_verdict_must_be_what_was_recorded(memory: Path) -> None:
    path = rewrite(with_verdicts(), memory, under(OTHER, judged_otherwise))
    found = replay(str(path)).divergence
    assert found is not None, "the model was told another reason for a denial"
    assert found.recorded_kind == "model.requested"


def test_what_follows_from_a_verdict_is_decided_again(memory: Path) -> None:
    """A start where the recorded verdict was a no is a divergence under any policy."""

    def denied(record: Record) -> Record:
        return changed(record, verdict="deny") if record[2] == "permission.evaluated" else record

    path = rewrite(with_verdicts(), memory, under(OTHER, denied))
    found = replay(str(path)).divergence
    assert found is not None
    assert found.recorded_kind in ("hook.requested", "tool.started")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("permission.evaluated", {"mode": "plan"}),
        ("permission.evaluated", {"digest": "00"}),
        ("permission.asked", {"name": "Other"}),
        ("tool.started", {"arguments": {"command": "id"}}),
    ],
)
def test_what_no_policy_says_is_compared_under_any(kind: str, fields: dict[str, Any], memory: Path) -> None:
    source = with_verdicts()
    seq = next(record[0] for record in records(source) if record[2] == kind)
    path = rewrite(source, memory, under(OTHER, lambda r: changed(r, **fields) if r[0] == seq else r))
    found = replay(str(path)).divergence
    assert found is not None
    assert found.seq == seq


def test_a_session_without_verdicts_passes_whatever_policy_wrote_it(memory: Path) -> None:
    path = rewrite(golden("plain-answer"), memory, under(OTHER))
    assert verdicts_in(path) == 0
    assert check.check(path).verdict == "same"


def test_the_command_says_it_too_and_names_what_judges_the_difference(memory: Path) -> None:
    path = rewrite(golden("edit-with-diff"), memory, under(OTHER))
    done = subprocess.run([CLAW, "replay", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "verdicts not checked: another policy than this claw's reached 3 of them" in done.stdout
    again = subprocess.run([CLAW, "permissions", "backtest", str(path)], capture_output=True, text=True, check=False)
    assert again.stdout == "3 calls: 0 would be judged otherwise, 0 unknown\n"


def test_both_sides_of_the_behaviour_have_a_golden() -> None:
    kept = set().union(*map(policies, SESSIONS))
    assert "" in kept, "behaviour policy 1"
    assert kept - {""}, "behaviour policy 2"


def test_the_policy_of_today_has_its_recording() -> None:
    """Else no recorded verdict holds it: `python -m tools.replay record verdicts --add`."""
    assert POLICY_DIGEST in policies(with_verdicts())


@pytest.mark.parametrize("name", ["where_policy_fails", "where_policy_fails_after_the_question"])
def test_that_policy_failed_is_compared_under_the_same_one_and_taken_as_recorded_under_another(
    name: str, memory: Path
) -> None:
    session = write(HISTORIES[name](), memory / "00000000-0000-0000-0000-000000000001")
    assert replay(str(session)).ok
    (memory / "otherwise").mkdir()
    assert replay(str(rewrite(session, memory / "otherwise", under(OTHER, with_rules_that_can_be_read)))).ok
    (memory / "same").mkdir()
    found = replay(str(rewrite(session, memory / "same", under(POLICY_DIGEST, with_rules_that_can_be_read)))).divergence
    assert found is not None
    assert found.recorded_kind == "permission.evaluated"
