"""Replay bites: whatever single field of a decision is changed in a log whose chain holds, it names that event."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from claw._native import LogReader
from claw.errors import EventInvalid, LogTooNew
from claw.events.base import DERIVED
from claw.events.codec import Record, decode
from claw.events.kinds import KINDS
from claw.events.upcasting import added_since
from claw.replay import replay
from tests.replay import mutations
from tests.replay.goldens import SESSIONS, first_own, records, rewrite, title


def changes(record: Record) -> Iterator[tuple[str, Record]]:
    """All records that differ from this one in one field that its version had."""
    added = added_since(record[2], record[3])
    for field, payload in mutations.of_payload(decode(record).data):
        if re.split(r"[.\[ ]", field)[0] not in added:
            yield field, (*record[:7], payload)
    yield from mutations.of_header(record)


def named_by_replay(path: Path) -> int | None:
    """The event that replay finds fault with."""
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


@pytest.mark.parametrize("session", DECIDED, ids=title)
def test_a_changed_decision_is_named(session: Path, memory: Path) -> None:
    missed = []
    for target in decisions(session):
        for field, changed in changes(target):
            swap = {target[0]: changed}
            path = rewrite(session, memory, lambda log: [swap.get(one[0], one) for one in log])  # noqa: B023
            assert LogReader(str(path)).verify().ok
            found = named_by_replay(path)
            if found != target[0]:
                missed.append(f"{target[0]} {target[2]}: {field}: replay says {found}")
            shutil.rmtree(path)
    assert missed == []


@pytest.mark.parametrize("session", DECIDED, ids=title)
def test_a_decision_that_is_missing_or_doubled_is_named(session: Path, memory: Path) -> None:
    for target in decisions(session):
        for copies in (0, 2):
            times = {target[0]: copies}
            path = rewrite(session, memory, lambda log: [one for one in log for _ in range(times.get(one[0], 1))])  # noqa: B023
            found = named_by_replay(path)
            assert found is not None
            assert found <= target[0] + 1, (target[0], copies)
            shutil.rmtree(path)
