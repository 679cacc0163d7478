"""What the model is asked in a run without a terminal: the argument, standard input, or both."""

from __future__ import annotations

import select
import sys
from typing import TYPE_CHECKING

from claw.cli.output import standard
from claw.errors import UsageError
from claw.late import load

if TYPE_CHECKING:
    from claw.tools.text import Text

PATIENCE_S = 3.0
"""How long standard input may stay silent before the person is told that it is waited for."""


def gathered(argument: str | None) -> str:
    """The prompt; what is piped in comes after the argument. "-" as argument means standard input alone.

    What is piped in is waited for until it ends, however long that takes. Empty where there is neither.
    """
    given = "" if argument in (None, "-") else str(argument)
    piped = _piped()
    return "\n\n".join(part for part in (given, piped) if part.strip())


def _piped() -> str:
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return ""
    try:
        if not select.select([sys.stdin.fileno()], [], [], PATIENCE_S)[0]:
            standard().note(
                "claw: standard input is silent; waiting for its end (run claw with </dev/null if nothing comes)"
            )
        data = sys.stdin.buffer.read()
    except OSError as error:
        raise UsageError(f"standard input cannot be read: {error.strerror}", hint="claw -p PROMPT </dev/null") from None
    if not data:
        return ""
    known: Text | None = load("claw.tools.text", "decoded")(data)
    if known is not None and known.whole and (known.mark or data.isascii()):
        return known.text.removesuffix("\n")
    text = data.decode("utf-8", "replace")
    strange = text.count("\ufffd") - data.count("\ufffd".encode())
    if strange:
        at = next(at for at, character in enumerate(text) if character == "\ufffd")
        standard().note(
            f"claw: standard input is not all UTF-8 text: {strange} "
            f"{'piece was' if strange == 1 else 'pieces were'} replaced, the first behind {at} characters"
        )
    return text.removesuffix("\n")
