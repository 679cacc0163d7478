"""Replay bites: whatever single field of a decision is changed in a log whose chain holds, it names that event.

A session may have hundreds of decisions of one kind: here each field of a kind is changed where it comes first, where
it comes next and where it comes last, and everywhere in the long run (CLAW_FUZZ=long).
"""

from __future__ import annotations

import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from claw._native import POLICY_DIGEST
from claw.errors import EventInvalid, LogTooNew
from claw.events.base import DERIVED
from claw.events.codec import Record, decode
from claw.events.kinds import KINDS
from claw.events.session import SessionForked, SessionResumed, SessionStarted
from claw.events.upcasting import added_since
from claw.replay import replay
from tests.replay import mutations
from tests.replay.goldens import SESSIONS, first_own, records, rewrite, title

LONG = os.environ.get("CLAW_FUZZ") == "long"

VERDICTS = {
    "permission.evaluated": ("verdict", "rule", "source", "part", "reason", "segments", "read_only"),
    "permission.asked": ("suggestion", "wider"),
    "tool.started": ("exclude", "sandbox", "denied"),
}
"""What policy says: taken as recorded where another one said it."""


def changes(record: Record, *, checked: bool) -> Iterator[tuple[str, Record]]:
    """All records that differ from this one in one field that its version had; `checked`: verdicts too."""
    left_out = {*added_since(record[2], record[3]), *(() if checked else VERDICTS.get(record[2], ()))}
    for field, payload in mutations.of_payload(decode(record).data):
        if re.split(r"[.\[ ]", field)[0] not in left_out:
            yield field, (*record[:7], payload)
    yield from mutations.of_header(record)


def tried(session: Path) -> Iterator[tuple[str, Record]]:
    """The changes of this session's decisions."""
    same_policy = checked(session)
    alike: defaultdict[tuple[str, str], list[Record]] = defaultdict(list)
    for target in decisions(session):
        for field, changed in changes(target, checked=same_policy[target[0]]):
            alike[target[2], field].append(changed)
    for (_, field), all_changed in alike.items():
        few = {changed[0]: changed for changed in (*all_changed[:2], all_changed[-1])}.values()
        yield from ((field, changed) for changed in (all_changed if LONG else few))


def checked(session: Path) -> dict[int, bool]:
    """For each event of a session whether the policy of this claw was the one that recorded it."""
    same: dict[int, bool] = {}
    now = True
    for record in records(session):
        match decode(record).data:
            case SessionStarted(runtime=runtime) | SessionResumed(runtime=runtime) | SessionForked(runtime=runtime):
                now = runtime.policy == POLICY_DIGEST
        same[record[0]] = now
    return same


def named_by_replay(path: Path) -> int | None:
    """The event that replay finds fault with; a log whose chain does not hold is an error."""
    try:
        result = replay(str(path))
    except (EventInvalid, LogTooNew) as error:
        return int(error.message.removeprefix("event ").split()[0])
    return result.divergence.seq if result.divergence else None


def decisions(session: Path) -> list[Record]:
    """The session's own derived records, as they are on disk."""
    return [record for record in records(session)[first_own(session) :] if record[6] & DERIVED]


DECIDED = [session for session in SESSIONS if decisions(session)]


def test_every_kind_of_decision_is_in_a_golden_session() -> None:
    recorded = {record[2] for session in SESSIONS for record in decisions(session)}
    assert recorded == {kind for kind, cls in KINDS.items() if cls.derived}


def until(log: list[Record], target: Record) -> list[Record]:
    """The log up to the end of the step after the target's: replay has found fault with it by then, or never does."""
    following = [at for at, one in enumerate(log) if one[0] > target[0] and not one[6] & DERIVED]
    return log[: following[1]] if len(following) > 1 else log


@pytest.mark.usefixtures("remembered")
@pytest.mark.parametrize("session", DECIDED, ids=title)
def test_a_changed_decision_is_named(session: Path, memory: Path) -> None:
    missed = []
    for field, changed in tried(session):
        path = rewrite(
            session,
            memory,
            lambda log: [changed if one[0] == changed[0] else one for one in until(log, changed)],  # noqa: B023
        )
        found = named_by_replay(path)
        if found != changed[0]:
            missed.append(f"{changed[0]} {changed[2]}: {field}: replay says {found}")
        shutil.rmtree(path)
    assert missed == []


@pytest.mark.usefixtures("remembered")
@pytest.mark.parametrize("session", DECIDED, ids=title)
def test_a_decision_that_is_missing_or_doubled_is_named(session: Path, memory: Path) -> None:
    for target in decisions(session):
        for copies in (0, 2):
            times = {target[0]: copies}
            path = rewrite(
                session,
                memory,
                lambda log: [one for one in until(log, target) for _ in range(times.get(one[0], 1))],  # noqa: B023
            )
            found = named_by_replay(path)
            assert found is not None
            assert found <= target[0] + 1, (target[0], copies)
            shutil.rmtree(path)
