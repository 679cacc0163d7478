"""The skills that there are."""

from claw.events.skill import KnownSkill, SkillsChanged
from claw.projections.base import Projection

SKILLS: Projection[tuple[KnownSkill, ...]] = Projection(
    "skills", (), {SkillsChanged: lambda _, __, event: event.skills}
)
