"""Config: what the settings are and where they come from; some of them changed, when the person says yes."""

from typing import Annotated

from msgspec import Meta

from claw.events.tools import Shown, ToolSpec, Traits
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Declared

DESCRIPTION = """\
Look at claw's settings and where each comes from, or change one.
- Without `setting` you get all; with it that one: `model`, `permissions.allow`, `limits.turns`.
- With `value` the setting is changed in the user's settings file, for sessions that begin from then on. The user is \
always asked first. Only `model` can be changed so: for anything else tell the user what to put where.
- Change a setting only when the user wants that."""


class ConfigArguments(Arguments, frozen=True):
    setting: Annotated[str, Meta(min_length=1, max_length=100, description="The setting; all if not given")] | None = (
        None
    )
    value: Annotated[str, Meta(min_length=1, max_length=200, description="What it is to be from now on")] | None = None


class Config(Declared):
    """Has nothing to run: `claw.decide.configuring` derives what follows."""

    spec = ToolSpec(
        name="Config",
        description=DESCRIPTION,
        schema=schema_of(ConfigArguments),
        traits=Traits(
            footprint="none",
            subject="name",
            argument="setting",
            performer="decide",
            effect="configure",
            shown=Shown(line="setting", also={"value": ", to be "}),
        ),
    )
    arguments: type[Arguments] = ConfigArguments
