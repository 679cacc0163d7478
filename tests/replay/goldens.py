"""Golden sessions for tests, and copies of them with something changed."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from claw._native import LogReader, LogWriter
from claw.events.codec import Record
from tools.replay.check import sessions_below
from tools.replay.golden import GOLDENS

SESSIONS = sessions_below(GOLDENS)
FORKS = [path for path in SESSIONS if LogReader(str(path)).parent is not None]


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder on a disk that syncs at once, where there is one: for thousands of logs that nobody will miss."""
    shared = Path("/dev/shm")
    base = shared if os.access(shared, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=base, prefix="claw-") as folder:
        yield Path(folder)


def title(path: Path) -> str:
    """A session's golden, and enough of its id."""
    return f"{path.parent.parent.name}-{path.name[9:13]}"


def golden(name: str) -> Path:
    """The first session of this golden."""
    return next(path for path in SESSIONS if path.parent.parent.name == name)


def records(path: Path) -> list[Record]:
    """All records, inherited ones included, as they are on disk."""
    reader = LogReader(str(path))
    return list(reader.read(0, reader.refresh()[0]))


def first_own(path: Path) -> int:
    """Seq of the first record that is not inherited."""
    parent = LogReader(str(path)).parent
    return 0 if parent is None else parent[1] + 1


def rewrite(source: Path, home: Path, change: Callable[[list[Record]], Sequence[Record]]) -> Path:
    """A copy below `home` whose own records are what `change` makes of them, with a chain that holds; parents as they
    are.
    """
    reader = LogReader(str(source))
    path = home / source.name
    if reader.parent is None:
        writer = LogWriter.create(str(path), session=reader.session)
    else:
        parent, at, _ = reader.parent
        name = str(uuid.UUID(bytes=parent))
        copy_lineage(source.parent / name, home)
        writer = LogWriter.fork(str(path), session=reader.session, parent=str(home / name), at=at)
    own = records(source)[first_own(source) :]
    writer.append(list(map(_in, change(own))), durable=True)
    writer.close()
    return path


def copy_lineage(source: Path, home: Path) -> Path:
    """The session as it is, and all it inherits from."""
    parent = LogReader(str(source)).parent
    if parent is not None:
        copy_lineage(source.parent / str(uuid.UUID(bytes=parent[0])), home)
    target = home / source.name
    if not target.exists():
        shutil.copytree(source, target)
    return target


def _in(record: Record) -> tuple[str, int, int, int, int | None, int, bytes]:
    _, ts, kind, version, agent, cause, flags, payload = record
    return kind, version, ts, agent, cause, flags, bytes(payload)
