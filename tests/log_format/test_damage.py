"""Damaged logs: both readers see the same valid prefix, and name the same place."""

from __future__ import annotations

import os
import random
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from claw._native import salvage
from tests.log_format import reader
from tests.log_format.agreement import agree
from tests.log_format.logs import Act, Append, Fork, Kill, Reopen, Shelf

SHARE = 4
"""One place is damaged, for each log and each kind of damage, for so many examples of a property test."""

LAZY = Append([("model.chunk", 1, 1, 0, None, 0, b"\x81\xa1a\x01"), ("x", 2, 2, 3, 0, 1, b"\x80")], durable=False)
DURABLE = Append([("tool.started", 1, 3, 0, 1, 3, b"\x80" * 700)], durable=True)
BIG = Append([("x", 1, 0, 0, None, 0, b"big" * 40_000)], durable=True)

Harm = Callable[[Path, int], None]


@dataclass(frozen=True)
class Log:
    folder: Path
    path: Path
    whole: list[reader.Record]

    def segments(self) -> list[Path]:
        return sorted(self.path.glob("*.seg"))


LOGS: dict[str, tuple[list[Act], bool]] = {
    "sealed": ([LAZY, DURABLE, LAZY, LAZY, DURABLE], True),
    "unsealed": ([LAZY, DURABLE, LAZY, LAZY], False),
    "of several segments": ([BIG, BIG, BIG, Kill(), LAZY, Reopen(), DURABLE], False),
    "cut by recovery": ([DURABLE, LAZY, Kill(), LAZY, LAZY, Kill(), DURABLE], True),
    "a fork": ([LAZY, DURABLE, LAZY, DURABLE, Fork(0.7), LAZY, DURABLE], True),
}


@pytest.fixture(params=LOGS)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Log:
    acts, sealed = LOGS[request.param]
    shelf = Shelf(tmp_path / "logs")
    for act in acts:
        shelf.do(act)
    if sealed:
        shelf.writer.close()
    else:
        shelf.kill()
    found = agree(shelf.path)
    assert found.damage is None
    return Log(tmp_path / "logs", shelf.path, found.records)


def truncate(segment: Path, offset: int) -> None:
    os.truncate(segment, offset)


def flip(segment: Path, offset: int) -> None:
    content = bytearray(segment.read_bytes())
    content[offset] ^= 1 << (offset % 8)
    segment.write_bytes(content)


def zero(segment: Path, offset: int) -> None:
    content = bytearray(segment.read_bytes())
    start = offset // 512 * 512
    content[start : start + 512] = bytes(len(content[start : start + 512]))
    segment.write_bytes(content)


def swap(segment: Path, offset: int) -> None:
    """A sector comes back as another one of the same file."""
    content = bytearray(segment.read_bytes())
    start = offset // 512 * 512
    other = (start + 1024) % max(512, len(content) // 512 * 512)
    piece = content[other : other + 512]
    content[start : start + len(piece)] = piece
    segment.write_bytes(content)


@pytest.mark.parametrize("harm", [truncate, flip, zero, swap])
def test_both_see_the_same_prefix(log: Log, harm: Harm, tmp_path: Path) -> None:
    for number, (segment, offset) in enumerate(_places(log, harm.__name__)):
        copy = tmp_path / f"copy-{number}"
        shutil.copytree(log.folder, copy)
        path = copy / log.path.name
        harm(path / segment.name, offset)
        found = agree(path)
        assert found.records == log.whole[: len(found.records)], f"a wrong record: {segment.name} at {offset}"
        if found.damage is not None:
            saved = _salvaged(path)
            assert len(saved) >= len(found.records), f"not saved: {segment.name} at {offset}"
            assert saved == [record.payload for record in log.whole[: len(saved)]], f"saved wrong: {segment.name}"
        shutil.rmtree(copy)


def _salvaged(path: Path) -> list[bytes]:
    """Payloads of what `fsck --salvage` saves."""
    raw = uuid.uuid4()
    into = path.parent / str(raw)
    copied, _ = salvage(str(path), str(into), session=raw.bytes)
    payloads = [record.payload for record in agree(into).records]
    assert copied == len(payloads)
    return payloads


def _places(log: Log, seed: str) -> Iterator[tuple[Path, int]]:
    """Every sector's edges come first, then places at random: nearly all where there are records."""
    draw = random.Random(seed)
    for _ in range(settings().max_examples // SHARE):
        segment = draw.choice(log.segments())
        content = segment.read_bytes()
        used = len(content.rstrip(b"\0"))
        yield segment, draw.choice([draw.randrange(used), draw.randrange(used), draw.randrange(len(content))])
