"""A fork costs the same, however long its parent is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, median, ratio, seconds
from bench.recorded import million, session_path
from claw._native import LogReader, LogWriter

COUNT = 40
SHORT = 100


def figures(folder: Path) -> Iterator[Figure]:
    """Time and bytes of a fork at the tip of 10⁶ events, to one of 10²."""
    long, short = million(folder), session_path(folder, SHORT)
    writer = LogWriter.create(str(short), session=uuid.UUID(short.name).bytes)
    writer.append([("tool.started", 1, 0, 0, None, 3, b"x" * 128)] * SHORT, durable=True)
    writer.close()
    times: dict[Path, list[float]] = {long: [], short: []}
    size: dict[Path, int] = {}
    for number in range(COUNT):
        for parent in (short, long):
            path = session_path(folder, 2_000_000 + 2 * number + (parent is long))
            tip = LogReader(str(parent)).refresh()[0] - 1
            times[parent].append(_fork(path, parent, tip))
            size[parent] = sum(file.stat().st_blocks * 512 for file in path.rglob("*") if file.is_file())
    detail = f"{median(times[long]) * 1e3:.2f} ms of {median(times[short]) * 1e3:.2f} ms"
    yield ratio("fork at 10^6 events, time, to 10^2", median(times[long]) / median(times[short]), detail, most=1.25)
    detail = f"{size[long]} B of {size[short]} B"
    yield ratio("fork at 10^6 events, bytes, to 10^2", size[long] / size[short], detail, most=1)


def _fork(path: Path, parent: Path, tip: int) -> float:
    session = uuid.UUID(path.name).bytes
    return seconds(lambda: LogWriter.fork(str(path), session=session, parent=str(parent), at=tip).close())
