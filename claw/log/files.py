"""One session on disk: where it lies, how it is addressed, and its events, typed."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from claw._native import BlobStore, LogReader, LogWriter
from claw.errors import BlobError, LogError, LogNotFound, UsageError
from claw.events import codec
from claw.events.base import DERIVED, Blob, Content, Envelope
from claw.events.session import (
    SessionFaulted,
    SessionForked,
    SessionRenamed,
    SessionStarted,
    SessionTagged,
    SessionTitled,
)
from claw.late import pattern

BATCH = 4096
PERSONAL = "user"
"""What stands for a session where the user's own log is meant, and its folder in the home."""
HEADS = ("session.started", "session.forked", "session.renamed", "session.titled", "session.tagged")
"""The kinds of events that say what a session is called and where it works."""
_ADDRESS = pattern(r"(?P<ref>@last|[^@\s]+)(?:@(?P<seq>\d{1,18})(?P<before>\^)?)?")
_NAME = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Home(Struct, frozen=True):
    """The folder that holds all sessions: `$CLAW_HOME`, or `claw` in the XDG data directory."""

    path: Path

    @staticmethod
    def default(environ: Mapping[str, str]) -> Home:
        """Raises UsageError when no home can be told from the environment."""
        if environ.get("CLAW_HOME"):
            return Home(Path(environ["CLAW_HOME"]).absolute())
        if environ.get("XDG_DATA_HOME"):
            return Home(Path(environ["XDG_DATA_HOME"]).absolute() / "claw")
        if environ.get("HOME"):
            return Home(Path(environ["HOME"]) / ".local" / "share" / "claw")
        raise UsageError("neither CLAW_HOME nor HOME is set", hint="export CLAW_HOME=DIR")

    @property
    def sessions(self) -> Path:
        return self.path / "sessions"

    @property
    def personal(self) -> Path:
        """The user's own log (`claw/log/personal.py`)."""
        return self.path / PERSONAL

    def session_path(self, session: str) -> Path:
        return self.sessions / session


class SessionEntry(Struct, frozen=True):
    """One session in a home. Times are ns since 1970 UTC; `records` counts inherited ones too."""

    id: str
    path: str
    name: str
    workspace: str
    parent: str
    started: int
    last: int
    records: int
    title: str = ""
    """What a model says it is about."""
    tags: tuple[str, ...] = ()
    """By which the person finds it."""

    @property
    def shown(self) -> str:
        """What tells it from others in a list: its name, else its title."""
        return self.name or self.title


class Address(Struct, frozen=True):
    """`S`, `S@n` or `S@n^` as typed: `ref` is an id prefix, a name or `@last`."""

    ref: str
    seq: int | None = None
    before: bool = False


def parse_address(text: str) -> Address:
    """Raises UsageError."""
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} names no session or event", hint="write S, S@12 or S@12^; see `claw log`")
    seq = match["seq"]
    return Address(match["ref"], None if seq is None else int(seq), match["before"] is not None)


def check_name(name: str) -> str:
    """A session's name: letters, digits, `.`, `_`, `-`. Raises UsageError."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name a session", hint="use 1 to 64 letters, digits, '.', '_' or '-'")
    if name == PERSONAL:
        raise UsageError(
            f"{name!r} is the name of your own log", hint="take another name; claw log user shows that log"
        )
    return name


def describe(path: str) -> SessionEntry:
    """What a session's first and last records say. Raises LogNotFound where it has none, LogError, EventInvalid."""
    reader = LogReader(path)
    written, _ = reader.refresh()
    if written <= _inherited(reader):
        raise LogNotFound(f"the session in {path} has no events", path=path, hint=f"rm -r {path}")
    workspace = name = parent = title = ""
    tags: tuple[str, ...] = ()
    started = 0
    for envelope in _typed(reader, 0, written, HEADS):
        event = envelope.data
        started = started or envelope.ts
        match event:
            case SessionStarted():
                workspace, name = event.workspace, event.name
            case SessionForked():
                workspace, name, parent, started = event.workspace, event.name, event.parent, envelope.ts
            case SessionRenamed():
                name = event.name
            case SessionTitled():
                title = event.title
            case SessionTagged():
                tags = event.applied(tags)
    last = next(iter(reader.read(written - 1, written)))[1]
    id = str(uuid.UUID(bytes=reader.session))
    return SessionEntry(id, path, name, workspace, parent, started, last, written, title, tags)


def has_events(path: str) -> bool:
    """False for a session whose creation did not get as far as its first event."""
    try:
        reader = LogReader(path)
    except LogNotFound:
        return False
    return reader.refresh()[0] > _inherited(reader)


def _inherited(reader: LogReader) -> int:
    """How many records are its parent's; a fork has one of its own."""
    return reader.parent[1] + 1 if reader.parent else 0


def tip(path: str) -> int:
    """Seq of the last event. Raises LogError."""
    return LogReader(path).refresh()[0] - 1


def end(path: str) -> tuple[int, bytes]:
    """Seq of the last event, and the log's chain hash there: where both are the same, so is the whole log.

    Raises LogError.
    """
    reader = LogReader(path)
    seq = reader.refresh()[0] - 1
    return seq, reader.chain_at(seq) if seq >= 0 else b""


def check_whole(path: str, at: int) -> None:
    """Raises UsageError when the step that ends with `at` was never decided, because claw failed there."""
    for envelope in read(path, at, at + 2):
        if isinstance(envelope.data, SessionFaulted):
            cause = envelope.seq if envelope.cause is None else envelope.cause
            raise UsageError(
                f"claw failed on event {cause}, and what it would have decided is not known",
                hint=f"claw fork {Path(path).name}@{cause}^",
            )


def read(
    path: str,
    start: int = 0,
    stop: int | None = None,
    kinds: Sequence[str] | None = None,
    *,
    without: Sequence[tuple[str, int]] | None = None,
) -> Iterator[Envelope]:
    """Events with start <= seq < stop, inherited ones included, in order: of these kinds, and of none in
    `without` up to the version there. Raises LogError, EventInvalid.
    """
    reader = LogReader(path)
    written, _ = reader.refresh()
    stop = written if stop is None else min(stop, written)
    yield from map(codec.decode, records(reader, start, stop, kinds, without=without))


def _typed(reader: LogReader, start: int, stop: int, kinds: Sequence[str] | None) -> Iterator[Envelope]:
    return map(codec.decode, records(reader, start, stop, kinds))


def records(
    reader: LogReader,
    start: int,
    stop: int,
    kinds: Sequence[str] | None = None,
    *,
    without: Sequence[tuple[str, int]] | None = None,
) -> Iterator[codec.Record]:
    """Records with start <= seq < stop as they are, payloads in msgpack. Raises LogError."""
    while start < stop:
        batch = reader.read(start, stop, kinds=kinds, without=without, limit=BATCH)
        yield from batch
        if batch.next_seq <= start:
            return
        start = batch.next_seq


def event_at(path: str, seq: int) -> Envelope:
    """One event. Raises UsageError when the session has no such event."""
    for envelope in read(path, seq, seq + 1):
        return envelope
    written = LogReader(path).refresh()[0]
    raise UsageError(f"the session has no event {seq}: its last is {written - 1}", hint=f"claw log {Path(path).name}")


def step_end(path: str, seq: int) -> int:
    """Seq of the last event of the step that `seq` is in."""
    end = event_at(path, seq).seq
    for envelope in read(path, seq + 1):
        if not envelope.flags & DERIVED:
            break
        end = envelope.seq
    return end


def step_start(path: str, seq: int) -> int:
    """Seq of the observed event that began the step that `seq` is in."""
    start = event_at(path, seq)
    while start.flags & DERIVED and start.seq > 0:
        start = event_at(path, start.seq - 1)
    return start.seq


def fork_point(path: str, address: Address) -> int:
    """The last seq that a fork at this address inherits. Raises UsageError."""
    if address.seq is None:
        return LogReader(path).refresh()[0] - 1
    if not address.before:
        return step_end(path, address.seq)
    start = step_start(path, address.seq)
    if start == 0:
        raise UsageError("there is nothing before the first event", hint="claw log S shows the events")
    return start - 1


def append(writer: LogWriter, envelopes: Sequence[Envelope], *, durable: bool, reserve: int = 0) -> None:
    """Write events in one block; their seqs must be the writer's next ones."""
    assert not envelopes or envelopes[0].seq == writer.next_seq
    records = [(e.kind, e.version, e.ts, e.agent, e.cause, e.flags, codec.encode(e.data)) for e in envelopes]
    writer.append(records, durable=durable, reserve=reserve)


class SessionBlobs:
    """The blobs of one session: its own, and in a fork its parents' too (`docs/adr/0003`)."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._own = BlobStore(os.path.join(path, "blobs"))

    def put(self, content: bytes) -> str:
        """Store and sync; the digest. Raises BlobError."""
        return self._own.put(content)

    def get(self, digest: str) -> bytes:
        """Raises BlobError when no session in the lineage has it, or it is damaged."""
        folder, store = self._path, self._own
        while not store.has(digest):
            parent = LogReader(folder).parent
            if parent is None:
                name = Path(self._path).name
                raise BlobError(f"the content {digest[:12]}… of session {name} is missing", hint=f"claw verify {name}")
            folder = os.path.join(os.path.dirname(folder), str(uuid.UUID(bytes=parent[0])))
            store = BlobStore(os.path.join(folder, "blobs"))
        return store.get(digest)

    def faults(self) -> Iterator[str]:
        """A sentence for each event that names content which is not there, or is not what the log says.

        Raises LogError, EventInvalid.
        """
        seen: dict[Blob, str] = {}
        for envelope, blob in self.named():
            if blob not in seen:
                seen[blob] = self._fault(blob)
            if seen[blob]:
                yield f"event {envelope.seq} ({envelope.kind}): {seen[blob]}"

    def named(self) -> Iterator[tuple[Envelope, Blob]]:
        """Each blob that an event refers to, and the event. Raises LogError, EventInvalid."""
        reader = LogReader(self._path)
        for record in records(reader, 0, reader.refresh()[0]):
            if codec.BLOB_MARK in bytes(record[-1]):
                envelope = codec.decode(record)
                for blob in codec.blobs_of(envelope.data):
                    yield envelope, blob

    def _fault(self, blob: Blob) -> str:
        try:
            size = len(self.get(blob.digest))
        except (BlobError, LogError) as error:
            return error.message
        said = f"its content {blob.digest[:12]}… has {size} bytes, and the log says {blob.size}"
        return "" if size == blob.size else said

    def text(self, content: Content) -> str:
        """Inline text, or the blob's. Raises BlobError."""
        return content if isinstance(content, str) else self.get(content.digest).decode("utf-8", "replace")
