"""fold(all) == snapshot + fold(tail), wherever the snapshot was taken: of golden sessions and of made-up ones."""

from __future__ import annotations

import os
import uuid
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from claw import log, session
from claw._native import LogReader, LogWriter
from claw.events.base import Envelope
from claw.events.codec import envelop
from claw.events.session import SnapshotTaken
from claw.projections.permissions import Grant
from claw.projections.state import INITIAL, State, fold, fold_all
from claw.session import snapshots
from tests.pure.drive import Drive
from tests.replay.goldens import SESSIONS, copy_lineage, golden, title
from tests.replay.histories import HISTORIES, write
from tests.replay.lives import lives

LONG = os.environ.get("CLAW_FUZZ") == "long"
EXAMPLES = 5_000 if LONG else 60
EVERY = 1 if LONG else 4
"""Of the prefixes of golden sessions, how many lie between two that are kept on disk; in memory all are."""


def states(envelopes: Sequence[Envelope]) -> list[State]:
    """The state after each event."""
    found, state = [], INITIAL
    for envelope in envelopes:
        state = fold(state, envelope)
        found.append(state)
    return found


def say(path: str, taken: SnapshotTaken) -> None:
    """The log names the snapshot."""
    writer = LogWriter.open(path)
    log.append(writer, [envelop(taken, seq=writer.next_seq, ts=0, agent=0, cause=None)], durable=True)
    writer.close()


@pytest.mark.parametrize("source", SESSIONS, ids=title)
def test_a_snapshot_and_the_tail_give_what_the_whole_log_gives(source: Path, memory: Path) -> None:
    path = str(copy_lineage(source, memory))
    after = states(list(log.read(path)))
    for kept, state in list(enumerate(after))[::EVERY]:
        say(path, snapshots.save(path, state, kept, LogReader(path).chain_at(kept)))
        restored = snapshots.restore(path, log.tip(path))
        assert restored.state == after[-1], kept
        assert restored.folded == log.tip(path) - kept, "the snapshot was not used"


@pytest.mark.parametrize("source", SESSIONS, ids=title)
def test_so_does_what_a_snapshot_holds_of_every_state(source: Path) -> None:
    survives(list(log.read(str(source))))


def kept_at(memory: Path, at: int = 10) -> tuple[str, list[State]]:
    """A session with a snapshot after event `at` that its log names."""
    path = str(copy_lineage(golden("permission-asked"), memory))
    after = states(list(log.read(path)))
    say(path, snapshots.save(path, after[at], at, LogReader(path).chain_at(at)))
    return path, [*after, after[-1]]


def files(path: str) -> list[Path]:
    return sorted(Path(path, "snapshots").glob("*.state"))


def test_a_snapshot_that_the_log_does_not_name_is_not_read(memory: Path) -> None:
    path = str(copy_lineage(SESSIONS[0], memory))
    after = states(list(log.read(path)))
    snapshots.save(path, after[3], 10, LogReader(path).chain_at(10))
    assert snapshots.restore(path, 12) == (after[12], 13)


def test_a_snapshot_that_somebody_changed_is_passed_over(memory: Path) -> None:
    path, after = kept_at(memory)
    upto = len(after) - 1
    assert snapshots.restore(path, upto).folded == upto - 10
    (file,) = files(path)
    whole = file.read_bytes()
    granted = {"permissions": {"grants": [{"seq": 1, "agent": 0, "rule": "Bash", "scope": "session"}]}}
    for spoilt in (whole[:-1], whole + b"\0", b"", zlib.compress(msgspec.msgpack.encode(granted))):
        file.write_bytes(spoilt)
        assert snapshots.restore(path, upto) == (after[-1], upto + 1)
    file.unlink()
    os.mkfifo(file)
    assert snapshots.restore(path, upto) == (after[-1], upto + 1)
    file.unlink()
    (memory / "elsewhere").write_bytes(whole)
    file.symlink_to(memory / "elsewhere")
    assert snapshots.restore(path, upto) == (after[-1], upto + 1)


def test_rules_mode_and_grants_are_what_the_log_says_whatever_it_names(memory: Path) -> None:
    """A snapshot with a grant that nobody gave, and an event of the log that names it."""
    path, after = kept_at(memory)
    grant = Grant(seq=1, agent=0, rule="Bash", scope="session")
    for forged in (
        msgspec.structs.replace(after[20], permissions=msgspec.structs.replace(after[20].permissions, grants=(grant,))),
        msgspec.structs.replace(
            after[20], permissions=msgspec.structs.replace(after[20].permissions, mode="bypassPermissions")
        ),
        msgspec.structs.replace(after[20], session=msgspec.structs.replace(after[20].session, home="/elsewhere")),
    ):
        say(path, snapshots.save(path, forged, 20, LogReader(path).chain_at(20)))
        restored = snapshots.restore(path, log.tip(path))
        assert restored.state == after[-1]
        assert restored.folded == log.tip(path) - 10, "the one before it is believed"


def test_what_agents_may_do_is_what_the_log_says_whatever_it_names(memory: Path) -> None:
    """Snapshots with an agent of a looser mode, with another's tools, and with a kind that nobody configured."""
    path = str(write(HISTORIES["tools_of_kinds"](), memory / str(uuid.UUID(int=1))))
    after = states(list(log.read(path)))
    at, last = len(after) - 2, after[-2]
    replaced = msgspec.structs.replace

    def with_origin(**fields: Any) -> State:
        agent = last.agents[1]
        return replaced(last, agents={**last.agents, 1: replaced(agent, origin=replaced(agent.origin, **fields))})

    kinds = replaced(last.kinds, known=last.kinds.known[:1])
    for forged in (with_origin(mode="plan"), with_origin(kinds=()), replaced(last, kinds=kinds)):
        assert forged != last
        say(path, snapshots.save(path, forged, at, LogReader(path).chain_at(at)))
        restored = snapshots.restore(path, log.tip(path))
        assert (restored.state, restored.folded) == (after[-1], log.tip(path) + 1), "it is believed"
    say(path, snapshots.save(path, last, at, LogReader(path).chain_at(at)))
    restored = snapshots.restore(path, log.tip(path))
    assert (restored.state, restored.folded) == (after[-1], log.tip(path) - at), "the log's own is not believed"


def test_nothing_is_written_where_a_link_leads(memory: Path) -> None:
    path, after = kept_at(memory)
    elsewhere = memory / "elsewhere"
    elsewhere.mkdir()
    precious = elsewhere / "precious"
    precious.write_text("precious")
    chain = LogReader(path).chain_at(12)
    name = f"12.{snapshots.source_digest()}.{chain.hex()[:32]}.tmp"
    (Path(path) / "snapshots" / name).symlink_to(precious)
    snapshots.save(path, after[12], 12, chain)
    Path(path, "snapshots").rename(memory / "moved")
    Path(path, "snapshots").symlink_to(elsewhere)
    with pytest.raises(OSError, match="link"):
        snapshots.save(path, after[13], 13, LogReader(path).chain_at(13))
    assert os.listdir(elsewhere) == ["precious"]
    assert precious.read_text() == "precious"


def test_only_the_newest_snapshots_stay(memory: Path) -> None:
    path = str(copy_lineage(SESSIONS[0], memory))
    after = states(list(log.read(path)))
    for at in range(8, 13):
        snapshots.save(path, after[at], at, LogReader(path).chain_at(at))
        (Path(path) / "snapshots" / f"usage.{'0' * 16}.{at}.{'0' * 32}.msgpack").write_bytes(b"of an older claw")
    snapshots.save(path, after[13], 13, LogReader(path).chain_at(13))
    kept = sorted(int(file.name.partition(".")[0]) for file in Path(path, "snapshots").iterdir())
    assert kept == [12, 13]


def test_a_fork_opens_with_its_parents_snapshot(memory: Path) -> None:
    home = log.Home(memory)
    home.sessions.mkdir()
    path, _ = kept_at(home.sessions)
    tip = log.tip(path)
    child = str(home.session_path(session.fork(home, path, tip)))
    restored = snapshots.restore(child, log.tip(child))
    assert restored.folded == log.tip(child) - 10
    assert restored.state == fold_all(INITIAL, log.read(child))


def test_without_snapshots_nothing_is_lost() -> None:
    for source in SESSIONS:
        after = states(list(log.read(str(source))))
        restored = snapshots.restore(str(source), len(after) - 1)
        assert (restored.state, restored.folded) == (after[-1], len(after))


def test_a_snapshot_of_another_history_or_of_other_folds_is_not_read(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, after = kept_at(memory)
    upto = len(after) - 1
    assert snapshots.restore(path, upto).folded == upto - 10
    with monkeypatch.context() as patched:
        patched.setattr(snapshots, "source_digest", lambda: "0" * 16)
        assert snapshots.restore(path, upto) == (after[-1], upto + 1)
    for file in files(path):
        file.rename(file.with_name(file.name.replace(LogReader(path).chain_at(10).hex()[:32], "0" * 32)))
    assert snapshots.restore(path, upto) == (after[-1], upto + 1)


@given(lives())
@settings(max_examples=EXAMPLES, deadline=None)
def test_every_value_survives_its_encoding_and_the_rest_of_the_log(drive: Drive) -> None:
    assert states(drive.log)[-1] == drive.state
    survives(drive.log)


@pytest.mark.parametrize(
    "history", ["hooks_that_halt", "a_fork_while_children_run", "what_children_know_from_the_start"]
)
def test_the_values_of_several_agents_survive_too(history: str) -> None:
    drive = HISTORIES[history]()
    assert len(drive.state.agents) > 1
    survives(drive.log)


def survives(envelopes: Sequence[Envelope]) -> None:
    """What a snapshot does, without the disk: at every prefix."""
    after = states(envelopes)
    for at, state in enumerate(after):
        kept = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=State)
        assert kept == state
        assert fold_all(kept, envelopes[at + 1 :]) == after[-1]
