"""`claw hooks`: the hooks of a session in a folder."""

from __future__ import annotations

import os

import msgspec

from claw.cli.live import flags
from claw.cli.offline import lookup
from claw.cli.offline.style import YELLOW, paint, put
from claw.cli.offline.table import Column, Table
from claw.cli.output import standard
from claw.cli.sanitize import clean_line
from claw.session import trust
from claw.settings import read_settings


def hooks(folder: str | None = None, json: bool = False) -> None:
    """List the hooks in force here, and what of the settings files is left out."""
    options = flags.understood(flags.Raw(folder=folder), os.environ)
    settings = trust.settle(lookup.home(), options, read_settings(trust.home_of(options.environ), options.workspace))
    notes = list(dict.fromkeys((*settings.ignored, *settings.untaken)))
    if json:
        standard().answer_json(msgspec.json.encode({"hooks": settings.hooks, "notes": notes}))
        return
    table = Table([Column("event"), Column("for"), Column("command", shrinks=True), Column("from")])
    for hook in settings.hooks:
        table.add(hook.event, hook.matcher or "*", hook.command, hook.source)
    table.show(standard())
    if notes:
        put(["", *(paint(clean_line(note), YELLOW) for note in notes)])
