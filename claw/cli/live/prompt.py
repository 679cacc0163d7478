"""What the model is asked in a run without a terminal: the argument, standard input, or both."""

from __future__ import annotations

import os
import select
import stat
import sys

from claw.errors import UsageError

PATIENCE_S = 3.0
"""How long a pipe may stay silent when there is a prompt already: it may be one that nobody writes to."""


def gathered(argument: str | None) -> str:
    """The prompt; what is piped in comes after the argument. "-" as argument means standard input alone.

    Empty where there is neither. Raises UsageError when standard input is no text.
    """
    given = "" if argument in (None, "-") else str(argument)
    piped = _piped(patient=not given.strip())
    return "\n\n".join(part for part in (given, piped) if part.strip())


def _piped(*, patient: bool) -> str:
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return ""
    number = sys.stdin.fileno()
    if not patient and not _speaks(number):
        return ""
    try:
        return sys.stdin.buffer.read().decode().removesuffix("\n")
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is not UTF-8 text (byte {error.start})") from None


def _speaks(number: int) -> bool:
    """Whether something, if only the end, can be read soon."""
    kind = os.fstat(number).st_mode
    if stat.S_ISREG(kind):
        return True
    ready, _, _ = select.select([number], [], [], PATIENCE_S)
    return bool(ready)
