"""How a declaration says which skills there are."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from claw.events.skill import KnownSkill
from claw.events.tools import ToolSpec

LEAST = 20
"""Characters of a description; where there is less room, the names stand alone."""


def with_skills(spec: ToolSpec, skills: Iterable[KnownSkill], room: int) -> ToolSpec:
    """The declaration, where there are these skills, of which it names those that are told from the start. What is said
    of them takes at most so many bytes.
    """
    told = [skill for skill in skills if skill.by_model and not skill.paths]
    return replace(spec, description=spec.description.replace("{skills}", _listed(told, room) or "- none yet"))


def _listed(skills: list[KnownSkill], room: int) -> str:
    """Long descriptions are cut, to lengths that are the same, before short ones lose anything; names go last."""
    whole = [f"- {skill.name}: {skill.description}" for skill in skills]
    if _size(whole) <= room:
        return "\n".join(whole)
    low, high = LEAST - 1, max(len(skill.description) for skill in skills)
    while low < high:  # The longest that fits; below `LEAST` none does.
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _size(_cut(skills, middle)) <= room else (low, middle - 1)
    if low >= LEAST:
        return "\n".join(_cut(skills, low))
    lines: list[str] = []
    for skill in skills:
        rest = f"- and {len(skills) - len(lines)} more, which the user can name"
        if _size([*lines, f"- {skill.name}", rest]) > room:
            return "\n".join((*lines, rest))
        lines.append(f"- {skill.name}")
    return "\n".join(lines)


def _cut(skills: list[KnownSkill], most: int) -> list[str]:
    return [
        f"- {skill.name}: {skill.description if len(skill.description) <= most else skill.description[:most] + '…'}"
        for skill in skills
    ]


def _size(lines: list[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)
