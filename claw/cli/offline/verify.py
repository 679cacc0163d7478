"""`claw verify`: whether a record is whole, unchanged and possible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from claw import log
from claw._native import LogReader, Verification
from claw.cli.offline import lookup, words
from claw.cli.offline.invariants import Report, examine
from claw.cli.offline.style import GREEN, RED, paint, put
from claw.cli.output import Output, standard
from claw.cli.sanitize import clean_line
from claw.errors import ClawError, LogCorrupt, LogTooNew, UsageError
from claw.events.session import SessionForked

WHOLE, FAILED, DAMAGED = 0, 1, LogCorrupt.exit_code
MOST = 20
"""Problems of one session that are printed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """About one session: an exit code, a line, and what is wrong."""

    code: int
    line: str
    problems: list[str] = field(default_factory=list)


def verify(
    session: list[str] | None = None,
    everything: bool = False,
) -> int | None:
    """Check logs: every checksum, every link of the hash chain, and that the events can be what claw wrote."""
    output = standard()
    if everything == bool(session):
        raise UsageError("name the sessions to verify, or all of them", hint="claw verify @last, or claw verify --all")
    paths = lookup.sessions(session, personal=True)
    if not paths:
        output.note("There are no sessions to verify.")
    codes = [_print(judge(path), output) for path in paths]
    return DAMAGED if DAMAGED in codes else max(codes, default=WHOLE)


def _print(verdict: Verdict, output: Output) -> int:
    word = paint("ok", GREEN) if verdict.code == WHOLE else paint("FAILED", RED)
    put([f"{word}  {clean_line(verdict.line)}"])
    for problem in verdict.problems[:MOST]:
        output.note(f"  {problem}")
    if len(verdict.problems) > MOST:
        output.note(f"  and {len(verdict.problems) - MOST} more")
    return verdict.code


def judge(path: Path) -> Verdict:
    """Never raises for what is wrong with the log itself."""
    try:
        reader = LogReader(str(path))
        found = reader.verify()
        if not found.ok:
            return Verdict(DAMAGED, path.name, [found.error or "it is damaged"])
        report = examine(log.read(str(path)))
        blobs = list(log.SessionBlobs(str(path)).faults())
    except LogTooNew as error:
        return Verdict(FAILED, path.name, [error.message])
    except ClawError as error:
        return Verdict(DAMAGED if error.exit_code == DAMAGED else FAILED, path.name, [error.message])
    problems = [*_lineage(path, reader), *map(str, report.findings), *blobs]
    return Verdict(DAMAGED if problems else WHOLE, f"{path.name}  {_summary(found, report)}", problems)


def _summary(found: Verification, report: Report) -> str:
    closed = "sealed" if found.sealed else "not sealed"
    parts = [words.plural(report.events, "event"), closed, f"chain {found.chain.hex()[:16]}"]
    if report.open_calls:
        parts.append(f"{words.plural(len(report.open_calls), 'call')} open")
    if found.torn_bytes:
        parts.append(f"{words.size(found.torn_bytes)} of an unfinished write at its end")
    return ", ".join(parts)


def _lineage(path: Path, reader: LogReader) -> Iterator[str]:
    """What `session.forked` says of the parent is what the log's header says."""
    if reader.parent is None:
        return
    parent, seq, chain = reader.parent
    first = next(log.read(str(path), seq + 1, seq + 2), None)
    if first is None:
        return
    event = first.data
    if not isinstance(event, SessionForked):
        yield f"event {seq + 1} ({first.kind}) is the first of a fork, but no session.forked"
    elif (event.parent.replace("-", ""), event.seq, event.chain) != (parent.hex(), seq, chain.hex()):
        yield f"event {seq + 1} (session.forked) names another parent than the log's header"
