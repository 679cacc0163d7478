"""`claw mcp`: the MCP servers that a session in a folder has."""

from __future__ import annotations

import os

import msgspec

from claw.cli.live import flags
from claw.cli.offline import lookup
from claw.cli.offline.style import YELLOW, paint, put
from claw.cli.offline.table import Column, Table
from claw.cli.output import standard
from claw.cli.sanitize import clean_line
from claw.errors import UsageError
from claw.session import trust
from claw.settings import Settings, read_settings


def mcp() -> int:
    """MCP servers that are configured for this folder."""
    raise UsageError("claw mcp what?", hint="claw mcp --help")


def list_(folder: str | None = None, json: bool = False) -> None:
    """List the MCP servers here, and what of the settings files is left out."""
    settings = _settings(folder)
    waiting = [wish.server for wish in settings.wishes if wish.server and wish.server.name not in settings.servers]
    rows = [(server, "yes") for server in settings.servers.values()] + [(server, "not trusted") for server in waiting]
    if json:
        plain = [
            {"name": one.name, "transport": one.transport, "shown": one.shown, "source": one.source, "used": used}
            for one, used in rows
        ]
        standard().answer_json(msgspec.json.encode({"servers": plain, "notes": settings.servers_left_out}))
        return
    table = Table(
        [Column("server"), Column("used"), Column("by"), Column("command or URL", shrinks=True), Column("from")]
    )
    for server, used in rows:
        table.add(server.name, used, server.transport, server.shown, server.source)
    table.show(standard())
    notes = [*settings.servers_left_out]
    notes += [f"A server that is not trusted is not started; see {trust.LIST}, and claw --trust."] if waiting else []
    if notes:
        put(["", *(paint(clean_line(note), YELLOW) for note in notes)])


def _settings(folder: str | None) -> Settings:
    options = flags.understood(flags.Raw(folder=folder), os.environ)
    home = trust.home_of(options.environ)
    return trust.settle(lookup.home(), options, read_settings(home, options.workspace))
