"""Steps that are on disk before the next one begins, against what the disk itself takes for the same bytes.

Everything is measured in short turns, one after the other, so that a slow moment of the disk falls on all alike.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figures import Figure, amount, median, rate, ratio, seconds
from claw._native import LogWriter

SIZE = 256
TURNS = 21
STEPS = 50
CROWD = 64
SESSION = bytes(range(16))
PAYLOAD = b"\xa5" * SIZE
RECORD = ("tool.started", 1, 1_700_000_000_000_000_000, 0, None, 3, PAYLOAD)

Step = Callable[[], object]


def figures(folder: Path) -> Iterator[Figure]:
    """Durable steps one at a time, 64 in one block, and other ways to keep a record."""
    raw = _raw(folder / "raw")
    writer = LogWriter.create(str(folder / "durable"), session=SESSION)
    ways: dict[str, Step] = {
        "raw": raw,
        "claw": lambda: writer.append([RECORD], durable=True),
        "SQLite, WAL, synchronous FULL": _sqlite(folder / "full.db", "FULL"),
        "SQLite, WAL, synchronous NORMAL": _sqlite(folder / "normal.db", "NORMAL"),
        "JSON Lines with fsync": _json_lines(folder / "synced.jsonl", sync=True),
        "JSON Lines without fsync": _json_lines(folder / "plain.jsonl", sync=False),
    }
    times = _turns(ways)
    claw, baseline = times["claw"], times["raw"]
    detail = f"{amount(len(claw) / sum(claw))}/s of {amount(len(baseline) / sum(baseline))}/s"
    relative = median([sum(raw) / sum(own) for raw, own in zip(_by_turn(baseline), _by_turn(claw), strict=True)])
    yield ratio("durable step, 256 B: rate, to raw write+fdatasync", relative, detail, least=0.85)
    p50 = f"{median(claw) * 1e6:.0f} us of {median(baseline) * 1e6:.0f} us"
    yield ratio("durable step, 256 B: p50, to raw write+fdatasync", median(claw) / median(baseline), p50, most=1.3)
    yield _crowd(writer, raw)
    for name in list(ways)[2:]:
        yield rate(f"  beside: {name}", len(times[name]) / sum(times[name]))
    writer.close()


def _by_turn(times: list[float]) -> list[list[float]]:
    return [times[begin : begin + STEPS] for begin in range(0, len(times), STEPS)]


def _turns(ways: dict[str, Step]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(TURNS + 1):
        for name, step in ways.items():
            taken = [seconds(step) for _ in range(STEPS)]
            if turn:
                times[name] += taken
    return times


def _crowd(writer: LogWriter, raw: Step) -> Figure:
    """64 sessions' worth of steps that wait at the same time share one block and one sync."""
    together, alone = [], []
    block = [RECORD] * CROWD
    for _ in range(TURNS):
        alone.append(seconds(lambda: [raw() for _ in range(CROWD)]))
        together += [seconds(lambda: writer.append(block, durable=True)) for _ in range(10)]
    detail = f"{median(alone) * 1e3:.1f} ms to {median(together) * 1e3:.2f} ms"
    return ratio("64 steps in one block, to 64 raw syncs", median(alone) / median(together), detail, least=16)


def _raw(path: Path) -> Step:
    """A write of the same bytes into room taken ahead, and an fdatasync: what the disk takes."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    os.posix_fallocate(descriptor, 0, 8 << 20)
    os.fsync(descriptor)
    place = 0

    def step() -> None:
        nonlocal place
        os.pwrite(descriptor, PAYLOAD, place)
        os.fdatasync(descriptor)
        place += SIZE

    return step


def _sqlite(path: Path, synchronous: str) -> Step:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, kind TEXT, payload BLOB)")
    return lambda: connection.execute("INSERT INTO events (kind, payload) VALUES (?, ?)", (RECORD[0], PAYLOAD))


def _json_lines(path: Path, *, sync: bool) -> Step:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    line = b'{"kind":"tool.started","payload":"' + b"a" * SIZE + b'"}\n'

    def step() -> None:
        os.write(descriptor, line)
        if sync:
            os.fsync(descriptor)

    return step
