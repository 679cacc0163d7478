"""Many small events: written lazily, verified, scanned, folded."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figures import Figure, rate, seconds
from bench.recorded import million
from claw import log
from claw._native import LogReader, LogWriter
from claw.projections.state import INITIAL, fold_all

SESSION = bytes(range(16))
PAYLOAD = b"\xa5" * 128
COUNT = 1_000_000
BATCH = 1_000
TIMES = 3
TS = 1_700_000_000_000_000_000
RUST = Path("target/release/examples/log_bench")


def figures(folder: Path) -> Iterator[Figure]:
    """Rates of one core."""
    path = folder / "bulk"
    singly = min(_singly(path) for _ in range(TIMES))
    yield rate("lazy append, 128 B, one at a time, from Python", COUNT / singly, least=400_000)
    yield from _rust(folder)
    batches = min(_batches(path) for _ in range(TIMES))
    yield rate("lazy append, 128 B, in batches of 1000, from Python", COUNT / batches, least=1_500_000)
    yield rate("  beside: SQLite, 128 B, in batches of 1000, NORMAL", COUNT / _sqlite(folder / "bulk.db"))
    reader = LogReader(str(path))
    yield rate("verify, 128 B", COUNT / min(seconds(reader.verify) for _ in range(TIMES)), least=2_000_000)
    yield rate(
        "scan with a kind filter", COUNT / min(seconds(lambda: _scan(reader)) for _ in range(TIMES)), least=8_000_000
    )
    whole = million(folder)
    events = LogReader(str(whole)).refresh()[0]
    taken = _best(lambda: fold_all(INITIAL, log.read(str(whole))))
    yield rate("Python fold over typed events", events / taken, least=300_000)


def _best(function: Callable[[], object]) -> float:
    return min(seconds(function) for _ in range(TIMES))


def _fresh(path: Path) -> LogWriter:
    shutil.rmtree(path, ignore_errors=True)
    return LogWriter.create(str(path), session=SESSION)


def _singly(path: Path) -> float:
    writer = _fresh(path)
    append = writer.append_one

    def run() -> None:
        for _ in range(COUNT):
            append("model.chunk", 1, TS, 0, None, 4, PAYLOAD)

    taken = seconds(run)
    writer.close()
    return taken


def _batches(path: Path) -> float:
    writer = _fresh(path)
    records = [("model.chunk", 1, TS, 0, None, 4, PAYLOAD)] * (BATCH - 1) + [
        ("tool.started", 1, TS, 0, None, 3, PAYLOAD)
    ]

    def run() -> None:
        for _ in range(COUNT // BATCH):
            writer.append(records, durable=False)

    taken = seconds(run)
    writer.close()
    return taken


def _sqlite(path: Path) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, kind TEXT, payload BLOB)")
    rows = [("model.chunk", PAYLOAD)] * BATCH

    def run() -> None:
        for _ in range(COUNT // BATCH):
            connection.execute("BEGIN")
            connection.executemany("INSERT INTO events (kind, payload) VALUES (?, ?)", rows)
            connection.execute("COMMIT")

    return seconds(run)


def _scan(reader: LogReader) -> int:
    found = position = 0
    while position < COUNT:
        batch = reader.read(position, COUNT, kinds=["tool.started"])
        found += len(batch)
        position = batch.next_seq
    assert found == COUNT // BATCH
    return found


def _rust(folder: Path) -> Iterator[Figure]:
    """The same without Python, by the example program."""
    done = subprocess.run([RUST, folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, timeout=600)
    found = json.loads(done.stdout)
    single, batched = found["lazy_128_byte_appends_per_s"], found["lazy_records_in_batches_of_64_per_s"]
    yield rate("lazy append, 128 B, one at a time, from Rust", single, least=800_000)
    yield rate("lazy append, 128 B, in batches of 64, from Rust", batched, least=1_500_000)
