"""Numbers for the parts of `decide` whose logic may change, recorded when a runtime starts to write.

A change of logic that would make old logs diverge gets a new number and keeps the old way under the old number, until
the old one is retired. A log that needs a retired or a future number neither passes nor fails: it needs another claw.
"""

from __future__ import annotations

from collections.abc import Mapping

SUPPORTED: dict[str, range] = {
    "turn": range(1, 2),
    "tools": range(2, 3),
    "retry": range(1, 2),
    "compaction": range(1, 2),
    "prompt": range(1, 2),
    # 2: the digest of policy is recorded, and under another one replay takes the recorded verdicts as given.
    "policy": range(1, 3),
}
"""Per part the numbers that this claw can still do."""

CURRENT: dict[str, int] = {part: numbers[-1] for part, numbers in SUPPORTED.items()}
"""What a new runtime records."""


def unsupported(recorded: Mapping[str, int]) -> list[str]:
    """Parts of a recording that this claw cannot repeat, as `name number`."""
    return sorted(
        f"{part} {number}" for part, number in recorded.items() if number not in SUPPORTED.get(part, range(0))
    )
