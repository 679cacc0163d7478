"""`claw permissions list`: the rules in force in a folder."""

from __future__ import annotations

from typing import Any

import msgspec

from claw.cli.offline.style import BOLD, YELLOW, paint, put
from claw.cli.offline.table import Column, Table
from claw.cli.output import standard
from claw.cli.permissions.options import options_of, policy_of
from claw.cli.sanitize import clean_line
from claw.session.policy import Policy


def list_(
    folder: str | None = None,
    allowed_tools: list[str] | None = None,
    disallowed_tools: list[str] | None = None,
    json: bool = False,
) -> int:
    """List the rules in force here, from the highest layer to the lowest, and what is not taken and why."""
    policy = policy_of(options_of(folder, allowed_tools, disallowed_tools))
    if json:
        standard().answer_json(msgspec.json.encode(_plain(policy)))
    else:
        _show(policy)
    return 0


def _plain(policy: Policy) -> dict[str, Any]:
    force, settings = policy.force, policy.settings
    wishes = [
        {"kind": wish.kind, "text": wish.text, "source": wish.source, "layer": wish.layer} for wish in settings.wishes
    ]
    return {
        "mode": force.mode,
        "mode_source": force.source,
        "bypass_forbidden": settings.bypass_forbidden,
        "rules": [
            {"layer": rule.layer, "effect": rule.effect, "rule": rule.rule, "source": rule.source}
            for rule in force.rules
        ],
        "domains": force.domains,
        "wanted_by_the_repository": wishes,
        "trust": settings.trust,
        "ignored": [*settings.ignored, *settings.untaken],
    }


def _show(policy: Policy) -> None:
    force, settings = policy.force, policy.settings
    put([paint(f"mode {force.mode}", BOLD) + (f" ({clean_line(force.source)})" if force.source else "")])
    if force.rules:
        table = Table([Column("layer"), Column("effect"), Column("rule", shrinks=True), Column("from")])
        for rule in force.rules:
            table.add(rule.layer, rule.effect, rule.rule, rule.source)
        put([""])
        table.show(standard())
    else:
        put(["no rules"])
    if force.domains:
        put(["", f"confined commands reach {', '.join(map(clean_line, force.domains))}"])
    notes = [*settings.ignored, *(sentence for sentence in settings.untaken if sentence not in settings.ignored)]
    if settings.trust:
        notes.append(f"what this folder wants is trusted: {settings.trust}")
    if settings.bypass_forbidden:
        notes.append(f"{settings.bypass_forbidden}: bypassPermissions is forbidden")
    if notes:
        put(["", *(paint(clean_line(note), YELLOW) for note in notes)])
