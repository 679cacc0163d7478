"""The notes that there are: a fold of the user's own log."""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.note import NoteEdited, NoteOrigin, NoteRemoved, NoteWritten
from claw.projections.base import Projection


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the seq of its `note.written`, `changed` when it was last written, in ns since 1970 UTC, and `origin` who
    did that. `project` is empty where it is for all of the user's sessions.
    """

    id: int
    name: str
    text: str
    project: str
    written: int
    changed: int
    origin: NoteOrigin


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """By id, in the order in which they were written."""

    by_id: Mapping[int, Note] = msgspec.field(default_factory=dict)

    def of(self, project: str) -> list[Note]:
        """Those that are for sessions in this project: the user's own first."""
        there = self.by_id.values()
        return [note for owner in dict.fromkeys(("", project)) for note in there if note.project == owner]

    def find(self, project: str, name: str) -> Note | None:
        """The note of this name among the project's, or with an empty one among the user's."""
        return next((note for note in self.by_id.values() if (note.project, note.name) == (project, name)), None)


def _written(notes: Notes, envelope: Envelope, event: NoteWritten) -> Notes:
    note = Note(
        id=envelope.seq,
        name=event.name,
        text=event.text,
        project=event.project,
        written=envelope.ts,
        changed=envelope.ts,
        origin=event.origin,
    )
    return Notes(by_id={**notes.by_id, note.id: note})


def _edited(notes: Notes, envelope: Envelope, event: NoteEdited) -> Notes:
    note = notes.by_id.get(event.note)
    if note is None:
        return notes
    changed = replace(note, name=event.name, text=event.text, changed=envelope.ts, origin=event.origin)
    return Notes(by_id={**notes.by_id, note.id: changed})


def _removed(notes: Notes, _: Envelope, event: NoteRemoved) -> Notes:
    return Notes(by_id={id: note for id, note in notes.by_id.items() if id != event.note})


NOTES = Projection("notes", Notes(), {NoteWritten: _written, NoteEdited: _edited, NoteRemoved: _removed})
