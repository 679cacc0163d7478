"""The sessions of a home: which there are, which is meant, and which were written to last.

With ten thousand of them, opening each to see what it is called takes seconds. So what a log says of its session is
kept in a file of the home, by the state of its newest segment; whoever needs it again compares that alone. Delete the
file and nothing is lost. One that somebody has changed chooses no session: what leads to one is compared with its log,
and where they differ, the whole file is passed over.
"""

from __future__ import annotations

import heapq
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec.structs import replace

from claw._native import LogReader, written_last
from claw.errors import ClawError, EventInvalid, LogError, LogNotFound, SessionAmbiguous, SessionNotFound, UsageError
from claw.events.codec import UNREADABLE
from claw.late import pattern
from claw.log.files import HEADS, PERSONAL, Home, SessionEntry, check_name, describe, has_events, read, tip

CATALOGUE = "catalogue.msgpack"
GRAIN = 2_000_000_000
"""Nanoseconds: what was written within so short a time may bear the same time as what was written before."""
_ID = pattern("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WORTH_KEEPING = 32
"""Entries that must be new before the file is written again; a long session counts as more than one."""
DEAR = 1_000
"""Events that take as long to look through as another session takes to open."""
CERTAIN = 32
"""Sessions, those that were written to last, whose logs are asked for the last one whatever is kept."""


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """What a session's log says, and of which state of its newest segment that is true."""

    number: int
    size: int
    written: int
    name: str
    workspace: str
    parent: str
    started: int
    last: int
    records: int
    line: bytes = b""
    """What else somebody has found out about it; empty: nothing."""
    title: str = ""
    tags: tuple[str, ...] = ()


class Known(msgspec.Struct, frozen=True):
    """A session that has events. `entry` is None where it is damaged; then `last` is the time of its last write."""

    path: Path
    last: int
    entry: SessionEntry | None


class Catalogue:
    """The sessions of one home, as its folders are now."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._sessions = home.sessions
        self._new = 0
        self._fresh: set[str] = set()
        """Sessions of which what is kept is true of their log as it is."""
        self._doubted: set[str] = set()
        """Sessions whose logs are asked whatever is kept."""

    @cached_property
    def _folders(self) -> list[tuple[str, int, int, int]]:
        """Name, number and size of the newest segment, time of the last write; the last that was written comes last."""
        try:
            return written_last(str(self._home.sessions))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unreadable(self._home, error) from None

    @cached_property
    def _by_name(self) -> dict[str, tuple[str, int, int, int]]:
        return {folder[0]: folder for folder in self._folders}

    @cached_property
    def _kept(self) -> dict[str, _Kept]:
        try:
            return msgspec.msgpack.decode(_read(self._home.path / CATALOGUE), type=dict[str, _Kept])
        except (OSError, *UNREADABLE):
            return {}

    @property
    def ids(self) -> list[str]:
        """Of all of them, in order."""
        return sorted(self._by_name)

    def recent(self, count: int) -> tuple[list[Path], int]:
        """The folders that were written to last, oldest session first, and how many others there are."""
        chosen = self._folders[-count:]
        return [self._home.session_path(name) for name, *_ in sorted(chosen)], len(self._folders) - len(chosen)

    def newest(self) -> Iterator[Known]:
        """Those with events, by the time of their last event, the last first."""
        self._doubted.update(name for name, *_ in self._folders[-CERTAIN:])
        ready: list[tuple[int, str, Known]] = []
        for folder in reversed(self._folders):
            while ready and -ready[0][0] > folder[3] + GRAIN:
                yield heapq.heappop(ready)[2]
            known = self._known(folder)
            if known is not None:
                heapq.heappush(ready, (-known.last, folder[0], known))
        while ready:
            yield heapq.heappop(ready)[2]

    def last(self, wanted: Callable[[Known], bool] = lambda _: True) -> Known | None:
        """Of those that are wanted, as their logs describe them, the one with the latest event."""
        found = next(filter(wanted, self.newest()), None)
        if found is not None and not self._is_said_by_log(found):
            self._doubted.update(self._kept)
            found = next(filter(wanted, self.newest()), None)
        return found

    def named(self, name: str) -> list[Path]:
        """The folders of the sessions that have this name; of a damaged one counts what can be read of it."""
        found = self._kept_as(name)
        if any(_name_in(str(path)) != name for path in found):
            self._doubted.update(self._kept)
            found = self._kept_as(name)
        return found

    def _kept_as(self, name: str) -> list[Path]:
        found = []
        for folder in sorted(self._folders):
            kept = self._true_of(folder)
            if kept is not None and kept.name != name:
                continue
            known = self._known(folder)
            if known is not None and self._name_of(known) == name:
                found.append(known.path)
        return found

    def known(self, id: str) -> Known | None:
        """The session; None where it has no events."""
        found = self._by_name.get(id)
        return None if found is None else self._known(found)

    def line(self, id: str) -> bytes:
        """What `remember` was told of the session as it is now; empty: nothing."""
        return self._kept[id].line if id in self._fresh else b""

    def remember(self, id: str, line: bytes) -> None:
        """Keep something that follows from the session's log alone, as it was when `known` was asked."""
        if id in self._fresh:
            self._kept[id] = replace(self._kept[id], line=line)
            self._new += 1 + self._kept[id].records // DEAR

    def keep(self) -> None:
        """Keep what had to be looked up, where that is worth it. Never raises: only time is lost."""
        if self._new >= WORTH_KEEPING:
            kept = {name: entry for name, entry in self._kept.items() if name in self._by_name}
            with suppress(OSError):
                _write(self._home.path / CATALOGUE, msgspec.msgpack.encode(kept))
            self._new = 0

    def _name_of(self, known: Known) -> str:
        return known.entry.name if known.entry else _name_in(str(known.path))

    def _is_said_by_log(self, known: Known) -> bool:
        if known.entry is None or known.entry.id in self._doubted:
            return True
        try:
            return describe(str(known.path)) == known.entry
        except ClawError:
            return False

    def _true_of(self, folder: tuple[str, int, int, int]) -> _Kept | None:
        """What is kept of it, if its newest segment is as it was then."""
        kept = None if folder[0] in self._doubted else self._kept.get(folder[0])
        return kept if kept is not None and (kept.number, kept.size, kept.written) == folder[1:] else None

    def _known(self, folder: tuple[str, int, int, int]) -> Known | None:
        id, number, size, written = folder
        path = self._sessions / id
        kept = self._true_of(folder)
        if kept is None:
            try:
                entry = describe(str(path))
            except LogNotFound:
                return None
            except ClawError:
                return Known(path, last_written(str(path)), None)
            kept = _Kept(
                number, size, written, entry.name, entry.workspace, entry.parent, entry.started, entry.last,
                entry.records, title=entry.title, tags=entry.tags,
            )  # fmt: skip
            if written + GRAIN < time.time_ns():
                self._fresh.add(id)
                before = self._kept.get(id)
                if before is None or replace(before, line=b"") != kept:
                    self._kept[id] = kept
                    self._new += 1 + entry.records // DEAR
        else:
            self._fresh.add(id)
        entry = SessionEntry(
            id, str(path), kept.name, kept.workspace, kept.parent, kept.started, kept.last, kept.records, kept.title,
            kept.tags,
        )  # fmt: skip
        return Known(path, kept.last, entry)


def session_paths(home: Home) -> list[Path]:
    """Folders of all sessions, oldest first."""
    folder = home.sessions
    return [folder / id for id in _ids(home)]


def _ids(home: Home) -> list[str]:
    """Of all sessions, oldest first."""
    try:
        names = os.listdir(home.sessions)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(home, error) from None
    return sorted(filter(_ID.fullmatch, names))


def is_named(home: Home, name: str) -> bool:
    """Whether a session has this name."""
    catalogue = Catalogue(home)
    found = bool(catalogue.named(name))
    catalogue.keep()
    return found


def check_unused(home: Home, name: str) -> str:
    """A name that a new session can have. Raises UsageError."""
    if is_named(home, check_name(name)):
        raise UsageError(f"a session is already named {name!r}", hint=f"claw resume {name}, or another --name")
    return name


def find(home: Home, ref: str) -> Path:
    """The folder of the session that an id prefix, a name or `@last` means.

    Raises SessionNotFound, SessionAmbiguous.
    """
    if ref == PERSONAL:
        raise SessionNotFound(f"{ref!r} is your own log, and no session", hint="claw log user shows what is in it")
    catalogue = Catalogue(home)
    if ref == "@last":
        last = catalogue.last()
        if last is None:
            raise SessionNotFound(f"there are no sessions in {home.sessions}", hint="claw -p 'PROMPT' starts one")
        return last.path
    found = [home.session_path(id) for id in _ids(home) if id.startswith(ref.lower())]
    if not found:
        found = catalogue.named(ref)
        catalogue.keep()
    if not found:
        raise SessionNotFound(f"no session has the id or name {ref!r}", hint="claw log lists the sessions")
    if len(found) > 1:
        some = ", ".join(path.name for path in found[:4]) + (", …" if len(found) > 4 else "")
        raise SessionAmbiguous(f"{ref!r} means {len(found)} sessions: {some}", hint="type more of the id")
    return found[0]


def _unreadable(home: Home, error: OSError) -> UsageError:
    return UsageError(f"cannot read {home.sessions}: {error.strerror}", hint="claw doctor")


def last_written(path: str) -> int:
    """Time of its last event, or of the last write where it is damaged; -1 without an event."""
    try:
        return next(iter(LogReader(path).read(tip(path))))[1] if has_events(path) else -1
    except LogError:
        return max((file.stat().st_mtime_ns for file in Path(path).glob("*.seg")), default=-1)


def _name_in(path: str) -> str:
    """Its name; of a damaged one what can be read of it, for it must neither hide nor be hidden."""
    name = ""
    try:
        if not has_events(path):
            return name
        for envelope in read(path, kinds=HEADS):
            name = getattr(envelope.data, "name", name)
    except (LogError, EventInvalid):
        return name
    return name


def _read(file: Path) -> bytes:
    with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
        return opened.read()


def _write(file: Path, value: bytes) -> None:
    """All of it under this name, or nothing; never through a link."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as opened:
        opened.write(value)
    temporary.replace(file)
