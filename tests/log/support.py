"""What the tests of the native log share."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from claw._native import LogReader, LogWriter, new_session_id

PATIENCE = 60.0
"""Seconds after which a test gives up; nothing is ever measured against it."""

Row: TypeAlias = tuple[str, int, int, int, int | None, int, bytes]


def row(number: int, size: int = 20, kind: str = "model.chunk") -> Row:
    """A record whose payload says its number."""
    return (kind, 1, number, 0, None, 0, number.to_bytes(8, "little") + b"x" * size)


def number_of(payload: bytes) -> int:
    return int.from_bytes(payload[:8], "little")


def numbers(path: Path, start: int = 0) -> list[int]:
    """The numbers of all records from `start` on, by a fresh reader."""
    reader = LogReader(str(path))
    found: list[int] = []
    written, _ = reader.refresh()
    while start < written:
        batch = reader.read(start, written)
        found += [number_of(record[7]) for record in batch]
        start = batch.next_seq
    return found


def create(folder: Path) -> tuple[Path, LogWriter]:
    """A new log in a folder with its session's name."""
    session = new_session_id(time.time_ns() // 1_000_000)
    path = folder / str(uuid.UUID(bytes=session))
    return path, LogWriter.create(str(path), session=session)


def fork(parent: Path, at: int) -> tuple[Path, LogWriter]:
    session = new_session_id(time.time_ns() // 1_000_000)
    path = parent.parent / str(uuid.UUID(bytes=session))
    return path, LogWriter.fork(str(path), session=session, parent=str(parent), at=at)


def spawn(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Another Python process."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def eventually(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen in {PATIENCE} s"
        time.sleep(0.001)
