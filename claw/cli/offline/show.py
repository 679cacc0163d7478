"""`claw show`: one event in full, what led to it and what it led to; a request that a model was sent; a transcript."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import msgspec

from claw import log
from claw._native import LogReader
from claw.cli.offline import lookup, words
from claw.cli.offline.events import line_of
from claw.cli.offline.request import rebuild
from claw.cli.offline.style import put
from claw.cli.offline.transcript import read_out
from claw.cli.output import Output, standard
from claw.cli.sanitize import clean
from claw.errors import UsageError
from claw.events import codec
from claw.events.base import Envelope

PIECES = frozenset({"model.chunk", "tool.output", "shell.output"})
"""Kinds that are counted, not listed, among what an event led to."""
LINES_AT_ONCE = 1_000


def show(
    event: str,
    request: bool = False,
    json: bool = False,
) -> int | None:
    """Show one event, or all of a session as a transcript."""
    output = standard()
    path, address = lookup.locate(event, personal=True)
    if address.seq is None and path == lookup.home().personal:
        raise UsageError("your own log is no conversation to read", hint="claw log user, or claw show user@N")
    if address.seq is None and not request and not json:
        lines = read_out(path)
        while some := list(itertools.islice(lines, LINES_AT_ONCE)):
            put(some)
        return None
    path, seq = lookup.event(event)
    if request:
        rebuilt = rebuild(path, seq)
        _json(rebuilt.plain, json, output)
        output.note(f"The digest is the recorded one: {rebuilt.digest}")
        return None
    envelope = log.event_at(str(path), seq)
    if json:
        output.answer_json(codec.json_line(envelope))
    else:
        put(_describe(path, envelope))
    return None


def _json(plain: object, compact: bool, output: Output) -> None:
    encoded = msgspec.json.encode(plain)
    if compact:
        output.answer_json(encoded)
    else:
        output.answer(clean(msgspec.json.format(encoded, indent=2).decode()) + "\n")


def _describe(path: Path, envelope: Envelope) -> list[str]:
    decided = "derived" if envelope.derived else "observed"
    data = msgspec.json.format(msgspec.json.encode(codec.fields(envelope.data)), indent=2).decode()
    lines = [
        f"{envelope.kind} {path.name}@{envelope.seq}",
        f"  when     {words.stamp(envelope.ts)} ({envelope.ts} ns)",
        f"  who      agent {envelope.agent}, {decided}",
        f"  schema   version {envelope.version}",
        *("  " + line for line in clean(data).splitlines()),
    ]
    causes = list(_causes(path, envelope))
    if causes:
        lines += ["because of", *map(line_of, causes)]
    consequences, pieces = _consequences(path, envelope.seq)
    if consequences or pieces:
        lines += ["led to", *map(line_of, consequences)]
        lines += [f"        {words.plural(count, kind)}" for kind, count in sorted(pieces.items())]
    return lines


def _causes(path: Path, envelope: Envelope) -> Iterator[Envelope]:
    """From the nearest to the one that nothing in the log led to."""
    while envelope.cause is not None and envelope.cause < envelope.seq:
        envelope = log.event_at(str(path), envelope.cause)
        yield envelope


def _consequences(path: Path, seq: int) -> tuple[list[Envelope], dict[str, int]]:
    reader = LogReader(str(path))
    written, _ = reader.refresh()
    found: list[Envelope] = []
    pieces: dict[str, int] = {}
    start = seq + 1
    while start < written:
        batch = reader.read(start, written, cause=seq)
        for record in batch:
            if record[2] in PIECES:
                pieces[record[2]] = pieces.get(record[2], 0) + 1
            else:
                found.append(codec.decode(record))
        if batch.next_seq <= start:
            break
        start = batch.next_seq
    return found, pieces
