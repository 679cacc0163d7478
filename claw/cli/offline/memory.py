"""`claw memory`: the notes that later sessions load, and whether there are any."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import msgspec

from claw.cli import memory_words as words
from claw.cli.live import flags
from claw.cli.offline import lookup
from claw.cli.offline.table import Column, Table
from claw.cli.output import standard
from claw.cli.sanitize import clean, clean_line
from claw.errors import UsageError
from claw.execution import credentials
from claw.execution.masking import without_secrets
from claw.projections.notes import Note
from claw.session.config import Options, memory_of
from claw.session.notes import OwnNotes, named, project_of, turn
from claw.session.wiring import home_of
from claw.settings import read_settings
from claw.settings.layers import of_user


def memory() -> int:
    """The notes that later sessions load, and whether there are any."""
    raise UsageError("claw memory what?", hint="claw memory --help")


def list_(folder: str | None = None, everything: bool = False, json: bool = False) -> None:
    """List the notes that sessions in this folder load, or all."""
    options, notes = _options(folder), _own().all()
    shown = [*notes.by_id.values()] if everything else notes.of(_project(options))
    if json:
        for note in shown:
            standard().answer_json(msgspec.json.encode(_plain(note)))
        return
    if shown:
        table = Table(
            (Column("id", right=True), Column("note"), Column("for"), Column("by"), Column("says", shrinks=True))
        )
        for note in shown:
            said = " ".join(note.text.split())
            table.add(str(note.id), words.path(note), note.project or "all projects", words.origin(note), said)
        table.show(standard())
    else:
        standard().note("There are no notes." if everything else "There are no notes for sessions in this folder.")
    others = len(notes.by_id) - len(shown)
    if others:
        standard().note(f"{others} more of other projects: claw memory list --all")
    standard().note(_state(options))


def show(note: str, folder: str | None = None, json: bool = False) -> None:
    """Show what a note says, and where it comes from."""
    found = named(_own().all(), note, _project(_options(folder)))
    if json:
        standard().answer_json(msgspec.json.encode(_plain(found)))
    else:
        standard().answer(clean(words.whole(found)))


def edit(note: str, text: str | None = None, folder: str | None = None) -> None:
    """Change what a note says."""
    own = _own()
    found = named(own.all(), note, _project(_options(folder)))
    if text is None:
        text = _edited(found.text) if sys.stdin.isatty() else sys.stdin.read()
    own.edit(found.id, text)
    standard().answer(f"changed: note {found.id}, {clean_line(words.path(found))}\n")


def remove(note: list[str] | None = None, folder: str | None = None) -> None:
    """Take notes out: no later session loads them."""
    if not note:
        raise UsageError("which notes?", hint="claw memory list shows those that there are")
    own, project = _own(), _project(_options(folder))
    for text in note:
        found = named(own.all(), text, project)
        own.remove(found.id)
        standard().answer(f"removed: note {found.id}, {clean_line(words.path(found))}\n")
    standard().note(words.KEPT)


def on() -> int:
    """Turn long-term memory on, once a person has said yes."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "long-term memory is turned on by a person at a terminal", hint="claw memory on, or /memory on"
        )
    standard().note(words.MEANS)
    sys.stderr.write("Turn it on? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        standard().note("It stays off.")
        return 1
    return _turn(on=True)


def off() -> int:
    """Turn long-term memory off; the notes stay where they are."""
    return _turn(on=False)


def _turn(*, on: bool) -> int:
    options = _options(None)
    home = home_of(options)
    file = of_user(home)
    turn(Path(home, file), on=on)
    standard().answer(f"long-term memory is {'on' if on else 'off'} (in ~/{file}), from the next session on\n")
    if on and "is on" not in (said := _state(options)):
        standard().note(said)
    return 0


def _state(options: Options) -> str:
    sources: dict[str, str] = {}
    is_on = memory_of(options, read_settings(home_of(options), options.workspace), sources)
    said = f" ({sources['memory']})" if "memory" in sources else ""
    return f"Long-term memory is on here{said}." if is_on else f"Long-term memory is off here{said}; claw memory on."


def _options(folder: str | None) -> Options:
    return flags.understood(flags.Raw(folder=folder), os.environ)


def _own() -> OwnNotes:
    secrets = credentials.known_secrets(os.environ)
    return OwnNotes(lookup.home(), partial(without_secrets, secrets=secrets))


def _project(options: Options) -> str:
    return project_of(options.workspace, home_of(options))


def _edited(text: str) -> str:
    """The text as the person's own editor leaves it. Raises UsageError."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="claw-note-") as folder:
        file = Path(folder, "note.md")
        file.write_text(text)
        try:
            ended = subprocess.run([*shlex.split(editor), str(file)], check=False).returncode
        except (OSError, ValueError) as error:
            raise UsageError(f"the editor {editor!r} cannot be run: {error}", hint="claw memory edit N TEXT") from None
        if ended != 0:
            raise UsageError(f"the editor {editor!r} ended with {ended}; the note stays as it was")
        try:
            return file.read_text()
        except (OSError, ValueError) as error:
            raise UsageError(f"what the editor left cannot be read: {error}") from None


def _plain(note: Note) -> dict[str, object]:
    return {
        "id": note.id,
        "path": words.path(note),
        "project": note.project or None,
        "text": note.text,
        "by": note.origin.by,
        "session": note.origin.session or None,
        "seq": note.origin.seq,
        "in": note.origin.project or None,
        "written": note.written,
        "changed": note.changed,
    }
