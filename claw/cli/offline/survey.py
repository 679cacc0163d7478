"""What there is to say about a session in one line of a list."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from claw import log
from claw.cli.offline import words
from claw.cli.offline.lock import holder
from claw.errors import ClawError, LogTooNew
from claw.events.base import Envelope
from claw.events.codec import UNREADABLE
from claw.events.kinds import kind_of
from claw.events.model import ModelFailed, ModelFinished, ModelRequested
from claw.events.session import SessionEnded, SessionFaulted, SessionForked, SessionResumed
from claw.log import SessionEntry
from claw.projections.usage import USAGE, Spent

Status: TypeAlias = Literal["running", "ended", "stopped", "faulted", "damaged", "newer", "empty"]
_KINDS = [
    kind_of(cls)
    for cls in (ModelRequested, ModelFinished, ModelFailed, SessionForked, SessionResumed, SessionEnded, SessionFaulted)
]
_AFTER: dict[type, Status] = {
    SessionForked: "stopped",
    SessionResumed: "stopped",
    SessionEnded: "ended",
    SessionFaulted: "faulted",
}


NOTHING = Spent()


@dataclass(frozen=True, slots=True)
class Line:
    """`entry` is None and `problem` says why where the log cannot be read. A running session has a writer now;
    a stopped one has none, and no end: it can be resumed.
    """

    id: str
    status: Status
    entry: SessionEntry | None = None
    spent: Spent = NOTHING
    problem: str = ""


class _Told(msgspec.Struct, frozen=True, array_like=True):
    """What is kept in the catalogue of how a session stands."""

    spent: Spent
    status: Status


_told = msgspec.msgpack.Decoder(_Told)


def survey(path: Path, catalogue: log.Catalogue) -> Line:
    """Never raises for what is wrong with the log itself."""
    try:
        known = catalogue.known(path.name)
        if known is None:
            return Line(path.name, "empty", problem="it has no events")
        entry = known.entry or log.describe(str(path))
        spent, status = _recalled(catalogue, path.name) or _looked_up(catalogue, path)
    except LogTooNew as error:
        return Line(path.name, "newer", problem=error.message)
    except ClawError as error:
        return Line(path.name, "damaged", problem=error.message)
    return Line(path.name, "running" if holder(str(path)) is not None else status, entry, spent)


def _recalled(catalogue: log.Catalogue, id: str) -> tuple[Spent, Status] | None:
    try:
        told = _told.decode(catalogue.line(id))
    except UNREADABLE:
        return None
    return told.spent, told.status


def _looked_up(catalogue: log.Catalogue, path: Path) -> tuple[Spent, Status]:
    spent, status = _fold(log.read(str(path), kinds=_KINDS))
    catalogue.remember(path.name, msgspec.msgpack.encode(_Told(spent, status)))
    return spent, status


def _fold(envelopes: Iterator[Envelope]) -> tuple[Spent, Status]:
    usage = USAGE.initial
    status: Status = "stopped"
    for envelope in envelopes:
        usage = USAGE.fold(usage, envelope)
        status = _AFTER.get(type(envelope.data), status)
    return usage.total, status


def price(spent: Spent) -> str:
    """The amount, marked `+?` where some of it is not known."""
    return words.money(spent.nusd) + ("+?" if spent.unpriced else "")


def short_ids(ids: Collection[str], among: Sequence[str], least: int = 8) -> dict[str, str]:
    """The shortest prefix of each id that names it among those, which are in order; all of one length."""
    length = least
    for id in ids:
        place = bisect_left(among, id)
        for other in (*among[max(0, place - 1) : place], *among[place + 1 : place + 2]):
            length = max(length, next(n for n, pair in enumerate(zip(id, other, strict=True), 1) if len(set(pair)) > 1))
    return {id: id[:length].rstrip("-") for id in ids}
