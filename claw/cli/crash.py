"""What is kept when claw itself fails: the traceback, in a file that a person can attach to a report."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from claw import __version__
from claw.cli.groups import leaves
from claw.log import Home

_MARK = "session: "


@contextmanager
def in_session(path: str) -> Iterator[None]:
    """An exception that leaves this block knows which session's log it belongs to."""
    try:
        yield
    except Exception as error:
        for leaf in leaves(error):
            leaf.add_note(_MARK + path)
        raise


def sessions_of(error: BaseException) -> list[str]:
    """The log folders noted on the errors."""
    notes = [note for leaf in leaves(error) for note in getattr(leaf, "__notes__", [])]
    return list(dict.fromkeys(note.removeprefix(_MARK) for note in notes if note.startswith(_MARK)))


def save(error: BaseException, environ: Mapping[str, str]) -> str:
    """Write the traceback to `crash/` in claw's home; its path, or nothing where that cannot be written."""
    now = datetime.now(UTC)
    try:
        folder = str(Home.default(environ).path / "crash")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        path = os.path.join(folder, f"{now:%Y%m%dT%H%M%S}-{os.getpid()}.txt")
        private = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with open(private, "w", encoding="utf-8", errors="replace") as file:
            file.write(f"claw {__version__}, {now.isoformat()}\n\n")
            file.write("".join(traceback.format_exception(error)))
    except Exception:  # noqa: BLE001
        return ""
    return path
