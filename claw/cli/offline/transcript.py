"""A whole session as a text to read: Markdown, one passage after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from claw import log
from claw.cli.offline import words
from claw.cli.sanitize import clean, clean_line
from claw.events.base import Content
from claw.events.kinds import kind_of
from claw.events.results import in_words
from claw.projections.transcript import TRANSCRIPT, Passage

LINES = 40
"""Lines of a tool's result that are shown; the log has the rest."""

_KINDS = sorted(map(kind_of, TRANSCRIPT.folds))


def read_out(path: Path) -> Iterator[str]:
    """Lines of the transcript. Raises LogError, EventInvalid, BlobError."""
    transcript = TRANSCRIPT.initial
    for envelope in log.read(str(path), kinds=_KINDS):
        transcript = TRANSCRIPT.fold(transcript, envelope)
    blobs = log.SessionBlobs(str(path))
    yield f"# Session {path.name}"
    for passage in transcript.passages:
        yield ""
        yield from _passage(passage, blobs)


def _passage(passage: Passage, blobs: log.SessionBlobs) -> Iterator[str]:
    stamp = f"{words.stamp(passage.ts)}, event {passage.seq}"
    match passage.who:
        case "tool":
            arguments = msgspec.json.encode(passage.arguments or {}).decode()
            yield f"## {clean_line(passage.name)} · {stamp}"
            yield f"`{clean_line(arguments)}`"
            if passage.verdict:
                yield f"Permission: {clean_line(passage.verdict)}"
            yield from _result(passage, blobs)
        case "note":
            yield f"> {stamp}"
            yield from (f"> {line}" for line in _lines(passage.text, blobs))
        case _:
            yield f"## {passage.who.capitalize()} · {stamp}"
            yield from _lines(passage.text, blobs)


def _result(passage: Passage, blobs: log.SessionBlobs) -> Iterator[str]:
    if passage.result is None:
        yield "No result yet."
        return
    lines = _lines(in_words(passage.result, blobs.text), blobs)
    yield "Failed:" if passage.is_error else "Result:"
    yield from (f"    {line}" for line in lines[:LINES])
    if len(lines) > LINES:
        yield f"    … {len(lines) - LINES} more lines"


def _lines(content: Content, blobs: log.SessionBlobs) -> list[str]:
    return clean(blobs.text(content)).splitlines()
