"""`claw fsck`: what is damaged in a log, and how to save the rest."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
import uuid
from pathlib import Path

from claw import _native, log
from claw._native import LogReader, Verification
from claw.cli.offline import lookup, words
from claw.cli.offline.lock import LOCK
from claw.cli.output import Output, standard
from claw.cli.sanitize import clean_line
from claw.errors import BlobError, LogCorrupt, LogError, LogLocked
from claw.events.codec import envelop
from claw.events.session import SessionSalvaged
from claw.log import SessionBlobs


def fsck(session: str, salvage: bool = False) -> int | None:
    """Explain what is wrong with a log. Nothing is ever repaired in place."""
    output = standard()
    path = lookup.session(session, personal=True)
    own = path == lookup.home().personal
    if salvage:
        return _salvage_own(path, output) if own else _salvage(path, output)
    found = LogReader(str(path)).verify()
    faults = list(SessionBlobs(str(path)).faults()) if found.ok else []
    output.answer("".join(f"{line}\n" for line in _explained(path, found, faults)))
    return LogCorrupt.exit_code if faults or not found.ok else 0


def _explained(path: Path, found: Verification, faults: list[str]) -> list[str]:
    last = "none" if found.last_seq is None else str(found.last_seq)
    durable = "none" if found.durable_upto is None else str(found.durable_upto)
    lines = [
        f"log        {path}",
        f"records    {found.records} whole ones; the last is {last}",
        f"on disk    up to {durable}",
        f"closed     {_closed(path, found)}",
    ]
    if found.torn_bytes:
        who = "the next who writes" if path == lookup.home().personal else "claw resume"
        lines.append(f"tail       {words.size(found.torn_bytes)} of an unfinished write; {who} sets it aside")
    if found.ok:
        return [*lines, *([f"damage     {clean_line(fault)}" for fault in faults] or ["damage     none"])]
    lines.append(f"damage     {found.error}")
    if found.error_path is not None and found.error_offset is not None:
        lines.append(f"where      byte {found.error_offset} of {found.error_path}")
    lines.append(
        f"next       claw fsck --salvage {path.name} saves the {words.plural(found.records, 'record')} before it"
    )
    return lines


def _closed(path: Path, found: Verification) -> str:
    if found.sealed:
        return "cleanly"
    own = path == lookup.home().personal
    return (
        "no: your own log is left open for the next who writes"
        if own
        else "no: it is being written, or its writer was killed"
    )


def _salvage(path: Path, output: Output) -> int:
    session = _native.new_session_id(time.time_ns() // 1_000_000)
    target = lookup.home().session_path(str(uuid.UUID(bytes=session)))
    os.makedirs(target.parent, mode=0o700, exist_ok=True)
    copied, left = _native.salvage(str(path), str(target), session=session)
    if copied == 0:
        shutil.rmtree(target)
        raise LogCorrupt(f"no record of {path.name} is whole, so there is nothing to save", path=str(path))
    _finish(path, target, target.name, left)
    lost = _copy_content(path, target)
    if lost:
        output.note(f"{words.plural(lost, 'piece')} of long content could not be read, and is left behind")
    output.note(f"{words.plural(copied, 'record')} saved in a new session; {words.size(left)} left behind in {path}")
    output.note(f"  try: claw log {target.name}")
    output.answer(f"{target.name}\n")
    return 0


def _salvage_own(path: Path, output: Output) -> int:
    """The user's own log goes on in one with what is whole of it; the damaged one is kept beside it."""
    session = _native.new_session_id(time.time_ns() // 1_000_000)
    id = str(uuid.UUID(bytes=session))
    target, aside = path.with_name(f"{path.name}.{id}.new"), path.with_name(f"{path.name}.{id}.damaged")
    with open(path / LOCK, "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LogLocked("your own log is being written", path=str(path), hint="try again in a moment") from None
        copied, left = _native.salvage(str(path), str(target), session=session)
        if copied == 0:
            shutil.rmtree(target, ignore_errors=True)
        else:
            _finish(path, target, id, left)
        path.rename(aside)
        if copied:
            target.rename(path)
    output.note(f"{words.plural(copied, 'record')} saved in your own log; {words.size(left)} left behind in {aside}")
    output.note(f"  try: claw log {path.name}" if copied else "  your own log begins anew")
    return 0


def _finish(path: Path, target: Path, session: str, left: int) -> None:
    """The new log says what it is. It is the last one that was written to from here on."""
    writer = _native.LogWriter.open(str(target))
    event = SessionSalvaged(session=session, source=path.name, left=left)
    try:
        log.append(writer, [envelop(event, seq=writer.next_seq, ts=time.time_ns(), agent=0, cause=None)], durable=True)
    finally:
        writer.close()


def _copy_content(path: Path, target: Path) -> int:
    """Give the new session the content that its events name; how many pieces of it are missing or damaged."""
    source, own = SessionBlobs(str(path)), SessionBlobs(str(target))
    lost = 0
    for digest in sorted({blob.digest for _, blob in own.named()}):
        try:
            own.put(source.get(digest))
        except (BlobError, LogError):
            lost += 1
    return lost
