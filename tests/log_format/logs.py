"""Logs of all shapes: written by the real writer from a list of things to do, and killed where the list says so."""

from __future__ import annotations

import os
import shutil
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from claw._native import LogReader, LogWriter

if TYPE_CHECKING:
    from claw._native import RecordIn

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""A folder in memory, if this system has one."""

SIZES = st.one_of(st.integers(0, 300), st.sampled_from([400, 511, 512, 4096, 40_000]))
RECORDS = st.builds(
    lambda kind, version, ts, agent, cause, flags, size: (kind, version, ts, agent, cause, flags, b"\xa5" * size),
    st.one_of(st.sampled_from(["model.chunk", "tool.started", "x"]), st.text(min_size=1, max_size=20)),
    st.integers(0, 2**16 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**32 - 1),
    st.one_of(st.none(), st.integers(0, 2**64 - 2)),
    st.integers(0, 7),
    SIZES,
)


@dataclass(frozen=True)
class Append:
    records: list[RecordIn]
    durable: bool


@dataclass(frozen=True)
class Sync:
    """Sync what was appended lazily."""


@dataclass(frozen=True)
class Reopen:
    """Close, and open again."""


@dataclass(frozen=True)
class Kill:
    """The writer is gone as by a kill: what the kernel has is there, nothing is sealed. Then it is opened again."""


@dataclass(frozen=True)
class Fork:
    """Go on in a fork, from this part of the way."""

    part: float


Act = Append | Sync | Reopen | Kill | Fork
ACTS = st.lists(
    st.one_of(
        st.builds(Append, st.lists(RECORDS, min_size=1, max_size=6), st.booleans()),
        st.builds(Append, st.lists(RECORDS, min_size=1, max_size=6), st.booleans()),
        st.just(Sync()),
        st.just(Reopen()),
        st.just(Kill()),
        st.builds(Fork, st.floats(0, 1)),
    ),
    max_size=12,
)


@dataclass
class Shelf:
    """Sessions beside each other in a folder, one of them being written."""

    folder: Path
    writer: LogWriter = field(init=False)
    path: Path = field(init=False)
    _made: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        raw, self.path = self._name()
        self.writer = LogWriter.create(str(self.path), session=raw)

    def do(self, act: Act) -> None:
        match act:
            case Append():
                self.writer.append(act.records, durable=act.durable)
            case Sync():
                self.writer.sync()
            case Reopen():
                self.writer.close()
                self.writer = LogWriter.open(str(self.path))
            case Kill():
                self.kill()
                self.writer = LogWriter.open(str(self.path))
            case Fork():
                self._fork(act.part)

    def kill(self) -> None:
        """Leave the folder as it is now."""
        self._made += 1
        image = self.folder / f"image-{self._made}"
        while True:
            try:
                shutil.copytree(self.path, image)
                break
            except shutil.Error:  # a segment was packed meanwhile, and what was packed into has another name
                shutil.rmtree(image)
        self.writer.close()
        shutil.rmtree(self.path)
        image.rename(self.path)

    def _fork(self, part: float) -> None:
        last = self.writer.next_seq - 1
        if last < 0:
            return
        parent, at = self.path, int(part * last)
        raw, self.path = self._name()
        first = LogReader(str(parent)).parent
        if first is not None and at <= first[1]:
            at = last
        fork = LogWriter.fork(str(self.path), session=raw, parent=str(parent), at=at)
        self.writer.close()
        self.writer = fork

    def _name(self) -> tuple[bytes, Path]:
        self._made += 1
        name = uuid.UUID(int=0x01901234_5678_7ABC_8DEF_000000000000 + self._made)
        return name.bytes, self.folder / str(name)
