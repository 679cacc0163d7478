"""fold(all) == snapshot + fold(tail), wherever the snapshot was taken: of golden sessions and of made-up ones."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from claw import log, snapshots
from claw._native import LogReader
from claw.events.base import Envelope
from claw.projections.state import INITIAL, PROJECTIONS, State, fold, fold_all
from tests.pure.drive import Drive
from tests.replay.goldens import SESSIONS, copy_lineage, title
from tests.replay.lives import lives

EXAMPLES = 5_000 if os.environ.get("CLAW_FUZZ") == "long" else 60


def states(envelopes: Sequence[Envelope]) -> list[State]:
    """The state after each event."""
    found, state = [], INITIAL
    for envelope in envelopes:
        state = fold(state, envelope)
        found.append(state)
    return found


@pytest.mark.parametrize("session", SESSIONS, ids=title)
def test_a_snapshot_and_the_tail_give_what_the_whole_log_gives(session: Path, memory: Path) -> None:
    path = str(copy_lineage(session, memory))
    reader = LogReader(path)
    after = states(list(log.read(path)))
    for kept, state in enumerate(after):
        snapshots.save(path, state, kept, reader.chain_at(kept))
        for upto in {kept, (kept + len(after)) // 2, len(after) - 1}:
            restored = snapshots.restore(path, upto)
            assert restored.state == after[upto], (kept, upto)
            if upto == kept:
                assert restored.folded == 0, "the snapshot was not used"


def test_without_snapshots_nothing_is_lost() -> None:
    for session in SESSIONS:
        after = states(list(log.read(str(session))))
        restored = snapshots.restore(str(session), len(after) - 1)
        assert (restored.state, restored.folded) == (after[-1], len(after))


def test_a_snapshot_of_another_history_or_of_other_folds_is_not_read(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(copy_lineage(SESSIONS[0], memory))
    after = states(list(log.read(path)))
    wrong = after[3]
    snapshots.save(path, wrong, 10, bytes(32))
    assert snapshots.restore(path, 10).state == after[10]
    snapshots.save(path, wrong, 10, LogReader(path).chain_at(10))
    assert snapshots.restore(path, 10).state == wrong, "a snapshot that fits is believed"
    monkeypatch.setattr(snapshots, "source_digest", lambda name: "0" * 16)
    assert snapshots.restore(path, 10).state == after[10]


def thawed(value: Any) -> Any:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=type(value))


@given(lives())
@settings(max_examples=EXAMPLES, deadline=None)
def test_every_value_survives_its_encoding_and_the_rest_of_the_log(drive: Drive) -> None:
    """What a snapshot does, without the disk: at every prefix, for every projection."""
    after = states(drive.log)
    assert after[-1] == drive.state
    for at, state in enumerate(after):
        kept = State(**{part.name: thawed(getattr(state, part.name)) for part in PROJECTIONS})
        assert kept == state
        assert fold_all(kept, drive.log[at + 1 :]) == after[-1]
