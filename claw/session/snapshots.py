"""Values of projections kept beside the log, so that a long session opens quickly. Delete them and nothing is lost.

A snapshot is believed when the log says so: `snapshot.taken` names the digest of each of its files, and their names
hold the projection, the digest of the sources it depends on, the seq, and the chain hash there. So a changed fold never
reads a stale one, a fork finds its parent's, and a file that somebody has changed is passed over. Whatever rules, mode,
grants, tools and agents the session has is folded from the log all the same, and a snapshot that says otherwise is
passed over too.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

import claw
from claw._native import LogReader, blake3
from claw.events.base import Event
from claw.events.codec import UNREADABLE
from claw.events.kinds import kind_of
from claw.events.session import SnapshotTaken
from claw.log import read
from claw.projections.base import Projection
from claw.projections.kinds import KINDS
from claw.projections.origin import ORIGIN
from claw.projections.permissions import PERMISSIONS
from claw.projections.session import SESSION
from claw.projections.state import INITIAL, PROJECTIONS, State, fold, folding, state_of, type_of, value_of
from claw.projections.tools import TOOLS

KEPT = 4
"""Snapshots that stay in a session's folder."""

_ROOT = Path(claw.__file__).parent
_AUTHORITIES: tuple[Projection[Any], ...] = (SESSION, PERMISSIONS, TOOLS, KINDS, ORIGIN)
"""What verdicts are made from: of these the log alone is believed."""
_REFOLDED_BY: set[type[Event]] = {SnapshotTaken, *(kind for part in _AUTHORITIES for kind in part.folds)}
_REFOLDED = sorted(map(kind_of, _REFOLDED_BY))
_refolded = folding(_AUTHORITIES)
_NAMES = {projection.name for projection in PROJECTIONS}
_encode = msgspec.msgpack.Encoder().encode


class Restored(NamedTuple):
    """`folded`: how many events had to be folded to get there."""

    state: State
    folded: int


@cache
def source_digest(name: str) -> str:
    """BLAKE3 (16 hex digits) of the sources that the projection's values depend on."""
    folds = sorted((_ROOT / "projections").glob("*.py"))
    own = [path for path in folds if path.stem == name or path.stem not in _NAMES]
    return blake3(b"\0".join(path.read_bytes() for path in [*sorted((_ROOT / "events").glob("*.py")), *own]))[:16]


def save(path: str, state: State, seq: int, chain: bytes) -> SnapshotTaken:
    """Keep the state after `seq`, where the log's chain hash is `chain`; the event without which it is not believed.

    Raises OSError.
    """
    folder = Path(path) / "snapshots"
    folder.mkdir(exist_ok=True)
    if folder.is_symlink():
        raise NotADirectoryError(f"{folder} is a link")
    digests = {}
    for projection in PROJECTIONS:
        value = _encode(value_of(projection, state))
        digests[projection.name] = blake3(value)
        _write(folder / _file_name(projection.name, seq, chain), value)
    _remove_older(folder)
    return SnapshotTaken(upto=seq, digests=digests)


def restore(path: str, upto: int) -> Restored:
    """The state after event `upto`, from the newest snapshot that is believed and the events after it.

    Raises LogError, EventInvalid.
    """
    taken, authority = _refold(path, upto)
    for event in sorted(taken, key=lambda event: event.upto, reverse=True):
        state = _load(path, event)
        if state is not None and _agrees(state, authority[event.upto]):
            break
    else:
        state, event = INITIAL, SnapshotTaken(upto=-1, digests={})
    for envelope in read(path, event.upto + 1, upto + 1):
        state = fold(state, envelope)
    return Restored(state, upto - event.upto)


def _refold(path: str, upto: int) -> tuple[list[SnapshotTaken], dict[int, State]]:
    """What snapshots the log names, and at each of them a state that has the values of the authorities."""
    events = list(read(path, 0, upto + 1, _REFOLDED))
    taken = [envelope.data for envelope in events if isinstance(envelope.data, SnapshotTaken)]
    state = INITIAL
    authority: dict[int, State] = {}
    points = iter(sorted({event.upto for event in taken}))
    point = next(points, None)
    for envelope in events:
        while point is not None and point < envelope.seq:
            authority[point] = state
            point = next(points, None)
        state = _refolded(state, envelope)
    return [event for event in taken if event.upto in authority], authority


def _agrees(state: State, authority: State) -> bool:
    """Kinds that this claw does not know are not among the events that are folded again."""
    known = replace(state, session=replace(state.session, unknown=""))
    return all(value_of(part, known) == value_of(part, authority) for part in _AUTHORITIES)


def _load(path: str, taken: SnapshotTaken) -> State | None:
    """The snapshot, if all of it is there and is what the log says."""
    reader = LogReader(path)
    chain = reader.chain_at(taken.upto)
    values: dict[str, Any] = {}
    for projection in PROJECTIONS:
        name = _file_name(projection.name, taken.upto, chain)
        data = next((data for folder in _lineage(path) if (data := _read(folder / name)) is not None), None)
        if data is None or blake3(data) != taken.digests.get(projection.name):
            return None
        try:
            values[projection.name] = msgspec.msgpack.decode(data, type=type_of(projection))
        except UNREADABLE:
            return None
    return state_of(values)


def _lineage(path: str) -> Iterator[Path]:
    """Snapshot folders of the session and of its parents."""
    while True:
        yield Path(path) / "snapshots"
        reader = LogReader(path)
        if reader.parent is None:
            return
        path = os.path.join(os.path.dirname(path), str(uuid.UUID(bytes=reader.parent[0])))


def _read(file: Path) -> bytes | None:
    """A regular file's bytes; None where there is none."""
    try:
        with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            return opened.read()
    except OSError:
        return None


def _write(file: Path, value: bytes) -> None:
    """All of it under this name, or nothing; never through a link."""
    temporary = file.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as opened:
        opened.write(value)
    temporary.replace(file)


def _remove_older(folder: Path) -> None:
    """All but the newest ones, and those of other sources."""
    found: dict[int, list[Path]] = {}
    for file in folder.glob("*.*.*.*.msgpack"):
        name, sources, seq, *_ = file.name.split(".")
        if seq.isdecimal() and name in _NAMES and sources == source_digest(name):
            found.setdefault(int(seq), []).append(file)
    for old in sorted(found, reverse=True)[KEPT:]:
        for file in found[old]:
            file.unlink(missing_ok=True)


def _file_name(name: str, seq: int, chain: bytes) -> str:
    return f"{name}.{source_digest(name)}.{seq}.{chain.hex()[:32]}.msgpack"
