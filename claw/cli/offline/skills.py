"""`claw skills`: the commands and skills that a session here has, beside claw's own."""

from __future__ import annotations

import os

import msgspec
from msgspec.structs import asdict

from claw.cli.live import flags
from claw.cli.offline import lookup
from claw.cli.offline.style import YELLOW, paint, put
from claw.cli.offline.table import Column, Table
from claw.cli.output import standard
from claw.cli.sanitize import clean_line
from claw.cli.terminal.commands.registry import RESERVED
from claw.session.own_listing import listed, own_here


def skills(
    folder: str | None = None,
    json: bool = False,
) -> None:
    """List commands and skills: yours, and this folder's."""
    options = flags.understood(flags.Raw(folder=folder), os.environ)
    found = listed(own_here(lookup.home(), options), RESERVED)
    if json:
        plain = {"commands": [asdict(row) for row in found.rows], "notes": found.notes}
        standard().answer_json(msgspec.json.encode(plain))
        return
    shrinking = (Column(name, shrinks=True) for name in ("from", "what it is for"))
    table = Table([*map(Column, ("name", "kind")), *shrinking])
    for row in found.rows:
        table.add(f"/{row.name} {row.hint}".rstrip(), row.kind, row.where, row.description)
    table.show(standard())
    if found.notes:
        put(["", *(paint(clean_line(note), YELLOW) for note in found.notes)])
