"""Skill: instructions for a kind of task, read when they are needed. What follows are events alone."""

from typing import Annotated

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Declared

_DESCRIPTION = """\
Use a skill: instructions for a kind of task, with what belongs to them. When one fits what the user wants, call this \
before anything else, and do what it says; do not guess what it says from its name.
- `skill` is its name, `args` the words that it is used with, if it takes any.
- The result names the folder of the skill, where further files lie that it speaks of: read them when they are needed.
- The user names one by a slash and its name. One whose text is in the conversation already needs no call.
There are:
{skills}"""


class SkillArguments(Arguments, frozen=True):
    skill: Annotated[str, Meta(min_length=1, max_length=200, description="Name of the skill")]
    args: Annotated[str, Meta(max_length=20_000, description="Words that it is used with")] | None = None


class Skill(Declared):
    """Has nothing to run: `claw.decide.skills` derives what follows."""

    spec = ToolSpec(
        name="Skill",
        description=_DESCRIPTION,
        schema=schema_of(SkillArguments),
        traits=Traits(
            footprint="none",
            subject="name",
            argument="skill",
            performer="decide",
            effect="skill",
            shown=Shown(line="skill", also={"args": ": "}),
        ),
    )
    arguments: type[Arguments] = SkillArguments
