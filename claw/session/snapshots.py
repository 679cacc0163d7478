"""The state kept beside the log, so that a long session opens quickly. Delete it and nothing is lost.

A snapshot is believed when the log says so: `snapshot.taken` names the digest of its file, whose name holds the digest
of the sources that it depends on, the seq, and the chain hash there. So a changed fold never reads a stale one, a fork
finds its parent's, and a file that somebody has changed is passed over. Whatever rules, mode, grants, tools and agents
the session has is folded from the log all the same, and a snapshot that says otherwise is passed over too.
"""

from __future__ import annotations

import os
import uuid
import zlib
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
from claw.events.input import InputReceived
from claw.events.kinds import kind_of
from claw.events.session import SnapshotTaken, TurnFinished
from claw.log import read
from claw.projections.base import Projection
from claw.projections.kinds import KINDS
from claw.projections.origin import ORIGIN
from claw.projections.permissions import PERMISSIONS
from claw.projections.session import SESSION
from claw.projections.state import INITIAL, UNFOLDED, State, fold, folding
from claw.projections.tools import TOOLS

KEPT = 2
"""Snapshots that stay in a session's folder: the newest, and one that the log names already while it is written."""

_ROOT = Path(claw.__file__).parent
_NAME = "state"
_AUTHORITIES: tuple[Projection[Any], ...] = (SESSION, PERMISSIONS, TOOLS, KINDS, ORIGIN)
"""What verdicts are made from: of these the log alone is believed."""
_OF_NO_VERDICT: set[type[Event]] = {InputReceived, TurnFinished}
"""A long session has many of them, and what the authorities make of them no verdict depends on."""
_REFOLDED_BY: set[type[Event]] = {SnapshotTaken, *(kind for part in _AUTHORITIES for kind in part.folds)}
_REFOLDED = sorted(map(kind_of, _REFOLDED_BY - _OF_NO_VERDICT))
_refolded = folding(_AUTHORITIES)
_encode = msgspec.msgpack.Encoder().encode
_LEVEL = 1
"""Of compression: higher ones take many times as long and save a tenth."""


class Restored(NamedTuple):
    """`folded`: how many events lie between the snapshot and there."""

    state: State
    folded: int


@cache
def source_digest() -> str:
    """BLAKE3 (16 hex digits) of the sources that a state's values depend on."""
    folders = (_ROOT / "events", _ROOT / "projections")
    files = [os.path.join(folder, name) for folder in folders for name in sorted(os.listdir(folder))]
    return blake3(b"\0".join(_source(file) for file in files if file.endswith(".py")))[:16]


def _source(file: str) -> bytes:
    with open(file, "rb", buffering=0) as opened:
        return opened.read()


def save(path: str, state: State, seq: int, chain: bytes) -> SnapshotTaken:
    """Keep the state after `seq`, where the log's chain hash is `chain`; the event without which it is not believed.

    Raises OSError.
    """
    folder = Path(path) / "snapshots"
    folder.mkdir(exist_ok=True)
    if folder.is_symlink():
        raise NotADirectoryError(f"{folder} is a link")
    value = zlib.compress(_encode(state), _LEVEL)
    _write(folder / _file_name(seq, chain), value)
    _remove_older(folder)
    return SnapshotTaken(upto=seq, digests={_NAME: blake3(value)})


def restore(path: str, upto: int) -> Restored:
    """The state after event `upto`, from the newest snapshot that is believed and the events after it.

    Raises LogError, EventInvalid.
    """
    taken, authority = _refold(path, upto)
    for event in sorted(taken, key=lambda event: event.upto, reverse=True):
        state = _load(path, event)
        if state is not None and _verdicts_from(state) == _verdicts_from(authority[event.upto]):
            break
    else:
        state, event = INITIAL, SnapshotTaken(upto=-1, digests={})
    for envelope in read(path, event.upto + 1, upto + 1, without=UNFOLDED):
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


def _verdicts_from(state: State) -> tuple[object, ...]:
    """All in it that a verdict may depend on. Kinds that this claw does not know are not among the events that are
    folded again.
    """
    session = replace(state.session, unknown="", receipts={})
    origins = {id: replace(agent.origin, last_turn=None) for id, agent in state.agents.items()}
    return session, state.permissions, state.tools, state.kinds, origins


@cache
def _decoder() -> msgspec.msgpack.Decoder[State]:
    return msgspec.msgpack.Decoder(State)


def _load(path: str, taken: SnapshotTaken) -> State | None:
    """The snapshot, if it is there and is what the log says."""
    name = _file_name(taken.upto, LogReader(path).chain_at(taken.upto))
    value = next((data for folder in _lineage(path) if (data := _read(folder / name)) is not None), None)
    if value is None or blake3(value) != taken.digests.get(_NAME):
        return None
    try:
        return _decoder().decode(zlib.decompress(value))
    except (*UNREADABLE, zlib.error):
        return None


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
    """All but the newest ones, and those of other sources, which nobody reads any more."""
    ours = sorted((file for file in folder.iterdir() if file.suffix in (".state", ".msgpack")), key=_seq_of)
    kept = [file for file in ours if f".{source_digest()}." in file.name][-KEPT:]
    for file in ours:
        if file not in kept:
            file.unlink(missing_ok=True)


def _seq_of(file: Path) -> int:
    """-1 for what is no snapshot of these days."""
    seq = file.name.partition(".")[0]
    return int(seq) if file.suffix == ".state" and seq.isdecimal() else -1


def _file_name(seq: int, chain: bytes) -> str:
    return f"{seq}.{source_digest()}.{chain.hex()[:32]}.state"
