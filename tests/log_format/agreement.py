"""Whether both readers say the same of a log."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

from claw._native import LogReader
from claw.errors import LogCorrupt
from tests.log_format import reader
from tests.log_format.reader import Found


def agree(path: Path) -> Found:
    """Compare everything; what the second reader found."""
    try:
        theirs = LogReader(str(path))
    except LogCorrupt as error:
        return _agree_on_unreadable(error, reader.read(path))
    before = _durable(theirs)
    mine = reader.read(path)
    verified = theirs.verify()
    after = _durable(theirs)
    assert verified.ok == (mine.damage is None), f"one says {verified.error!r}, the other {mine.damage!r}"
    assert verified.records == len(mine.records), f"{verified.error!r} and {mine.damage!r}"
    assert verified.last_seq == (len(mine.records) - 1 if mine.records else None)
    assert verified.chain == mine.chain
    assert (theirs.session, theirs.parent) == (mine.session, mine.parent)
    if mine.damage is not None:
        assert Path(verified.error_path or "").name == mine.damage.path.name, f"{verified.error!r} and {mine.damage!r}"
        return mine
    # A live writer may sync meanwhile; else there is nothing between the two.
    assert before <= mine.durable <= after
    assert before <= (-1 if verified.durable_upto is None else verified.durable_upto) + 1 <= after
    _agree_on_whole(theirs, mine)
    return mine


def _durable(theirs: LogReader) -> int:
    try:
        return theirs.refresh()[1]
    except LogCorrupt:
        return -1


def _agree_on_unreadable(error: LogCorrupt, mine: Found) -> Found:
    """A segment that cannot even be opened."""
    assert mine.damage is not None, error
    assert Path(error.path).name == mine.damage.path.name, f"{error}; {mine.damage}"
    return mine


def _agree_on_whole(theirs: LogReader, mine: Found) -> None:
    verified = theirs.verify()
    assert (verified.sealed, verified.torn_bytes) == (mine.sealed, mine.torn)
    assert theirs.refresh()[0] == len(mine.records)
    records = list(theirs.read(0, len(mine.records)))
    assert records == [astuple(record)[:8] for record in mine.records]
    for seq in range(0, len(mine.records), 7):
        assert theirs.chain_at(seq) == mine.records[seq].link
