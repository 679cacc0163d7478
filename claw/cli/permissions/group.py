"""`claw permissions` by itself."""

from __future__ import annotations

from claw.errors import UsageError


def permissions() -> int:
    """What may be done here without a question: the rules in force, verdicts on calls, and other rules tried out."""
    raise UsageError("claw permissions what?", hint="claw permissions --help")
