"""`claw export`: a session as a text to read, or as JSON."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from claw.cli.offline import lookup
from claw.cli.offline.style import put
from claw.cli.offline.transcript import passages, read_out
from claw.cli.output import standard
from claw.cli.sanitize import clean_line, escape_json
from claw.errors import UsageError

LINES_AT_ONCE = 1_000
PRIVATE = 0o600
"""What was said is for the one who has said it."""


def export(session: str, file: str | None = None, json: bool = False, replace: bool = False) -> None:
    """Write a session as Markdown, or as a line of JSON for each passage."""
    path = lookup.session(session)
    if file is None or file == "-":
        lines = _lines(path, json=json)
        while some := list(itertools.islice(lines, LINES_AT_ONCE)):
            put(some)
        return
    write(path, Path(os.path.abspath(file)), replaces=replace, json=json)
    standard().note(f"written: {clean_line(file)}")


def write(path: Path, target: Path, *, replaces: bool, json: bool = False) -> None:
    """Write the session to a file, which is new unless it `replaces` one: whole, or not at all. A name that ends in
    .json or .jsonl is that of JSON. Raises UsageError, LogError, EventInvalid, BlobError.
    """
    shown = clean_line(str(target))
    if target.is_dir():
        raise UsageError(f"{shown} is a folder", hint="name a file in it")
    if not replaces and os.path.lexists(target):
        raise UsageError(f"{shown} is there already", hint="another name, or claw export --replace")
    try:
        with tempfile.NamedTemporaryFile("w", dir=target.parent, prefix=".claw-export-", delete=False) as file:
            try:
                os.fchmod(file.fileno(), PRIVATE)
                file.writelines(f"{line}\n" for line in _lines(path, json=json or target.suffix in (".json", ".jsonl")))
                file.flush()
                if replaces:
                    os.replace(file.name, target)
                else:
                    os.link(file.name, target)  # it takes no file's place that has come since then
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(file.name)
    except FileExistsError:
        raise UsageError(f"{shown} is there already", hint="another name, or claw export --replace") from None
    except OSError as error:
        raise UsageError(f"{shown} cannot be written: {error.strerror}") from None


def _lines(path: Path, *, json: bool) -> Iterator[str]:
    return (escape_json(line) for line in passages(path)) if json else read_out(path)
