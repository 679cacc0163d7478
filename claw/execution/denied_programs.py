"""What deny rules for commands did not let start, told to the model and the person."""

from __future__ import annotations

from claw import _native
from claw.execution.context import ToolContext
from claw.execution.git_environment import BEFORE
from claw.execution.masking import masked

MOST_SHOWN = 5
"""Programs that a result names."""


def not_started(process: _native.Process, context: ToolContext) -> str:
    """Each program that was stopped and the rule that denies it, or ""."""
    refused = list(dict.fromkeys(process.refused()))
    lines = [_refusal(*one) for one in refused[:MOST_SHOWN]]
    if len(refused) > MOST_SHOWN:
        lines.append(f"[claw: and {len(refused) - MOST_SHOWN} more were stopped.]")
    return masked("\n".join(lines), context)


def _refusal(command: str, rule: str, source: str) -> str:
    shown = " ".join(command.removeprefix(f"{BEFORE}/").split())
    if not rule:
        return (
            f"[claw stopped `{shown}` before it began: rules deny commands, and nobody may look at which one this is.]"
        )
    return (
        f"[claw stopped `{shown}` before it began: it is denied by the rule {rule} ({source}). Only an allow rule that "
        f"is the whole command line to the letter lets that line start it.]"
    )
