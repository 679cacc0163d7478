"""Plugins in the terminal: those of this session, those that are installed, and how one is."""

from __future__ import annotations

from rich.console import Group, RenderableType

from claw.cli import plugin_words as words
from claw.cli.sanitize import clean_line
from claw.cli.terminal import tables
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUIET, WARNING
from claw.log import Home
from claw.session import Session
from claw.session.plugins import checked
from claw.settings.plugins.records import read_records

HOW = "claw plugin install SOURCE, in a shell, shows what a plugin brings and installs it after your yes"


def shown(home: Home, session: Session) -> RenderableType:
    """Looks at the disk. Raises UsageError."""
    taking_part = {plugin.name: plugin for plugin in session.state.session.settings.plugins}
    rows, notes = [], []
    installed = read_records(str(home.path)).plugins
    for name in sorted({*installed, *taking_part}):
        here = taking_part.get(name)
        if name not in installed:
            rows.append((name, "removed since this session began"))
            continue
        one = checked(str(home.path), installed[name])
        notes += [note for note in (one.why, *(one.brought.notes if one.brought else ())) if note]
        state = words.state(one)
        if here is None and state == "enabled":
            state = "enabled, from the next session on"
        elif here is not None and here.digest != one.installed.digest:
            state = "this session has it as it was before the update"
        brings = words.counted(one.brought) if one.brought else ""
        rows.append((f"{name} {one.installed.version}".rstrip(), "; ".join(filter(None, (state, brings)))))
    table = tables.pairs([(clean_line(name), clean_line(text)) for name, text in rows])
    said = [table] if rows else [line("no plugin is installed", QUIET)]
    return Group(*said, *(line(clean_line(note), WARNING) for note in notes), line(HOW, QUIET))
