"""CronCreate, CronDelete, CronList: prompts that come by themselves, at times."""

from typing import Annotated

from msgspec import Meta

from claw.errors import ToolError
from claw.events.tools import Shown, ToolSpec, Traits
from claw.late import load
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Declared

CREATE_DESCRIPTION = """\
Have a prompt come by itself at a time, once or again and again, as if the user had typed it then.
- `cron` has five fields in the user's local time: minute, hour, day of month, month, day of week. "0 9 * * 1-5" is \
9:00 on weekdays, "*/10 * * * *" every ten minutes. No conversion of time zones is needed.
- With `recurring: false` it comes once: "remind me at 14:30" is "30 14 <today's day> <this month> *". By default it \
comes each time, for seven days; tell the user of that limit.
- Where the user names no exact minute, take an odd one and not :00 or :30, at which everybody else comes.
- It comes only while the session is open in a terminal, and once nothing else is under way. Times that pass meanwhile \
are skipped, and the user is told of those at which the session was not open; none is made up for.
- With `durable: true` it outlives this session and comes in any session in this folder; the user is asked first. \
Use it only where they want that.
You get an id, with which CronDelete ends it."""


class CronCreateArguments(Arguments, frozen=True):
    cron: Annotated[str, Meta(min_length=9, max_length=200, description='Five fields, as in "*/5 * * * *", local time')]
    prompt: Annotated[str, Meta(min_length=1, max_length=20_000, description="What comes then")]
    recurring: Annotated[bool, Meta(description="Each time; false: once")] = True
    durable: Annotated[bool, Meta(description="Also in later sessions in this folder")] = False


class CronDeleteArguments(Arguments, frozen=True):
    id: Annotated[str, Meta(min_length=1, max_length=100, description="As CronCreate has told it")]


class CronListArguments(Arguments, frozen=True):
    pass


class CronCreate(Declared):
    """Has nothing to run: `claw.decide.schedules` derives what follows."""

    spec = ToolSpec(
        name="CronCreate",
        description=CREATE_DESCRIPTION,
        schema=schema_of(CronCreateArguments),
        traits=Traits(
            footprint="none",
            performer="decide",
            effect="schedule",
            shown=Shown(line="cron", also={"prompt": ": "}),
        ),
    )
    arguments: type[Arguments] | None = CronCreateArguments

    def paths(self, arguments: Arguments) -> tuple[tuple[str, str], ...]:
        assert isinstance(arguments, CronCreateArguments)
        load("claw.tools.due", "check")(arguments.cron)
        if not arguments.prompt.strip():
            raise ToolError("The prompt is blank: nothing would come.")
        return ()


class CronDelete(Declared):
    spec = ToolSpec(
        name="CronDelete",
        description="End what CronCreate has scheduled, by its id.",
        schema=schema_of(CronDeleteArguments),
        traits=Traits(footprint="none", performer="decide", effect="unschedule", shown=Shown(line="id")),
    )
    arguments: type[Arguments] | None = CronDeleteArguments


class CronList(Declared):
    spec = ToolSpec(
        name="CronList",
        description="List what CronCreate has scheduled: in this session, and in any session in this folder.",
        schema=schema_of(CronListArguments),
        traits=Traits(footprint="none", performer="decide", effect="show_schedules"),
    )
    arguments: type[Arguments] | None = CronListArguments
