"""What there is to say about a session in one line of a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from claw import log
from claw.cli.offline import words
from claw.cli.offline.lock import holder
from claw.errors import ClawError, LogTooNew
from claw.events.base import Envelope
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


def survey(path: Path) -> Line:
    """Never raises for what is wrong with the log itself."""
    try:
        if not log.has_events(str(path)):
            return Line(path.name, "empty", problem="it has no events")
        entry = log.describe(str(path))
        spent, status = _fold(log.read(str(path), kinds=_KINDS))
    except LogTooNew as error:
        return Line(path.name, "newer", problem=error.message)
    except ClawError as error:
        return Line(path.name, "damaged", problem=error.message)
    return Line(path.name, "running" if holder(str(path)) is not None else status, entry, spent)


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


def short_ids(ids: Sequence[str], least: int = 8) -> dict[str, str]:
    """The shortest prefix of each id that names it among these, all of one length."""
    length = least
    while length < 36 and len({name[:length] for name in ids}) < len(set(ids)):
        length += 1
    return {name: name[:length].rstrip("-") for name in ids}
