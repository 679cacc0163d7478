"""Values of projections kept beside the log, so that a long session opens quickly. Delete them and nothing is lost.

A snapshot is keyed by projection, digest of the sources it depends on, seq, and the chain hash there: a changed fold
never reads a stale one, and a fork finds its parent's.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

import claw
from claw._native import LogReader, blake3
from claw.events.codec import UNREADABLE
from claw.log import read
from claw.projections.base import Projection
from claw.projections.state import PROJECTIONS, State

KEPT = 4
"""Snapshots of each projection that stay in a session's folder."""

_ROOT = Path(claw.__file__).parent
_encode = msgspec.msgpack.Encoder().encode


class Restored(NamedTuple):
    """`folded`: how many events had to be folded to get there."""

    state: State
    folded: int


@cache
def source_digest(name: str) -> str:
    """BLAKE3 (16 hex digits) of the sources that the projection's values depend on."""
    sources = [*sorted((_ROOT / "events").glob("*.py")), _ROOT / "projections" / "base.py"]
    text = b"\0".join(path.read_bytes() for path in [*sources, _ROOT / "projections" / f"{name}.py"])
    return blake3(text)[:16]


def save(path: str, state: State, seq: int, chain: bytes) -> None:
    """Keep the state after `seq`, where the log's chain hash is `chain`. Raises OSError."""
    folder = Path(path) / "snapshots"
    folder.mkdir(exist_ok=True)
    for projection in PROJECTIONS:
        target = folder / _file_name(projection.name, seq, chain)
        if target.exists():
            continue
        temporary = target.with_suffix(".tmp")
        temporary.write_bytes(_encode(getattr(state, projection.name)))
        temporary.replace(target)
        for _, old in list(_kept(folder, projection.name))[KEPT:]:
            old.unlink(missing_ok=True)


def restore(path: str, upto: int) -> Restored:
    """The state after event `upto`, from the newest snapshots that fit and the events after them.

    Raises LogError, EventInvalid.
    """
    values: dict[str, Any] = {}
    seqs: dict[str, int] = {}
    folders = list(_lineage(path, upto))
    for projection in PROJECTIONS:
        values[projection.name], seqs[projection.name] = _newest(projection, folders)
    start = min(seqs.values()) + 1
    for envelope in read(path, start, upto + 1):
        for projection in PROJECTIONS:
            if envelope.seq > seqs[projection.name]:
                values[projection.name] = projection.fold(values[projection.name], envelope)
    return Restored(State(**values), upto + 1 - start)


def _newest(projection: Projection[Any], folders: list[tuple[Path, LogReader, int]]) -> tuple[Any, int]:
    decoder = msgspec.msgpack.Decoder(type(projection.initial))
    for folder, reader, last in folders:
        durable = reader.refresh()[1]
        for seq, file in _kept(folder, projection.name):
            if seq > last or seq >= durable or file.name != _file_name(projection.name, seq, reader.chain_at(seq)):
                continue
            try:
                return decoder.decode(file.read_bytes()), seq
            except (OSError, *UNREADABLE):
                continue
    return projection.initial, -1


def _lineage(path: str, upto: int) -> Iterator[tuple[Path, LogReader, int]]:
    """Snapshot folders of the session and of its parents, each with the last seq that counts there."""
    while True:
        reader = LogReader(path)
        yield Path(path) / "snapshots", reader, upto
        if reader.parent is None:
            return
        parent, at, _ = reader.parent
        path = os.path.join(os.path.dirname(path), str(uuid.UUID(bytes=parent)))
        upto = min(upto, at)


def _kept(folder: Path, name: str) -> Iterator[tuple[int, Path]]:
    """The projection's snapshots of the present sources, newest first."""
    found = []
    for file in folder.glob(f"{name}.{source_digest(name)}.*.msgpack"):
        seq = file.name.split(".")[2]
        if seq.isdigit():
            found.append((int(seq), file))
    yield from sorted(found, reverse=True)


def _file_name(name: str, seq: int, chain: bytes) -> str:
    return f"{name}.{source_digest(name)}.{seq}.{chain.hex()[:32]}.msgpack"
