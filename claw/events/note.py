"""Notes for later sessions. They stand in the user's own log, and in no session's (`claw/log/personal.py`)."""

from typing import Literal, TypeAlias

import msgspec

from claw.events.base import Observed

Author: TypeAlias = Literal["model", "person"]


class NoteOrigin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who said so and where: the call that is event `seq` of `session`, which worked in `project`; what a person did
    outside of any session has neither.
    """

    by: Author = "person"
    session: str = ""
    seq: int | None = None
    project: str = ""


class NoteWritten(Observed, frozen=True, kw_only=True, tag="note.written"):
    """A new note; its seq is the note's id. `project` is the folder for whose sessions it is, canonical; empty: for all
    of the user's. In there no other note has its `name`, which reads as a file's.
    """

    name: str
    text: str
    origin: NoteOrigin
    project: str = ""


class NoteEdited(Observed, frozen=True, kw_only=True, tag="note.edited"):
    """What the note with the id `note` is called and says from here on, all of it."""

    note: int
    name: str
    text: str
    origin: NoteOrigin


class NoteRemoved(Observed, frozen=True, kw_only=True, tag="note.removed"):
    """The note counts no more. What it said stays in the log."""

    note: int
    origin: NoteOrigin
