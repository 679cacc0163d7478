"""The names that settings files have for tools. What each stands for, policy says."""

from __future__ import annotations

from claw._native import rule_names

_NAMES = rule_names()

TOOLS = tuple(name for name, _ in _NAMES)
"""Names that a rule may mean when it writes them otherwise."""


def standing_for(*kinds: str) -> tuple[str, ...]:
    """The names of these kinds, as `rule_names` has them."""
    return tuple(name for name, kind in _NAMES if kind in kinds)


(COMMANDS,) = standing_for("command")
"""Whatever runs command lines."""
(HOSTS,) = standing_for("url")
"""Whatever gets a URL."""
READING = standing_for("read")
READS = READING[0]
"""Whatever reads files."""
EDITING = standing_for("edit")
HARMLESS = standing_for("read", "harmless")
"""A rule for all calls of such tools lets nothing on this machine change."""
