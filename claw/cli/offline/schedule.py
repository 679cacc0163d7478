"""`claw schedule`: the user's own prompts that are due at times, for sessions in a folder."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

import msgspec

from claw.cli import schedules
from claw.cli.live.prompt import gathered
from claw.cli.offline import lookup
from claw.cli.offline.table import Column, Table
from claw.cli.output import standard
from claw.errors import ToolError, UsageError
from claw.events.schedule import Schedule
from claw.execution.credentials import known_secrets
from claw.execution.masking import without_secrets
from claw.log import schedules as kept
from claw.projections.schedules import Planned
from claw.session.config import workspace_named
from claw.tools import due

LONGEST = 20_000
"""Characters of a prompt."""
_COLUMNS = (
    Column("id"),
    Column("cron"),
    Column("when", shrinks=True),
    Column("next"),
    Column("prompt", shrinks=True),
)


def schedule() -> int:
    """Prompts that come by themselves."""
    raise UsageError("claw schedule what?", hint="claw schedule --help")


def add(cron: str, prompt: str | None = None, once: bool = False, folder: str | None = None) -> int:
    """Put one more into the user's own log, and print its id. Raises ClawError."""
    try:
        due.check(cron)
    except ToolError as error:
        raise UsageError(error.message, hint=error.hint) from None
    project = workspace_named(folder)
    words = gathered(None) if prompt in (None, "-") else str(prompt)
    if not words.strip():
        raise UsageError("there is nothing to schedule", hint="claw schedule add '0 9 * * 1-5' 'PROMPT'")
    if len(words) > LONGEST:
        raise UsageError(f"the prompt has {len(words)} characters; {LONGEST} are the most")
    made = Schedule(
        id=uuid.uuid4().hex[:8],
        cron=" ".join(cron.split()),
        prompt=without_secrets(words, tuple(known_secrets(os.environ))),
        recurring=not once,
        created=time.time_ns(),
    )
    kept.keep(lookup.home(), made, project)
    output = standard()
    output.answer(f"{made.id}\n")
    output.note(f"{due.in_words(made.cron)}, next at {_next(made.cron, made.created)}, while claw is open in {project}")
    return 0


def list_(whole: bool = False, folder: str | None = None, json: bool = False) -> int:
    """List what is scheduled for this folder, or for all. Raises ClawError."""
    project, output = workspace_named(folder), standard()
    there = [one for one in kept.load(lookup.home()).values() if whole or one.project == project]
    if json:
        for one in there:
            output.answer_json(msgspec.json.encode(msgspec.to_builtins(one) | {"next": _following(one)}))
        return 0
    if not there:
        output.answer(f"Nothing is scheduled{'' if whole else ' for this folder'}.\n")
        return 0
    columns = [
        Column("id"),
        Column("cron"),
        Column("when", shrinks=True),
        Column("next"),
        Column("prompt", shrinks=True),
    ]
    table = Table([*columns, Column("folder")] if whole else columns)
    for one in there:
        cells = (one.schedule.id, one.schedule.cron, _when(one.schedule), _moment(_following(one)))
        table.add(*cells, schedules.prompt(one.schedule), *([_short(one.project)] if whole else []))
    table.show(output)
    return 0


def remove(id: str) -> int:
    """Take one out. Raises ClawError."""
    if not kept.load(lookup.home()) or not kept.drop(lookup.home(), id):
        raise UsageError(f"there is no schedule {id!r} of your own", hint="claw schedule list --all")
    standard().answer(f"schedule {id} is gone\n")
    return 0


def _when(one: Schedule) -> str:
    return due.in_words(one.cron) if one.recurring else f"{due.in_words(one.cron)}, once"


def _following(one: Planned) -> int | None:
    return due.following(one.schedule.cron, max(one.since, time.time_ns()), due.local_zone(os.environ))


def _next(cron: str, after: int) -> str:
    return _moment(due.following(cron, after, due.local_zone(os.environ)))


def _moment(at: int | None) -> str:
    return "never" if at is None else schedules.moment(at)


def _short(path: str) -> str:
    home = str(Path.home())
    return f"~{path.removeprefix(home)}" if path.startswith(f"{home}/") else path
