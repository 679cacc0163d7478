"""`/memory`: the notes that later sessions load, and whether there are any."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import RenderableType

from claw.cli import memory_words as words
from claw.cli.sanitize import clean, clean_line
from claw.cli.terminal import tables
from claw.cli.terminal.inquiry import Choice, Subject
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUESTION, QUIET
from claw.cli.terminal.view import View
from claw.errors import UsageError
from claw.events.note import NoteOrigin
from claw.execution.threads import finished
from claw.log import Home
from claw.projections.notes import Note, Notes
from claw.session import Session
from claw.session.notes import OwnNotes, named, project_of, turn
from claw.settings.layers import of_user

_TURN_ON = Subject(title=line("Turn long-term memory on?", QUESTION), details=[line(words.MEANS)])
_ANSWERS = [Choice("y", "Yes", "yes", word="yes"), Choice("n", "No", "no", word="no")]


async def perform(home: Home, session: Session, view: View, argument: str) -> list[RenderableType]:
    """Do what was typed; what there is to say then. Raises UsageError, LogError."""
    verb, _, rest = argument.partition(" ")
    which, _, text = rest.strip().partition(" ")
    info = session.state.session
    own, project = OwnNotes(home, session.mask), project_of(info.workspace, info.home)
    if verb in ("on", "off") and not rest:
        return await _turned(session, view, on=verb == "on")
    notes = await finished(own.all)
    origin = NoteOrigin(session=session.id, project=project)
    match verb:
        case "":
            return list(_listed(notes, project, on=info.settings.memory))
        case "show" if which and not text:
            return [line(clean(words.whole(named(notes, which, project))).rstrip())]
        case "edit" if which:
            note = named(notes, which, project)
            new = text.strip() or await view.write(f"What note {note.id} is to say", note.text)
            if new is None:
                return [line("it stays as it was", QUIET)]
            await finished(lambda: own.edit(note.id, new, origin))
            return [line(f"changed: note {note.id}, {clean_line(words.path(note))}")]
        case "remove" if which and not text:
            note = named(notes, which, project)
            await finished(lambda: own.remove(note.id, origin))
            return [line(f"removed: note {note.id}, {clean_line(words.path(note))}"), line(words.KEPT, QUIET)]
    raise UsageError(f"/memory cannot {argument!r}", hint="/help")


async def _turned(session: Session, view: View, *, on: bool) -> list[RenderableType]:
    if not session.state.quiet:
        raise UsageError("/memory has to wait until this turn is over", hint="press Esc to interrupt the turn")
    if on and not session.state.session.settings.memory and await view.choose(_TURN_ON, _ANSWERS) != "yes":
        return [line("long-term memory stays off", QUIET)]
    home = session.state.session.home
    file = of_user(home)
    settings = Path(home, file)
    await finished(lambda: turn(settings, on=on))
    await session.configure(memory=on)
    return [line(f"long-term memory is {'on' if on else 'off'} (in ~/{file}), in this session and in later ones")]


def _listed(notes: Notes, project: str, *, on: bool) -> Iterator[RenderableType]:
    shown = notes.of(project)
    if shown:
        yield tables.columns(("id", "note", "by", "says"), [_row(note) for note in shown])
    else:
        yield line("There are no notes for sessions here.", QUIET)
    others = len(notes.by_id) - len(shown)
    if others:
        yield line(f"{others} more of other projects: claw memory list --all", QUIET)
    yield line(f"Long-term memory is {'on' if on else 'off; /memory on'}.", QUIET)


def _row(note: Note) -> tuple[str, str, str, str]:
    said = " ".join(note.text.split())
    return str(note.id), clean_line(words.path(note)), words.origin(note), clean_line(said[:80])
