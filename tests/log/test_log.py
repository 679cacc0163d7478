"""`LogWriter` and `LogReader` as the stub describes them."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest

from claw import _native, errors
from claw._native import FLAG_DERIVED, FLAG_DURABLE, FLAG_SKIPPABLE, LogReader, LogWriter
from tests.log.support import create, eventually, fork, number_of, numbers, row


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    assert (writer.next_seq, writer.durable_upto, writer.recovery) == (0, None, None)
    assert writer.session == uuid.UUID(path.name).bytes
    first = ("input.received", 1, -5, 0, None, FLAG_SKIPPABLE, b"")
    second = ("model.requested", 65535, 2**62, 2**32 - 1, 0, FLAG_DERIVED | FLAG_DURABLE, b"\x00\xff" * 100)
    assert writer.append([first, second], durable=True) == 0
    assert writer.durable_upto == 1
    assert writer.append_one("é.ü", 3, 7, 1, 2, FLAG_DERIVED | FLAG_DURABLE, b"p") == 2
    records = list(LogReader(str(path)).read())
    assert records == [
        (0, -5, "input.received", 1, 0, None, FLAG_SKIPPABLE, b""),
        (1, 2**62, "model.requested", 65535, 2**32 - 1, 0, FLAG_DERIVED | FLAG_DURABLE, b"\x00\xff" * 100),
        (2, 7, "é.ü", 3, 1, 2, FLAG_DERIVED, b"p"),
    ]
    writer.close()
    writer.close()
    assert list(LogReader(str(path)).read()) == records


def test_readers_choose_records_by_kind_version_agent_and_text(tmp_path: Path) -> None:
    """A pattern is looked for in texts, wherever they are, and not in keys and tags."""
    path, writer = create(tmp_path)
    nested = {"kind": "tool.started", "arguments": {"type": "folder", "deep": [1, None, {"x": -5}, 1.5, b"bytes"]}}
    payloads = [
        {"kind": "model.chunk", "delta": {"type": "text", "text": "one\ntwo three"}},
        nested,
        {"kind": "tool.finished", "content": [{"type": "text", "text": "é" * 300 + " end"}], "ms": 70_000, "ok": True},
        {"kind": "tool.finished", "content": {"type": "blob", "digest": "0" * 64, "size": 1}},
        "no map",
    ]
    for number, payload in enumerate(payloads):
        kind = payload["kind"] if isinstance(payload, dict) else "other"
        version = 2 if number == 3 else 1
        writer.append([(kind, version, 0, number % 2, None, 0, msgspec.msgpack.encode(payload))], durable=False)
    writer.append([("broken", 1, 0, 0, None, 0, b"\xdf\xff\xff\xff\xff\xa3ab")], durable=False)
    writer.close()
    reader = LogReader(str(path))

    def seqs(**choice: Any) -> list[int]:
        return [record[0] for record in reader.read(**choice)]

    assert seqs() == [0, 1, 2, 3, 4, 5]
    assert seqs(without=[("tool.finished", 1), ("model.chunk", 1)]) == [1, 3, 4, 5], "version 2 may be needed"
    assert seqs(without=[("tool.finished", 2)], kinds=["tool.finished", "other"]) == [4]
    assert seqs(agent=1) == [1, 3]
    found = {"two": [0], "^two": [0], "^three": [], "(?i)TWO": [0], "é end$": [2], "text|kind|tool": [], "fold": [1]}
    found |= {"bytes": [], "no map": [4], "a": [4], "digest": []}
    for pattern, where in found.items():
        assert seqs(pattern=pattern) == sorted([*where, 3]), f"{pattern}; what is in the blob only its reader knows"
    assert seqs(pattern="three", agent=0, kinds=["model.chunk"], limit=1) == [0]
    with pytest.raises(errors.ToolError, match="bad regular expression"):
        seqs(pattern="(")


def test_a_closed_log_goes_on_where_it_ended(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    writer.append([row(0), row(1)], durable=False)
    chain = writer.chain
    writer.close()
    for number in range(2, 6):
        writer = LogWriter.open(str(path))
        recovery = writer.recovery
        assert recovery is not None
        assert recovery.sealed
        assert (recovery.last_seq, recovery.durable_upto, recovery.torn_bytes) == (number - 1, number - 1, 0)
        assert recovery.kept is None
        assert (writer.next_seq, writer.chain) == (number, chain)
        assert writer.append([row(number)], durable=number % 2 == 0) == number
        chain = writer.chain
        writer.close()
    assert numbers(path) == list(range(6))
    verification = LogReader(str(path)).verify()
    assert (verification.ok, verification.sealed, verification.records) == (True, True, 6)
    assert (verification.chain, verification.last_seq, verification.durable_upto) == (chain, 5, 5)
    assert (verification.error, verification.error_path, verification.error_offset) == (None, None, None)


def test_a_writer_that_is_dropped_leaves_what_a_kill_would(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    writer.append([row(0)], durable=True)
    writer.append([row(1)], durable=False)
    del writer
    writer = LogWriter.open(str(path))
    recovery = writer.recovery
    assert recovery is not None
    assert not recovery.sealed
    assert recovery.last_seq == 1
    assert recovery.durable_upto in (0, 1)  # The thread may have synced it meanwhile.
    assert writer.durable_upto == 1
    assert numbers(path) == [0, 1]


def test_the_background_thread_makes_lazy_records_durable(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    reader = LogReader(str(path))
    for number in range(3):
        writer.append_one(*row(number))
        eventually(lambda: reader.refresh()[1] == writer.next_seq, "a sync in the background")
    assert writer.durable_upto == 2


def test_durable_upto_covers_what_was_written_before(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    reader = LogReader(str(path))
    writer.append([row(0)], durable=True)
    assert reader.refresh() == (1, 1)
    writer.append([row(1)], durable=False)
    assert reader.refresh()[0] == 2
    assert writer.sync() == 1
    assert reader.refresh() == (2, 2)


def test_batches_are_sequences(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    writer.append([row(n, kind="tool.output" if n % 2 else "model.chunk") for n in range(1000)], durable=False)
    reader = LogReader(str(path))
    batch = reader.read(10, 900, kinds=["tool.output"], limit=300)
    assert len(batch) == 300
    assert [record[0] for record in batch] == list(range(11, 611, 2))
    assert batch.next_seq == 610
    assert batch[0] == next(iter(batch))
    assert batch[-1] == batch[299] == list(batch)[-1]
    for index in (300, -301):
        with pytest.raises(IndexError):
            batch[index]
    assert len(reader.read(610, 900, kinds=["tool.output"])) == 145
    assert len(reader.read(1000)) == 0
    assert reader.read(5000).next_seq == 5000
    assert reader.wait(999, 0.0)
    assert not reader.wait(1000, 0.01)


def test_a_large_log_spans_segments(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    for start in range(0, 4000, 100):
        writer.append([row(n, size=300) for n in range(start, start + 100)], durable=start % 1000 == 0)
    writer.append([row(4000, size=3_000_000)], durable=True)
    assert len(list(path.glob("*.seg"))) > 2
    assert numbers(path) == list(range(4001))
    assert numbers(path, 3990) == list(range(3990, 4001))
    writer.close()
    assert LogReader(str(path)).verify().records == 4001


def test_misuse_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    for bad in (
        ("", 1, 0, 0, None, 0, b""),
        ("k" * 256, 1, 0, 0, None, 0, b""),
        ("k", 1, 0, 0, None, 8, b""),
    ):
        with pytest.raises(errors.LogError):
            writer.append([row(0), bad], durable=False)
    for wrong in (("k", 1, 0, 0, None, 0, "text"), ("k", 1, 0), "k", ("k", 70000, 0, 0, None, 0, b"")):
        with pytest.raises((TypeError, OverflowError)):
            writer.append([wrong], durable=False)  # type: ignore[list-item]
    with pytest.raises(ValueError, match="16 bytes"):
        LogWriter.create(str(tmp_path / "x"), session=b"short")
    assert writer.next_seq == 0
    with pytest.raises(errors.LogError, match="exists"):
        LogWriter.create(str(path), session=bytes(16))
    writer.close()
    with pytest.raises(errors.LogError, match="closed"):
        writer.append_one(*row(0))


def test_a_folder_without_a_log(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        for opened in (LogReader, LogWriter.open):
            with pytest.raises(errors.LogNotFound) as caught:
                opened(str(path))
            assert caught.value.path == str(path)
            assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_newer_format_is_not_damage(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    writer.append([row(0)], durable=True)
    writer.close()
    segment = path / "00000001.seg"
    content = bytearray(segment.read_bytes())
    content[8:12] = (3).to_bytes(4, "little")
    content[508:512] = crc32c(bytes(content[:508])).to_bytes(4, "little")
    segment.write_bytes(content)
    for opened in (LogReader, LogWriter.open):
        with pytest.raises(errors.LogTooNew, match="newer claw") as caught:
            opened(str(path))
        assert caught.value.path == str(segment)


def crc32c(content: bytes) -> int:
    """Bit by bit, as `docs/log-format.md` defines it."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_damage_below_what_was_durable_is_refused_and_can_be_salvaged(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    for number in range(10):
        writer.append([row(number)], durable=True)
    del writer
    segment = path / "00000001.seg"
    content = bytearray(segment.read_bytes())
    at = content.index(row(6)[6])
    content[at] ^= 1
    segment.write_bytes(content)
    with pytest.raises(errors.LogCorrupt) as caught:
        LogWriter.open(str(path))
    error = caught.value
    assert error.path == str(segment)
    assert error.offset < at < error.offset + 512
    assert error.last_good_seq == 5
    assert error.hint == f"claw fsck --salvage {path.name}"
    assert str(error.offset) in str(error)
    assert "good up to seq 5" in str(error)
    assert bytes(content) == segment.read_bytes(), "nothing is touched"
    reader = LogReader(str(path))
    with pytest.raises(errors.LogCorrupt):
        reader.read()
    verification = reader.verify()
    assert not verification.ok
    assert (verification.records, verification.error_path, verification.error_offset) == (6, str(segment), error.offset)
    session = _native.new_session_id(0)
    into = tmp_path / str(uuid.UUID(bytes=session))
    copied, left = _native.salvage(str(path), str(into), session=session)
    assert copied == 6
    assert left > 0
    assert numbers(into) == list(range(6))
    assert LogReader(str(into)).verify().ok


def test_tokens(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    chains = []
    for number in range(5):
        writer.append([row(number)], durable=False)
        chains.append(writer.chain)
    reader = LogReader(str(path))
    assert [reader.chain_at(seq) for seq in range(5)] == chains
    assert [reader.rewound_to(seq, chain) for seq, chain in enumerate(chains)] == [None] * 5
    with pytest.raises(IndexError):
        reader.chain_at(5)
    assert reader.rewound_to(9, chains[0]) == 4


def test_a_token_of_a_tail_that_is_gone(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    writer.append([row(0), row(1)], durable=True)
    segment = path / "00000001.seg"
    before = segment.read_bytes()
    writer.append([row(2)], durable=False)
    chain = writer.chain
    del writer
    # What a power cut may leave: the lazy record never reached the disk.
    segment.write_bytes(before)
    writer = LogWriter.open(str(path))
    writer.append([row(20), row(30)], durable=True)
    reader = LogReader(str(path))
    assert reader.rewound_to(2, chain) == 1
    assert numbers(path) == [0, 1, 20, 30]


def test_forks_at_the_tip_in_the_middle_and_of_forks(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    writer.append([row(n) for n in range(6)], durable=True)
    writer.append([row(n) for n in range(6, 10)], durable=False)
    tip, at_tip = fork(path, 9)
    middle, in_middle = fork(path, 3)
    assert (at_tip.next_seq, in_middle.next_seq) == (10, 4)
    assert at_tip.chain == writer.chain
    at_tip.append([row(100)], durable=True)
    in_middle.append([row(200), row(201)], durable=True)
    nested, deeper = fork(middle, 4)
    inherited, shallower = fork(middle, 1)
    deeper.append([row(300)], durable=True)
    shallower.append([row(400)], durable=True)
    writer.append([row(10)], durable=True)
    assert numbers(path) == list(range(11))
    assert numbers(tip) == [*range(10), 100]
    assert numbers(middle) == [0, 1, 2, 3, 200, 201]
    assert numbers(nested) == [0, 1, 2, 3, 200, 300]
    assert numbers(inherited) == [0, 1, 400]
    for log, parent, at in ((tip, path, 9), (middle, path, 3), (nested, middle, 4), (inherited, middle, 1)):
        reader = LogReader(str(log))
        chain = LogReader(str(parent)).chain_at(at)
        assert reader.parent == (uuid.UUID(parent.name).bytes, at, chain)
        assert reader.verify().ok
        assert reader.chain_at(at) == chain
    for refused in (11, 2**40):
        with pytest.raises(errors.LogError, match=f"seq {refused} is not in"):
            fork(path, refused)


def test_a_fork_without_its_parent_says_so(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    writer.append([row(0)], durable=True)
    writer.close()
    child, branch = fork(path, 0)
    branch.close()
    path.rename(tmp_path / "elsewhere")
    with pytest.raises(errors.LogNotFound, match="its parent"):
        LogReader(str(child))


def test_threads_may_share_a_writer(tmp_path: Path) -> None:
    path, writer = create(tmp_path)

    def append(thread: int) -> None:
        for count in range(200):
            number = thread * 1000 + count
            if count % 50 == 0:
                writer.append([row(number)], durable=True)
            else:
                writer.append_one(*row(number))

    threads = [threading.Thread(target=append, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    found = numbers(path)
    assert sorted(found) == sorted(thread * 1000 + count for thread in range(4) for count in range(200))
    for index in range(4):
        own = [number for number in found if number // 1000 == index]
        assert own == sorted(own), "each thread's records keep their order"


def test_payloads_are_bytes_as_they_were(tmp_path: Path) -> None:
    path, writer = create(tmp_path)
    payloads = [bytes([n % 256]) * n for n in range(0, 3000, 7)]
    writer.append([("k", 1, 0, 0, None, 0, payload) for payload in payloads], durable=False)
    assert [record[7] for record in LogReader(str(path)).read()] == payloads
    assert number_of(row(77)[6]) == 77


def test_new_session_ids_are_uuid_version_7() -> None:
    ids = [uuid.UUID(bytes=_native.new_session_id(1_700_000_000_000)) for _ in range(50)]
    assert len(set(ids)) == 50
    assert {(value.version, value.int >> 80) for value in ids} == {(7, 1_700_000_000_000)}
