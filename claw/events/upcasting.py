"""Old shapes of events, lifted to the current one when they are read. The log keeps what was written.

To change the shape of a kind: give its class the next `version`, and add an `Upcast` from the version before.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from claw.events.first_tools import with_declarations, with_traits


class Upcast(Struct, frozen=True):
    """From one version's fields to the next one's. `added` names fields that the older version did not have: replay
    does not compare them. `durable`: the older version was, and the next one is not.
    """

    lift: Callable[[dict[str, Any]], dict[str, Any]]
    added: frozenset[str] = frozenset()
    durable: bool = False


def _without_git_head(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "git_head": ""}


def _unchanged(fields: dict[str, Any]) -> dict[str, Any]:
    """What was added has a default that says the same."""
    return fields


def _in_blocks(fields: dict[str, Any]) -> dict[str, Any]:
    """What was one text, inline or by reference, is one text block."""
    content = fields.get("content")
    return fields if content is None else {**fields, "content": [{"type": "text", "text": content}]}


UPCASTS: dict[tuple[str, int], Upcast] = {
    ("agent.finished", 1): Upcast(_unchanged),
    ("agent.spawned", 1): Upcast(_unchanged),
    ("session.forked", 1): Upcast(_without_git_head, frozenset({"git_head"})),
    ("hook.requested", 1): Upcast(_in_blocks),
    ("model.chunk", 1): Upcast(_unchanged),
    ("model.failed", 1): Upcast(_unchanged),
    ("model.finished", 1): Upcast(_unchanged),
    ("model.requested", 1): Upcast(_unchanged),
    ("context.compacted", 1): Upcast(_unchanged, frozenset({"limit"})),
    ("context.compacted", 2): Upcast(_unchanged, frozenset({"inputs", "carried", "before", "after"})),
    ("context.compaction_started", 2): Upcast(_unchanged, frozenset({"focus"})),
    ("context.compaction_started", 1): Upcast(_unchanged, frozenset({"limit"})),
    ("context.instructions_found", 1): Upcast(_unchanged, frozenset({"rules", "gone", "dropped", "partly", "behind"})),
    ("context.instructions_requested", 1): Upcast(_unchanged, durable=True),
    ("context.instructions_requested", 2): Upcast(
        _unchanged, frozenset({"why", "workspace", "known", "waiting", "folders", "rules", "behind"})
    ),
    ("input.received", 1): Upcast(_unchanged, frozenset({"waits"})),
    ("input.received", 2): Upcast(_unchanged, frozenset({"source"})),
    ("input.received", 3): Upcast(_unchanged, frozenset({"command"})),
    ("permission.answered", 1): Upcast(_unchanged, frozenset({"network"})),
    ("permission.answered", 2): Upcast(_unchanged, frozenset({"rule"})),
    ("permission.answered", 3): Upcast(_unchanged),
    ("question.answered", 1): Upcast(_unchanged),
    ("plan.reviewed", 1): Upcast(_unchanged),
    ("permission.asked", 2): Upcast(_unchanged, frozenset({"wider"})),
    ("permission.asked", 1): Upcast(_unchanged, frozenset({"segments", "network"})),
    ("permission.evaluated", 1): Upcast(_unchanged, frozenset({"segments", "read_only", "digest"})),
    ("permission.asked", 3): Upcast(with_traits, frozenset({"traits"})),
    ("permission.asked", 4): Upcast(_unchanged, frozenset({"agent"})),
    ("session.resumed", 2): Upcast(_unchanged, frozenset({"system"})),
    ("session.resumed", 1): Upcast(_without_git_head, frozenset({"git_head"})),
    ("hook.requested", 2): Upcast(_unchanged, frozenset({"type", "headers", "variables"})),
    ("hook.requested", 3): Upcast(_unchanged, frozenset({"root"})),
    ("hook.requested", 4): Upcast(_unchanged, frozenset({"judge"})),
    ("hook.finished", 1): Upcast(_unchanged, frozenset({"charge"})),
    ("tools.changed", 1): Upcast(_unchanged),
    ("tool.finished", 1): Upcast(_in_blocks),
    ("tool.finished", 2): Upcast(_unchanged, frozenset({"charge"})),
    ("tool.interrupted", 1): Upcast(_in_blocks),
    ("session.started", 1): Upcast(with_declarations),
    ("session.started", 2): Upcast(_unchanged),
    ("config.changed", 1): Upcast(_unchanged),
    ("tool.requested", 1): Upcast(with_traits, frozenset({"traits"})),
    ("tool.requested", 2): Upcast(_unchanged, durable=True),
    ("tool.requested", 3): Upcast(_unchanged),
    ("tool.resolve_requested", 1): Upcast(_unchanged, durable=True),
    ("tool.started", 1): Upcast(_unchanged, frozenset({"digest", "sandbox"})),
    ("tool.started", 2): Upcast(_unchanged, frozenset({"room", "denied"})),
    ("tool.started", 3): Upcast(with_traits, frozenset({"traits"})),
    ("turn.finished", 1): Upcast(_unchanged, frozenset({"limit"})),
    ("turn.finished", 2): Upcast(_unchanged),
}
"""By kind and the version that is lifted."""


def lift(kind: str, version: int, current: int, fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of `kind` as version `current` has them. Raises KeyError where an upcast is missing."""
    for step in range(version, current):
        fields = UPCASTS[kind, step].lift(fields)
    return fields


def added_since(kind: str, version: int) -> frozenset[str]:
    """Fields of `kind` that came after this version."""
    added: frozenset[str] = frozenset()
    while (kind, version) in UPCASTS:
        added |= UPCASTS[kind, version].added
        version += 1
    return added


def was_durable(kind: str, version: int) -> bool:
    """Whether a kind that is lazy by now was durable in this version."""
    found = False
    while (kind, version) in UPCASTS:
        found |= UPCASTS[kind, version].durable
        version += 1
    return found
