"""A second reader of logs, written from docs/log-format.md alone and sharing no code with the first.

It is slow and reads everything into memory. `read` never raises for what is wrong with a log: it gives the records
before the first damage, and the damage.
"""

from __future__ import annotations

import hashlib
import re
import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import zstandard

HEADER, SEAL, BLOCKS, SECTOR = 0, 512, 1024, 512
BLOCK_HEAD, RECORD_HEAD, LARGEST_BLOCK = 80, 29, 1 << 30
NO_CAUSE = (1 << 64) - 1
FOLLOWED, CUT = 1, 2
_NAME = re.compile(r"(\d{8,})\.seg")


def _table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _table()


def crc32c(data: bytes) -> int:
    """Castagnoli, as RFC 3720 has it."""
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ _TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def genesis(session: bytes) -> bytes:
    return hashlib.sha256(b"claw log genesis 1\0" + session).digest()


@dataclass(frozen=True)
class Record:
    seq: int
    ts: int
    kind: str
    version: int
    agent: int
    cause: int | None
    flags: int
    payload: bytes
    link: bytes
    """Chain hash after it."""
    segment: str
    block: int
    """Where the block that holds it begins, in the file `segment`."""


class Damage(Exception):
    """Something that no writer leaves behind, at `offset` of `path`."""

    def __init__(self, path: Path, offset: int, what: str) -> None:
        super().__init__(f"{path.name} at {offset}: {what}")
        self.path = path
        self.offset = offset


class TooNew(Exception):
    """Another version, or a feature of one."""


@dataclass
class Found:
    """What a log holds. `durable` is one past the last seq known to be on disk; `torn` bytes of an unfinished write."""

    session: bytes = b""
    parent: tuple[bytes, int, bytes] | None = None
    records: list[Record] = field(default_factory=list)
    sealed: bool = False
    durable: int = 0
    chain: bytes = b""
    torn: int = 0
    damage: Damage | None = None


@dataclass(frozen=True)
class Seal:
    end: int
    next_seq: int
    chain: bytes
    flags: int


@dataclass(frozen=True)
class Block:
    offset: int
    length: int
    count: int
    first_seq: int
    durable: int
    chain: bytes


@dataclass
class Segment:
    """One file. Its header is checked when it is opened; raises Damage, TooNew."""

    path: Path
    data: bytes
    salt: int = 0
    session: bytes = b""
    number: int = 0
    first_seq: int = 0
    chain: bytes = b""
    allocated: int = 0
    parent: tuple[bytes, int, bytes] | None = None
    packed: bool = False

    @staticmethod
    def open(path: Path) -> Segment:
        data = path.read_bytes()
        segment = Segment(path, data)
        head = data[HEADER:SEAL]
        if head[:8] != b"clawlog\n":
            raise Damage(path, 0, "no magic")
        if len(head) < 512 or crc32c(head[:508]) != _u32(head, 508):
            raise Damage(path, 0, "header crc")
        version, incompatible, segment.salt = struct.unpack_from("<IIQ", head, 8)
        if version not in (1, 2) or incompatible:
            raise TooNew(f"version {version}, features {incompatible:#x}")
        segment.packed = version == 2
        segment.session = head[24:40]
        segment.number, segment.first_seq = struct.unpack_from("<QQ", head, 40)
        segment.chain = head[56:88]
        segment.allocated, forked = struct.unpack_from("<QI", head, 88)
        if segment.number != int(path.stem):
            raise Damage(path, 0, "number")
        if forked:
            segment.parent = (head[104:120], _u64(head, 120), head[128:160])
        return segment

    @cached_property
    def seal(self) -> Seal | None:
        """None where there is none, or a half-written one."""
        head = self.data[SEAL:BLOCKS]
        whole = len(head) == 512 and head[:8] == b"clawseal" and _u64(head, 8) == self.salt
        if not whole or crc32c(head[:508]) != _u32(head, 508):
            return None
        end, next_seq = struct.unpack_from("<QQ", head, 16)
        return Seal(end, next_seq, head[32:64], _u32(head, 64))

    def check_length(self, *, newest: bool) -> None:
        """One without a seal may be too short, or packed, only if that was half-written and the next one ends it."""
        if self.seal or (len(self.data) >= self.allocated and not self.packed):
            return
        if self.packed and len(self.data) >= self.allocated:
            if newest:
                raise Damage(self.path, SEAL, "seal")
            return
        if not any(self.data[SEAL:BLOCKS]) or len(self.data) < BLOCKS:
            raise Damage(self.path, len(self.data), "shorter than was allocated")
        if newest:
            raise Damage(self.path, SEAL, "seal")

    @property
    def end(self) -> int:
        return self.seal.end if self.seal else self.allocated

    def head(self, offset: int) -> Block | None:
        """A sound block header, whatever the rest of the block is like."""
        head = self.data[offset : offset + BLOCK_HEAD]
        if head[:16] != struct.pack("<QQ", self.salt, offset):
            return None
        if len(head) < BLOCK_HEAD or crc32c(head[:76]) != _u32(head, 76):
            return None
        length, count, first_seq, durable = struct.unpack_from("<IIQQ", head, 16)
        return Block(offset, length, count, first_seq, durable, head[40:72])

    def block(self, offset: int, next_seq: int) -> Block | None:
        """The sound block at this offset that continues with `next_seq`."""
        block = self.head(offset)
        if block is None or _u32(self.data, offset + 72) or block.first_seq != next_seq:
            return None
        if not 88 <= block.length <= LARGEST_BLOCK or block.length % 8 or offset + block.length > self.end:
            return None
        body = self.data[offset : offset + block.length]
        if len(body) < block.length or crc32c(body[:-4]) != _u32(body, block.length - 4):
            return None
        return block

    def walk(self, next_seq: int) -> Iterator[Block]:
        """Sound blocks from the first on."""
        offset = BLOCKS
        while block := self.block(offset, next_seq):
            yield block
            offset, next_seq = offset + block.length, next_seq + block.count

    def records(self, block: Block, chain: bytes) -> list[Record]:
        """A block's records, chained to `chain`. Raises Damage when they and the block do not agree."""
        data, found = self.data[block.offset : block.offset + block.length - 4], []
        if self.packed and block.count:
            data = bytes(BLOCK_HEAD) + self._unpack(data[BLOCK_HEAD:], block)
        at = BLOCK_HEAD
        for seq in range(block.first_seq, block.first_seq + block.count):
            if at + RECORD_HEAD > len(data):
                raise Damage(self.path, block.offset, "records run over")
            size, form, flags, kind_len, version, ts, cause, agent = struct.unpack_from("<IBBBHqQI", data, at)
            body = at + RECORD_HEAD + kind_len
            if form or flags > 7 or not kind_len or size < 16 or body + size > len(data):
                raise Damage(self.path, block.offset, "record")
            content = hashlib.sha256(data[body : body + size]).digest()
            chain = hashlib.sha256(chain + struct.pack("<Q", seq) + data[at + 5 : body] + content).digest()
            try:
                kind = data[at + RECORD_HEAD : body].decode()
            except UnicodeDecodeError:
                raise Damage(self.path, block.offset, "kind") from None
            payload = data[body + 16 : body + size]
            led = None if cause == NO_CAUSE else cause
            place = (self.path.name, block.offset)
            found.append(Record(seq, ts, kind, version, agent, led, flags, payload, chain, *place))
            at = body + size
        if any(data[at:]):
            raise Damage(self.path, block.offset, "padding")
        if chain != block.chain:
            raise Damage(self.path, block.offset, "chain")
        return found

    def _unpack(self, data: bytes, block: Block) -> bytes:
        """A packed block's records as a plain block has them. Raises Damage."""
        n = block.count
        try:
            plain, frame, kinds_count = struct.unpack_from("<IIH", data)
            at, kinds = 10, []
            for _ in range(kinds_count):
                kinds.append(data[at + 1 : at + 1 + data[at]])
                at += 1 + data[at]
            salts = [data[at + 16 * i : at + 16 * (i + 1)] for i in range(n)]
            at += 16 * n
            content = zstandard.ZstdDecompressor().decompress(data[at : at + frame])
            form, flags, kind, version, agent, size, ts, cause = (
                struct.unpack_from(f"<{n}{code}", content, start * n)
                for code, start in zip("BBHHIIQQ", (0, 1, 2, 4, 6, 10, 14, 22), strict=True)
            )
            names = [kinds[one] for one in kind]
        except (struct.error, IndexError, zstandard.ZstdError):
            raise Damage(self.path, block.offset, "packed") from None
        ends = list(accumulate(size, initial=30 * n))
        if len(content) != plain or ends[-1] != plain or at + frame > len(data) or any(data[at + frame :]):
            raise Damage(self.path, block.offset, "packed")
        ts, cause = (tuple(sum_ % 2**64 for sum_ in accumulate(column)) for column in (ts, cause))
        return b"".join(
            struct.pack(
                "<IBBBHQQI", 16 + size[i], form[i], flags[i], len(names[i]), version[i], ts[i], cause[i], agent[i]
            )
            + names[i]
            + salts[i]
            + content[ends[i] : ends[i + 1]]
            for i in range(n)
        )


def read(folder: Path) -> Found:
    """Everything up to the first damage. Raises TooNew, FileNotFoundError."""
    found = Found()
    try:
        _read(folder, found)
    except Damage as damage:
        found.damage = damage
    return found


def _read(folder: Path, found: Found) -> None:
    paths = _segments(folder)
    first = Segment.open(paths[0])
    found.session, found.parent = first.session, first.parent
    _inherit(folder, first, found)
    if first.first_seq != len(found.records) or first.chain != found.chain:
        raise Damage(first.path, 0, "the first segment does not begin where it must")
    segment = first
    for number, path in enumerate(paths[1:], start=2):
        if segment.seal:
            _sealed(segment, found)
        try:
            following = Segment.open(path)
        except Damage:
            if not segment.seal:
                # Where this segment ends stands in the next one's header.
                _take(segment, found)
            raise
        if int(path.stem) != number:
            raise Damage(path, 0, f"segment {number} is missing")
        if (following.session, following.parent) != (first.session, first.parent):
            raise Damage(path, 0, "of another log")
        if segment.seal is None:
            _cut_short(segment, following, found)
        if following.first_seq != len(found.records) or following.chain != found.chain:
            raise Damage(path, 0, "does not continue the segment before it")
        segment = following
    _newest(segment, found)


def _segments(folder: Path) -> list[Path]:
    paths = sorted((path for path in folder.iterdir() if _NAME.fullmatch(path.name)), key=lambda path: int(path.stem))
    if not paths:
        raise FileNotFoundError(f"{folder} holds no segment")
    if int(paths[0].stem) != 1:
        raise Damage(paths[0], 0, "segment 1 is missing")
    return paths


def _inherit(folder: Path, first: Segment, found: Found) -> None:
    if first.parent is None:
        found.chain = genesis(first.session)
        return
    name, seq, chain = first.parent
    above = read(folder.parent / str(uuid.UUID(bytes=name)))
    found.records = above.records[: seq + 1]
    found.chain = found.records[-1].link if found.records else b""
    if len(found.records) <= seq:
        raise above.damage or Damage(first.path, 0, "the parent does not reach that far")
    if found.chain != chain:
        raise Damage(first.path, 0, "the parent is not the one that was forked")


def _sealed(segment: Segment, found: Found) -> None:
    """Take all records of a sealed segment."""
    seal = segment.seal
    assert seal is not None
    end = _take(segment, found)
    if end != seal.end:
        raise Damage(segment.path, end, "no sound block")
    if len(segment.data) < seal.end:
        raise Damage(segment.path, len(segment.data), "shorter than its seal says")
    if (len(found.records), found.chain) != (seal.next_seq, seal.chain):
        raise Damage(segment.path, SEAL, "the seal disagrees with the records")


def _cut_short(segment: Segment, following: Segment, found: Found) -> None:
    """Take the records of an unsealed segment that end where the next one begins."""
    end = _take(segment, found, following.first_seq)
    if len(found.records) != following.first_seq:
        raise Damage(segment.path, end, "does not lead up to the next segment")
    segment.check_length(newest=False)


def _newest(segment: Segment, found: Found) -> None:
    if segment.seal:
        _sealed(segment, found)
        if segment.seal.flags & FOLLOWED:
            raise Damage(segment.path, SEAL, "the next segment is missing")
        found.sealed, found.durable = True, segment.seal.next_seq
        return
    found.durable = segment.first_seq
    end = _take(segment, found)
    segment.check_length(newest=True)
    beyond = (segment.head(offset) for offset in range(end, segment.allocated, 8))
    if any(block is not None and block.durable > len(found.records) for block in beyond):
        raise Damage(segment.path, end, "a block that was durable is lost")
    found.torn = len(segment.data[end:].rstrip(b"\0"))


def _take(segment: Segment, found: Found, stop: int | None = None) -> int:
    """Take records of sound blocks up to seq `stop`; where the blocks stop."""
    end = BLOCKS
    for block in segment.walk(len(found.records)):
        if stop is not None and block.first_seq + block.count > stop:
            break
        records = segment.records(block, found.chain)
        found.records += records
        found.chain = block.chain
        found.durable = max(found.durable, block.durable)
        end = block.offset + block.length
    return end


def _u32(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 4], "little")


def _u64(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 8], "little")
