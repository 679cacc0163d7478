"""The notes that count where a session works, or a person does: read from the user's own log, and changed in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from claw._native import blake3
from claw.errors import UsageError
from claw.events.memory import MemoryChanged, MemoryChangeRequested, RememberedNote
from claw.events.note import NoteOrigin
from claw.log import Home
from claw.log.personal import PersonalLog
from claw.projections.note_changes import Written, edited, known, place, removed, wanted_by
from claw.projections.notes import NOTES, Note, Notes
from claw.settings.edit import set_value

ME = NoteOrigin()
"""A person, outside of any session."""

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def project_of(workspace: str, home: str) -> str:
    """The folder that notes of sessions in this workspace are for: of the repository that it lies in, else its own.

    What a repository says of itself is not followed: it could name another one, and be shown that one's notes. A
    repository that the whole home folder is kept in is none of these.
    """
    workspace, home = os.path.realpath(workspace), os.path.realpath(home)
    folder = workspace
    while folder != os.path.dirname(folder) and folder != home:
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
        folder = os.path.dirname(folder)
    return workspace


def date_of(ts: int) -> str:
    """The day of a time in ns since 1970, UTC."""
    return datetime.fromtimestamp(ts / 1e9, UTC).date().isoformat()


class Notebook:
    """Implements `claw.handlers.memory.Notebook` for `session`, in its `workspace`. `mask` takes secrets out."""

    def __init__(self, home: Home, workspace: str, user_home: str, session: str, mask: Callable[[str], str]) -> None:
        self._log = PersonalLog.of(home)
        self._project = project_of(workspace, user_home)
        self._session = session
        self._mask = mask

    def load(self) -> tuple[str, tuple[RememberedNote, ...]]:
        return self._counting(self._log.fold(NOTES))

    def change(self, wanted: MemoryChangeRequested, call: int) -> MemoryChanged:
        wanted = msgspec.structs.replace(wanted, text=self._mask(wanted.text), old=self._mask(wanted.old))
        origin = NoteOrigin(by="model", session=self._session, seq=wanted.tool_call, project=self._project)
        told, before = "", ""

        def decide(notes: Notes) -> list[Written]:
            nonlocal told, before
            before, _ = self._counting(notes)
            event, told = wanted_by(wanted, notes, self._project, origin)
            return [] if event is None else [event]

        envelopes = self._log.change(NOTES, decide)
        changed = MemoryChanged(call=call, tool_call=wanted.tool_call, told=told)
        if not envelopes:
            return msgspec.structs.replace(changed, digest=before if before == wanted.known else "")
        digest, notes = self._counting(self._log.fold(NOTES))
        (envelope,) = envelopes
        id = getattr(envelope.data, "note", envelope.seq)
        note = next((note for note in notes if note.id == id), None)
        known = before == wanted.known
        return msgspec.structs.replace(
            changed, note=note, removed=id if note is None else None, digest=digest if known else ""
        )

    def _counting(self, notes: Notes) -> tuple[str, tuple[RememberedNote, ...]]:
        counting = tuple(remembered(note) for note in notes.of(self._project))
        return blake3(_encode(counting)), counting


class OwnNotes(msgspec.Struct, frozen=True):
    """All notes, as the person looks at them and changes them, with secrets taken out by `mask`. Its methods block."""

    home: Home
    mask: Callable[[str], str]

    def all(self) -> Notes:
        """Raises LogError, EventInvalid."""
        return PersonalLog.of(self.home).fold(NOTES)

    def edit(self, id: int, text: str, origin: NoteOrigin = ME) -> None:
        """Have the note say this. Raises UsageError, LogError."""
        self._change(lambda notes: edited(notes, id, self.mask(text.rstrip()), origin))

    def remove(self, id: int, origin: NoteOrigin = ME) -> None:
        """Raises UsageError, LogError."""
        self._change(lambda notes: removed(notes, id, origin))

    def _change(self, decide: Callable[[Notes], Written | None]) -> None:
        PersonalLog.of(self.home).change(NOTES, lambda notes: [event for event in (decide(notes),) if event])


def named(notes: Notes, text: str, project: str) -> Note:
    """The note of this id, or with this path in this project. Raises UsageError."""
    if text.isascii() and text.isdecimal() and len(text) < 19:
        return known(notes, int(text))
    found = notes.find(*place(text, project))
    if found is None:
        raise UsageError(f"there is no note {text}", hint="claw memory list shows those that there are")
    return found


def turn(settings: Path, *, on: bool) -> None:
    """Say in the user's settings file whether there is long-term memory. Raises UsageError, ToolError."""
    try:
        set_value(settings, ("memory",), on)
    except OSError as error:
        raise UsageError(f"{settings} cannot be written: {error.strerror}") from None


def remembered(note: Note) -> RememberedNote:
    """The note as a session is told of it."""
    return RememberedNote(
        id=note.id,
        name=note.name,
        text=note.text,
        date=date_of(note.changed),
        project=note.project,
        by=note.origin.by,
        session=note.origin.session,
        seq=note.origin.seq,
    )
