"""Old logs open for ever: what an earlier claw wrote is read, folded and replayed as if it were of today.

`fixtures/before-git-head` was written by claw when `session.resumed` had no `git_head`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from claw import log
from claw._native import LogReader
from claw.cli.offline.verify import judge
from claw.errors import EventInvalid
from claw.events import upcasting
from claw.events.base import Blob, Envelope
from claw.events.codec import decode
from claw.events.content import TextBlock
from claw.events.kinds import KINDS
from claw.events.results import texts
from claw.events.session import SessionForked, SessionResumed
from claw.events.upcasting import UPCASTS, Upcast
from claw.projections.state import INITIAL, fold_all
from claw.replay import replay
from tests.replay.goldens import golden, rewrite

(OLD,) = (Path(__file__).parent / "fixtures" / "before-git-head").iterdir()
BLOB = {"type": "blob", "digest": "ab", "size": 70_000}
HOOK = {"event": "Stop", "command": "c", "source": "s", "timeout_ms": 1, "input": {}, "digest": ""}
OLD_FORKS = Path(__file__).parent / "fixtures" / "forks-before-git-head"


def on_disk(path: Path, kind: str) -> list[tuple[int, dict[str, Any]]]:
    """(version, payload) of the records of this kind, as they were written."""
    reader = LogReader(str(path))
    found = reader.read(0, reader.refresh()[0], kinds=[kind])
    return [(record[3], msgspec.msgpack.decode(record[7])) for record in found]


def test_the_fixture_is_old() -> None:
    ((version, fields),) = on_disk(OLD, "session.resumed")
    assert version == 1 < SessionResumed.version
    assert "git_head" not in fields


def test_an_old_log_opens_in_the_shape_of_today() -> None:
    (envelope,) = log.read(str(OLD), kinds=["session.resumed"])
    assert isinstance(envelope.data, SessionResumed)
    assert envelope.data.git_head == ""
    assert envelope.version == 1, "the envelope says what was written"


def test_an_old_log_verifies_and_folds_and_says_what_it_needs_to_be_replayed() -> None:
    assert judge(OLD).code == 0
    state = fold_all(INITIAL, log.read(str(OLD)))
    assert state.session.workspace == "/tmp/claw-golden/killed-in-tool/work"
    assert state.main.quiet
    result = replay(str(OLD))
    assert not result.ok
    assert result.needs == ["tools 1"], "what claw decides otherwise by now it neither passes nor fails"


def test_old_forks_open_too() -> None:
    seen = [envelope for path in OLD_FORKS.iterdir() for envelope in log.read(str(path), kinds=["session.forked"])]
    assert {envelope.version for envelope in seen} == {1}
    assert all(isinstance(one.data, SessionForked) and one.data.git_head == "" for one in seen)


def test_a_fork_of_an_old_log_may_hold_both_shapes(memory: Path) -> None:
    source = golden("killed-in-tool")
    now = SessionResumed.version
    path = rewrite(
        source,
        memory,
        lambda own: [
            (*one[:3], now, *one[4:7], _with(one[7], git_head="c0ffee")) if one[2] == "session.resumed" else one
            for one in own
        ],
    )
    (envelope,) = log.read(str(path), kinds=["session.resumed"])
    assert envelope.data.git_head == "c0ffee"
    assert replay(str(path)).ok


@pytest.mark.parametrize(
    ("kind", "fields", "content"),
    [
        ("tool.finished", {"call": 3, "content": "a.txt"}, texts("a.txt")),
        ("tool.finished", {"call": 3, "content": ""}, (TextBlock(text=""),)),
        ("tool.finished", {"call": 3, "content": BLOB}, texts(Blob(digest="ab", size=70_000))),
        ("tool.interrupted", {"call": 3, "reason": "crash", "content": "half"}, texts("half")),
        ("tool.interrupted", {"call": 3, "reason": "crash"}, ()),
        ("hook.requested", HOOK | {"content": "hello"}, texts("hello")),
        ("hook.requested", HOOK, None),
    ],
)
def test_what_was_one_text_is_one_block(kind: str, fields: dict[str, Any], content: object) -> None:
    payload = msgspec.msgpack.encode({"kind": kind, **fields})
    assert decode((5, 0, kind, 1, 0, None, 0, payload)).data.content == content
    assert KINDS[kind].version >= 2


def test_every_older_version_has_its_way_up() -> None:
    for kind, cls in KINDS.items():
        for version in range(1, cls.version):
            assert (kind, version) in UPCASTS
    assert all(version < KINDS[kind].version for kind, version in UPCASTS)


def test_a_version_without_a_way_up_is_named() -> None:
    with pytest.raises(EventInvalid, match=r"event 5 is no session\.resumed of version 0"):
        decode((5, 0, "session.resumed", 0, 0, None, 0, b"\x80"))


# --- a change of a decision's shape, as there may be one some day -----------------------------------------------------


@pytest.fixture
def grown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Version 0 of timer.set had seconds under another name, and no purpose."""

    def lift(fields: dict[str, Any]) -> dict[str, Any]:
        return {"kind": "timer.set", "delay_ms": fields["ms"], "purpose": "retry"}

    monkeypatch.setitem(upcasting.UPCASTS, ("timer.set", 0), Upcast(lift, frozenset({"purpose"})))


def earlier(memory: Path, delay: int = 0) -> Path:
    """A session as a claw would have written it that knew timer.set of version 0."""

    def change(own: list[Any]) -> list[Any]:
        return [
            (*one[:3], 0, *one[4:7], msgspec.msgpack.encode({"kind": "timer.set", "ms": _delay(one) + delay}))
            if one[2] == "timer.set"
            else one
            for one in own
        ]

    return rewrite(golden("retry-529"), memory, change)


@pytest.mark.usefixtures("grown")
def test_a_field_that_a_recording_did_not_have_is_not_compared(memory: Path) -> None:
    assert replay(str(earlier(memory))).ok


@pytest.mark.usefixtures("grown")
def test_the_fields_that_it_had_are(memory: Path) -> None:
    found = replay(str(earlier(memory, delay=1))).divergence
    assert found is not None
    assert found.recorded_kind == "timer.set"
    assert [difference.field for difference in found.differences] == ["delay_ms"]


@pytest.mark.usefixtures("grown")
def test_an_old_shape_is_not_a_way_around_the_comparison(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is not named as added is compared, even where the upcast makes it up."""
    lifted = upcasting.UPCASTS["timer.set", 0].lift
    monkeypatch.setitem(
        upcasting.UPCASTS, ("timer.set", 0), Upcast(lambda fields: {**lifted(fields), "delay_ms": 1}, frozenset())
    )
    found = replay(str(earlier(memory))).divergence
    assert found is not None


def _delay(record: Any) -> int:
    envelope: Envelope = decode(record)
    delay: int = envelope.data.delay_ms
    return delay


def _with(payload: bytes, **fields: Any) -> bytes:
    return msgspec.msgpack.encode(msgspec.msgpack.decode(payload) | fields)
